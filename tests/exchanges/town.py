"""Services that know each other by their events alone: real ones, on a real broker and real databases.

Endpoints, relay and scheduled jobs of each run all the time; its worker comes and goes, as a process of its own does.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from chassis import Service, Settings, maintenance
from chassis.clock import Clock
from chassis.run import started
from omatoimi_contracts.codec import read
from omatoimi_contracts.event import FactEvent
from pydantic import SecretStr
from uuid_utils.compat import uuid7

from tests.exchanges.log import Log
from tests.kits.chassis import Harness as Endpoints
from tests.kits.chassis import running
from tests.kits.platform import Servers
from tests.kits.process import process
from tests.waiting import until

Make = Callable[[Settings, Clock], Service]


@dataclass
class Calendar:
    """The clock of all services; it moves when a test says so."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    days_given: int = 7

    def __call__(self) -> datetime:
        return self.now

    def a_day_passes(self) -> None:
        self.now += timedelta(days=1)

    def evening(self, hours: float = 2) -> dict[str, str]:
        """A slot that no other test has, from the evening of a day to come."""
        self.days_given += 1
        start = (self.now + timedelta(days=self.days_given)).replace(hour=15, minute=0, second=0)
        return {"start": start.isoformat(), "end": (start + timedelta(hours=hours)).isoformat()}


@dataclass
class Neighbour:
    """One service of the town."""

    name: str
    make: Make
    settings: Settings
    clock: Calendar
    endpoints: Endpoints
    worker: AsyncExitStack | None = None

    async def starts_reading(self) -> None:
        self.worker = AsyncExitStack()
        part = await self.worker.enter_async_context(started(self.make(self.settings, self.clock), {"worker"}))

        async def ready() -> bool:
            return part.ready

        await until(ready, f"the worker of {self.name} is ready")

    async def stops_reading(self) -> None:
        if self.worker is not None:
            worker, self.worker = self.worker, None
            await worker.aclose()

    async def fetch(self, question: str, *values: object) -> list[asyncpg.Record]:
        async with self.endpoints.service.pool.acquire() as conn:
            return await conn.fetch(question, *values)


@dataclass
class ConnectedServices:
    """The services by name, their one clock, and the topics as any subscriber reads them."""

    platform: Servers
    prefix: str
    clock: Calendar
    log: Log
    neighbours: Mapping[str, Neighbour]
    folder: Path

    def __getitem__(self, name: str) -> Neighbour:
        return self.neighbours[name]

    # -- what a reader may have to live through ----------------------------------------------------------------------

    @asynccontextmanager
    async def down_for_a_day(self, reader: str) -> AsyncIterator[None]:
        """The reader's worker is down while the body goes on, and comes back a day later."""
        await self[reader].stops_reading()
        try:
            yield
            await self.sent()
            self.clock.a_day_passes()
        finally:
            await self[reader].starts_reading()

    async def everything_twice(self, *topics: str) -> None:
        """Each record of these topics comes again, byte for byte, by a producer that is nobody's relay; and their
        writers send all of it once more of themselves. Returns when every reader has read all of it."""
        await self.sent()
        for topic in topics:
            await self.log.copy(topic)
        for writer in {_writer(topic) for topic in topics}:
            async with self[writer].endpoints.service.pool.acquire() as conn:
                assert await maintenance.republish(conn, self.clock.now - timedelta(days=30), self.clock.now)
        for reader in self.neighbours.values():
            await self.caught_up(reader.name, *topics)

    async def very_late(self, reader: str, *topics: str) -> None:
        """Every record comes again, the oldest last, so late that the reader has forgotten every id."""
        await self[reader].fetch("delete from chassis.inbox")
        for topic in topics:
            await self.log.copy(topic, oldest_last=True)
        await self.caught_up(reader, *topics)

    async def read_anew(self, reader: str, *topics: str) -> None:
        """The reader, which has forgotten every id, reads these topics again from their beginning."""
        neighbour = self[reader]
        await neighbour.stops_reading()
        await neighbour.fetch("delete from chassis.inbox")
        async with neighbour.endpoints.service.pool.acquire() as conn:
            for topic in topics:
                assert await maintenance.reread(conn, topic)
        await neighbour.starts_reading()
        await self.caught_up(reader, *topics)

    @asynccontextmanager
    async def killed_in_the_middle(self, reader: str, hold: str, *values: object) -> AsyncIterator[None]:
        """What the body causes is read by a worker that is a process, and killed (SIGKILL) in the middle of its
        transaction: where it waits for what the statement `hold` holds. At the end another worker reads on."""
        neighbour = self[reader]
        await neighbour.stops_reading()
        holder = await asyncpg.connect(neighbour.settings.dsn(reader))
        try:
            with process(reader, "worker", environment=self._environment(neighbour), folder=self.folder) as worker:
                await worker.ready()
                async with holder.transaction():
                    await holder.execute(hold, *values)
                    yield
                    await _somebody_waits_for(holder)
                    await worker.kill(self.platform)
        finally:
            await holder.close()
            await neighbour.starts_reading()

    def _environment(self, neighbour: Neighbour) -> dict[str, str]:
        return {
            "OMATOIMI_KAFKA": self.platform.kafka,
            "OMATOIMI_POSTGRES": neighbour.settings.postgres.get_secret_value(),
            "OMATOIMI_TOPIC_PREFIX": self.prefix,
        }

    # -- at the endpoints ----------------------------------------------------------------------------------------------

    def request(self, channel: str, type_: str, data: Mapping[str, object]) -> dict[str, Any]:
        """A CloudEvent with which a channel asks, under a new id."""
        return {
            "specversion": "1.0",
            "id": str(uuid7()),
            "source": f"/helsinki/channels/{channel}",
            "type": type_,
            "time": self.clock.now.isoformat(),
            "data": data,
        }

    # -- what is waited for ------------------------------------------------------------------------------------------

    async def sent(self) -> None:
        """Wait until all that was emitted stands on its topics."""
        for writer in self.neighbours.values():

            async def empty(writer: Neighbour = writer) -> bool:
                return not await writer.fetch("select from chassis.outbox where published_at is null limit 1")

            await until(empty, f"the outbox of {writer.name} is sent")

    async def caught_up(self, reader: str, *topics: str) -> None:
        """Wait until all that was emitted stands on its topics, and the reader has applied all of these."""
        await self.sent()
        neighbour = self[reader]
        for topic in set(topics) & set(neighbour.endpoints.service.handlers.topics()):
            ends = await self.log.ends(topic)

            async def at_the_end(topic: str = topic, ends: dict[int, int] = ends) -> bool:
                rows = await neighbour.fetch("select * from chassis.consumed where topic = $1", topic)
                places = {row["partition"]: row["next_offset"] for row in rows}
                return all(places.get(partition, 0) >= end for partition, end in ends.items())

            await until(at_the_end, f"{reader} has read {topic} to its end")

    # -- what stands on the topics -----------------------------------------------------------------------------------

    async def told(self, topic: str, subject: object) -> list[FactEvent[Any]]:
        """What was told of a subject, each event once, in order. Its sequence must run from 1 without gaps."""
        await self.sent()
        events = [event for event in await self.log.events(topic) if event.subject == str(subject)]
        assert [int(event.sequence) for event in events] == list(range(1, len(events) + 1))
        return events

    async def acts(self, topic: str, subject: object) -> list[str]:
        """What was told of a subject in words: `published`, `changed`…"""
        return [event.type.split(".")[2] for event in await self.told(topic, subject)]

    async def words(self, topic: str, key: object) -> Any:
        """The present version of a document; None where the last record is a tombstone."""
        await self.sent()
        value = (await self.log.latest(topic))[str(key)]
        return None if value is None else read(value)


async def _somebody_waits_for(holder: "asyncpg.Connection[asyncpg.Record]") -> None:
    async def blocked() -> bool:
        found = await holder.fetchval(
            "select exists (select from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid)))"
        )
        return bool(found)

    await until(blocked, "the worker is in the middle of its transaction")


def _writer(topic: str) -> str:
    return topic.partition(".")[0]


@asynccontextmanager
async def town_of(platform: Servers, prefix: str, folder: Path, **makers: Make) -> AsyncIterator[ConnectedServices]:
    """Services side by side, each on a database of its own, all of them reading."""
    clock = Calendar()
    async with AsyncExitStack() as stack:
        neighbours = {}
        for name, make in makers.items():
            dsn = await platform.create_database()
            stack.push_async_callback(platform.drop_database, dsn)
            settings = Settings(kafka=platform.kafka, postgres=SecretStr(dsn), topic_prefix=prefix, pool_size=4)
            endpoints = await stack.enter_async_context(running(make(settings, clock), {"api", "relay", "jobs"}))
            neighbours[name] = Neighbour(name, make, settings, clock, endpoints)
            stack.push_async_callback(neighbours[name].stops_reading)
        for neighbour in neighbours.values():
            await neighbour.starts_reading()
        log = await stack.enter_async_context(Log.of(platform.kafka, prefix))
        yield ConnectedServices(platform, prefix, clock, log, neighbours, folder)
