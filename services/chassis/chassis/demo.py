"""Example content: what a new installation shows until it has content of its own.

It comes through the handlers like everything else, by channels whose source ends in `/demo`, and is known by that
source for ever. A subject that began with it stays example content, whoever writes about it later. It has a clock of
its own: a fact of it was recorded when that clock said so. While it fills in, the scheduled jobs of the present wait,
and its facts are passed over where they come by the log.
"""

import asyncio
import logging
from collections.abc import Iterable
from datetime import date

from omatoimi_contracts.topics import TOPICS

from chassis.clock import pause
from chassis.database import Connection
from chassis.outbox import write_all
from chassis.service import Demo as Demo
from chassis.service import DemoState as DemoState
from chassis.service import Service
from chassis.transaction import Transaction

log = logging.getLogger("omatoimi")

WATCH_SECONDS = 2.0


class DemoRefused(Exception):
    """There cannot be example content now; the sentence says why."""


async def look(conn: Connection) -> Demo | None:
    """Return the example content as it is; None where there never was any."""
    row = await conn.fetchrow("select state, seed, day, done, total from chassis.demo")
    return Demo(**row) if row else None


async def begin(conn: Connection, seed: int, day: date, total: int) -> Demo:
    """Begin to fill in, or go on with what was begun: then seed and day are those of the beginning. Raises DemoRefused
    when it was there already."""
    await conn.execute(
        "insert into chassis.demo (state, seed, day, total) values ('filling', $1, $2, $3) on conflict do nothing",
        seed,
        day,
        total,
    )
    present = await look(conn)
    assert present is not None
    if present.state != "filling":
        raise DemoRefused("This installation has had its example content; there is one for good.")
    return present


async def progress(conn: Connection, done: int) -> None:
    """Tell how much of it is there."""
    await conn.execute("update chassis.demo set done = $1", done)


SEEN_NOW = "update chassis.inbox set received_at = $1 where source like '%/demo'"
WRITTEN_NOW = "update chassis.outbox set created_at = $1 where created_at < (select day from chassis.demo)"


async def end(tx: Transaction) -> None:
    """Tell that it is all there. `tx.now` is the present: from now on its requests and facts are remembered as long as
    others, since copies of them may still be on their way, and can be sent again as long as others."""
    await tx.conn.execute(SEEN_NOW, tx.now)
    await tx.conn.execute(WRITTEN_NOW, tx.now)
    await tx.conn.execute("update chassis.demo set state = 'shown', done = total")


async def make_real(conn: Connection, topic: str, subjects: Iterable[str]) -> None:
    """Let what is said of these subjects from now on be the installation's own."""
    await conn.execute(
        "update chassis.subject set demo = false where topic = $1 and subject = any($2::text[])", topic, list(subjects)
    )


SUBJECTS = "select distinct subject from chassis.subject where demo order by subject"


async def subjects(conn: Connection) -> list[str]:
    """Tell what the example content of a service is about."""
    return [row["subject"] for row in await conn.fetch(SUBJECTS)]


async def take_out(service: Service, others: Iterable[str] = ()) -> int:
    """Take the example content out of the state of a service, in one transaction; returns how many subjects it had.
    `others` are those of the other services, of whose facts it keeps what it needs. Its events stay where they are,
    known by their source."""
    async with service.pool.acquire() as conn, conn.transaction():
        present = await look(conn)
        if present is None or present.state == "taken out":
            return 0
        if present.state == "filling":
            raise DemoRefused("The example content is still filling in: try again when it is there.")
        # The whole of it at once may take longer than a handler has.
        await conn.execute("set local statement_timeout = '120s'")
        tx = service.transaction(conn)
        own = await subjects(conn)
        await service.take_out(tx, sorted({*own, *others}))
        await conn.execute("update chassis.demo set state = 'taken out'")
        await write_all(service, tx)
        return len(own)


async def is_filling(service: Service) -> bool:
    """Tell whether the scheduled jobs of the present have to wait."""
    return await _state(service) == "filling"


async def passes_over(service: Service, topic: str) -> bool:
    """Tell whether facts of example content that come by the log are passed over: once it was taken out; and while it
    fills in, since they are decided by its own clock then, in the process that fills in and hands each service the
    facts of the others. Of a topic of documents the last copy counts, whenever it comes."""
    state = await _state(service)
    return state == "taken out" or (state == "filling" and TOPICS[topic].cleanup_policy != "compact")


async def _state(service: Service) -> DemoState | None:
    state: DemoState | None = await service.pool.fetchval("select state from chassis.demo")
    return state


async def watch(service: Service, stop: asyncio.Event) -> None:
    """Keep `service.demo` as it is, for the pages, until `stop` is set."""
    while not stop.is_set():
        try:
            async with service.pool.acquire() as conn:
                service.demo = await look(conn)
        except Exception as error:
            log.debug("the example content of %s is not known now: %s", service.name, type(error).__name__)
        await pause(WATCH_SECONDS, stop)
