"""Hold a service back whose database came out of a backup, until it has forgotten whom people erased since
(docs/adr/0028).

A database that was dumped and restored, copied, promoted or brought back to a point in time is another one than it was:
by its server, its timeline, its own number, or the transaction that wrote the row in which that stands. An older state
of the very same files says nothing; then the group's place in Kafka, which never runs ahead of ours, tells.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from omatoimi_contracts.topics import PEOPLE_EVENTS
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.clock import pause
from chassis.database import OF_DATABASE
from chassis.kafka import START_SECONDS, security
from chassis.problem import Problem, tell
from chassis.service import Service
from chassis.settings import Settings

log = logging.getLogger("omatoimi")

ERASURES = PEOPLE_EVENTS.name
HELD = (
    "The database of {} is another than when it served last, as after a restore: nothing is served until its worker has"
    f" read {ERASURES} to the end, and so has forgotten again whom people erased."
)
HELD_SECONDS = 0.5
LOOK_SECONDS = 3.0
"""How soon it is noticed that the database was exchanged under a service that runs."""

KNOWN = (
    "select exists (select from chassis.identity i, chassis.here h where i.database = h.database and xmin = written_by)"
)
KEEP = """
insert into chassis.identity (database, written_by) select database, pg_current_xact_id()::xid from chassis.here
where {}
on conflict (one) do update set database = excluded.database, written_by = excluded.written_by
"""
IF_NEW = KEEP.format(
    "not exists (select from chassis.identity) and not exists (select from chassis.inbox)"
    " and not exists (select from chassis.consumed where topic = $1)"
)
IF_REPLAYED = KEEP.format(
    "not exists (select from unnest($2::int[], $3::bigint[]) as ends(number, at) left join chassis.consumed"
    " on topic = $1 and partition = number where at > coalesce(next_offset, 0))"
)


async def look(service: Service) -> None:
    """Tell in `service.held` whether its database is another than when it served last. A new one is what it is, and who
    does not read of erasures is not held."""
    if ERASURES not in service.handlers.topics():
        return
    async with service.pool.acquire() as conn:
        if not (known := await conn.fetchval(KNOWN)):
            await conn.execute(IF_NEW, ERASURES)
            known = await conn.fetchval(KNOWN)
    held = None if known else HELD.format(service.name)
    if held != service.held:
        log.warning("%s", held or f"{service.name} has forgotten whom people erased, and serves")
    service.held = held


async def doubt(service: Service) -> None:
    """Hold a service, in all its processes, though its database says that it is the same."""
    await service.pool.execute("delete from chassis.identity")
    await look(service)


async def watch(service: Service, stop: asyncio.Event) -> None:
    """Look until `stop` is set, and end the hold once all is read that stood in the log when it was noticed."""
    ends: dict[int, int] = {}
    while not stop.is_set():
        try:
            await look(service)
            if not service.held:
                ends = {}
            elif ends := ends or await _ends(service.settings):
                await service.pool.execute(IF_REPLAYED, ERASURES, list(ends), list(ends.values()))
                await look(service)
        except (KafkaError, *OF_DATABASE) as error:
            log.debug("whether %s may serve is not known now: %s", service.name, type(error).__name__)
        await pause(HELD_SECONDS if service.held else LOOK_SECONDS, stop)


async def _ends(settings: Settings) -> dict[int, int]:
    """Where the log of erasures ends now, by partition; nothing where it is not there."""
    topic = settings.topic(ERASURES)
    reading = AIOKafkaConsumer(
        topic, bootstrap_servers=settings.kafka, isolation_level="read_committed", **security(settings)
    )
    try:
        await asyncio.wait_for(reading.start(), START_SECONDS)
        ends = await reading.end_offsets(reading.assignment())
        return {place.partition: end for place, end in ends.items()}
    finally:
        await reading.stop()


async def once_open(service: Service, stop: asyncio.Event, part: Coroutine[Any, Any, None]) -> None:
    """Run a part of a service that is not held, or is no longer: what it would send out may be of who was erased."""
    try:
        while service.held and not stop.is_set():
            await pause(HELD_SECONDS, stop)
        await part
    finally:
        part.close()


class Hold:
    """Answers 503 as long as a service is held."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._service.held is None:
            await self._app(scope, receive, send)
            return
        await tell(Request(scope), Problem(503, "restored", self._service.held, retry_after=5))(scope, receive, send)
