"""Puts the example content through the services' handlers, in a process beside them: `python -m omatoimi.filling`.

Nothing of it is written otherwise: each act is a request that the service decides, by the demo's own clock, and at the
end of each of its days the services learn of each other's facts and do their scheduled jobs. Ended in the middle it
begins again and finds what it did, since each act has an id that follows from what it says.
"""

import asyncio
import json
import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from asyncpg import Record
from chassis import Service, Settings, demo
from chassis.access import by_channel
from chassis.act import Item, apply
from chassis.clock import SettableClock, system_clock
from chassis.telemetry import log_json
from chassis.transaction import Request, Result
from omatoimi_contracts.catalogue import event_model
from omatoimi_contracts.codec import read
from omatoimi_contracts.event import FactEvent, RequestEvent, is_demo
from omatoimi_contracts.vocabulary import Fact
from omatoimi_platform.errors import PlatformError
from pydantic import SecretStr

from omatoimi_example import acts
from omatoimi_example.acts import Act
from omatoimi_example.calendar import at, local_day
from omatoimi_example.plan import plan

log = logging.getLogger("omatoimi")

PERCENT = 100
"""Progress is told in percent: `total` of the services' demo rows."""

FACTS_AT_ONCE = 50
NIGHT = "23:30"
OF_THE_PAST = ("booking", "notices", "decisions")
"""The services whose scheduled jobs the demo's nights do. Analytics' figures are made from the log, which follows."""

LOCK = 0x64656D6F
"""The advisory lock of the one process that fills in ("demo"), in booking's database."""

A_DAY = 86_400.0

NEW_FACTS = """
select seq, topic, key, value from chassis.outbox
where seq > $1 and headers is null order by seq limit 1000
"""

Say = Callable[[int], None]
"""Is told each further percent."""

Makers = Mapping[str, Callable[[Settings], Service]]
"""How each service is made, by its name."""


@dataclass
class Filling:
    """The services by name, all with the demo's clock, and what is known of what came of the acts."""

    services: Mapping[str, Service]
    clock: SettableClock
    seed: int
    day: date
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How acts ended, as (intended, told): the two differ where a room was taken by somebody real meanwhile."""
    told: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    labels: dict[UUID, str] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    pending: dict[str, list[FactEvent[Fact]]] = field(default_factory=dict)

    async def run(self, say: Say) -> None:
        """Do all acts in order of time, and the end of each day after its last one; then say that it is all there."""
        everything = plan(self.seed, self.day)
        # All from the beginning: one that is gone on with has written facts of acts that are yet to be asked again.
        self.labels = {one.id: one.label for one in everything if one.label}
        done, percent = 0, -1
        for day, of_day in groupby(everything, lambda one: local_day(one.time)):
            for _, moment in groupby(of_day, lambda one: (one.time, one.service)):
                together = list(moment)
                await self._do(together)
                done += len(together)
            self.clock.now = at(day, NIGHT)
            await self._night()
            if (now := done * PERCENT // len(everything)) > percent:
                percent = now
                await self._progress(min(percent, PERCENT - 1))
                say(percent)
        await self._end()
        say(PERCENT)

    async def _do(self, together: list[Act]) -> None:
        """Ask what one service is asked at one moment, in one transaction. What depends on an act that was refused is
        left out."""
        service = self.services[together[0].service]
        self.clock.now = together[0].time
        if any((need.label, need.beside) not in self.told for one in together for need in one.needs):
            await self._learn(service.name)
        known = []
        for one in together:
            if all((need.label, need.beside) in self.told for need in one.needs):
                known.append(one)
            else:
                self.ends[one.ends, "left out"] += 1
        if known:
            answers = await apply(service, [self._asked(one) for one in known])
            for one, answer in zip(known, answers, strict=True):
                self._remember(one, answer)

    def _asked(self, one: Act) -> Request[Any]:
        installation = self.services[one.service].installation
        unit, source = next(iter(installation.libraries)), f"/{installation.municipality}/channels/{one.channel}/demo"
        data = {
            name: self.told[value.label, value.beside][value.field] if isinstance(value, acts.OfEarlier) else value
            for name, value in one.data.items()
        }
        if "unit" in data:
            data["unit"] = unit
        event = event_model(one.kind).model_validate(
            {
                "id": one.id,
                "source": source,
                "type": one.kind.TYPE,
                "time": one.asked,
                "language": one.language,
                "assisted": one.assisted,
                "data": one.kind.model_validate_json(json.dumps(data, default=str)),
            }
        )
        assert isinstance(event, RequestEvent)
        return Request(event, by_channel(source, one.channel, unit))

    def _remember(self, one: Act, answer: Result) -> None:
        outcome = answer.answer.outcome if answer.answer else None
        ended = outcome.type.removeprefix("omatoimi.").removesuffix(".v1") if outcome else "other content"
        self.ends[one.ends, ended] += 1
        if outcome and one.label and ended == one.ends:
            self.told[one.label, ""] = outcome.data

    async def _learn(self, name: str) -> None:
        """Read what a service has written since the last look, for the others and for acts that need it."""
        service = self.services[name]
        while rows := await service.pool.fetch(NEW_FACTS, self.seen[name]):
            self.seen[name] = rows[-1]["seq"]
            for row in rows:
                event = await _told(service, row)
                if event is None:
                    continue
                if not event.outcome and (label := self.labels.get(event.causationid)):  # type: ignore[arg-type]
                    beside = event.type.removeprefix("omatoimi.").removesuffix(".v1")
                    self.told[label, beside] = event.data.model_dump(mode="json", by_alias=True)
                for other in self.services.values():
                    if other.name != name and event.type in other.handlers.handlers:
                        self.pending.setdefault(other.name, []).append(event)

    async def _night(self) -> None:
        """Let the services learn of each other's facts, and do what the clock has caused meanwhile."""
        await self._hand_over()
        for name in OF_THE_PAST:
            for job in self.services[name].scheduled:
                while await job.run(self.services[name]):
                    pass

    async def _hand_over(self) -> None:
        """Give each service the facts of the others that it takes, and those that these cause, until there are none. In
        place of its worker, which passes facts over: by that one's clock most of them would come too late. Documents it
        takes, but when the log has them: a notice of a hearing needs its case on the evening of the same day."""
        while True:
            for name in OF_THE_PAST:
                await self._learn(name)
            if not self.pending:
                return
            while self.pending:
                name, facts = self.pending.popitem()
                for first in range(0, len(facts), FACTS_AT_ONCE):
                    items: list[Item] = list(facts[first : first + FACTS_AT_ONCE])
                    await apply(self.services[name], items)

    async def _progress(self, percent: int) -> None:
        for service in self.services.values():
            async with service.pool.acquire() as conn:
                await demo.progress(conn, percent)

    async def _end(self) -> None:
        await self._hand_over()  # what the last night's jobs have caused
        self.clock.now = system_clock()
        # Booking last: as long as it says that it fills in, this is gone on with.
        for service in reversed(list(self.services.values())):
            async with service.pool.acquire() as conn, conn.transaction():
                await demo.end(service.transaction(conn))


async def _told(service: Service, row: Record) -> FactEvent[Fact] | None:
    """Read a fact of the content, or make a document as the relay makes it; None for all that is neither."""
    if row["value"] is not None:
        event = read(row["value"], ())
        return event if isinstance(event, FactEvent) and is_demo(event.source) else None
    if (present := service.documents.get(row["topic"])) is None:
        return None
    async with service.pool.acquire() as conn:
        return await present(conn, row["key"])


async def fill(services: Iterable[Service], clock: SettableClock, say: Say) -> Filling | None:
    """Fill in what was begun in these services, which have this clock and are connected. While another process does it,
    or its connection is still there although it was killed, this one waits. None where nothing is left to do."""
    by_name = {service.name: service for service in services}
    async with by_name["booking"].pool.acquire() as conn:
        await conn.execute("set statement_timeout = 0; set lock_timeout = 0")
        await conn.execute("select pg_advisory_lock($1)", LOCK, timeout=A_DAY)
        begun = await demo.look(conn)
        if begun is None or begun.state != "filling":
            return None
        filling = Filling(by_name, clock, begun.seed, begun.day)
        await filling.run(say)
        await conn.execute("select pg_advisory_unlock($1)", LOCK)
    return filling


async def fill_in(makers: Makers, kafka: str, addresses: Mapping[str, str], say: Say) -> Filling | None:
    """Run `fill` on the databases of an installation, by service."""
    clock = SettableClock(system_clock())
    async with AsyncExitStack() as stack:
        services = []
        for name, address in addresses.items():
            service = makers[name](Settings(kafka=kafka, postgres=SecretStr(address), pool_size=3))
            service.clock = clock
            await service.connect()
            stack.push_async_callback(service.disconnect)
            services.append(service)
        return await fill(services, clock, say)


def unexpected(filling: Filling) -> dict[str, int]:
    """Return the acts that ended otherwise than the content intends, with their number. Premises and spaces that were
    there before are changed and not registered."""
    register = {("premises.registered", "premises.changed"), ("space.registered", "space.changed")}
    return {
        f"{intended}: {told}": number
        for (intended, told), number in sorted(filling.ends.items())
        if intended != told and (intended, told) not in register
    }


def _log(percent: int) -> None:
    if percent % 5 == 0:
        log.info("example content", extra={"fields": {"percent": percent}})


async def _main(makers: Makers) -> None:
    line = sys.stdin.readline()
    if not line:
        return
    told, loop = json.loads(line), asyncio.get_running_loop()
    work = asyncio.create_task(fill_in(makers, told["kafka"], told["addresses"], _log))
    # The end of the input tells that the process that started this one is gone, however it went.
    loop.add_reader(sys.stdin.fileno(), work.cancel)
    filling = await work
    if filling and (odd := unexpected(filling)):
        log.info("example content that came out otherwise", extra={"fields": odd})


def main(makers: Makers) -> None:
    """Fill in until all is there, on the broker and the databases that are told on the standard input."""
    # Who looks comes first; at the very last place it would stand still while anything else is busy.
    os.nice(5)
    log_json()
    import uvloop

    try:
        uvloop.run(_main(makers))
    except (asyncio.CancelledError, KeyboardInterrupt):
        sys.exit(1)
    except PlatformError as sentence:
        sys.exit(str(sentence))
