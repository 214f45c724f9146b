"""A database that came out of a backup serves when it has forgotten whom people erased since, and not before."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from chassis import ANYONE, Registry, Request, Service, Settings, Transaction, restored
from chassis.database import OF_DATABASE
from chassis.erasure import forget_erased
from chassis.restored import ERASURES
from chassis.transaction import Emission, Reject
from omatoimi_contracts import codec
from omatoimi_contracts.people import PersonErased
from omatoimi_contracts.requests import VisitRequested

from tests.kits.chassis import Harness, running
from tests.kits.facts import stated

from .kafka_log import admin, make_topics, write
from .test_health import operator
from .toys import HERE, count, gate
from .waiting import until
from .wire import visit_data

BROUGHT_BACK = """
create temporary table copy as select * from chassis.identity;
delete from chassis.identity;
insert into chassis.identity select * from copy;
"""
"""What a restore does to a row though every value of it is as before: another transaction has written it."""
OLDER = (
    f"update chassis.consumed set next_offset = 0, last_offset = null, last_digest = null where topic = '{ERASURES}'"
)


@dataclass
class Visitors:
    """Counts visits, whose ids stand for persons, and forgets those who are erased when it is let."""

    settings: Settings
    let: asyncio.Event = field(default_factory=asyncio.Event)

    def service(self, settings: Settings | None = None) -> Service:
        registry = Registry()

        @registry.on(VisitRequested, path="/v1/visits", may=ANYONE, reasons={409: ("too-many",)})
        async def decide(request: Request[VisitRequested], tx: Transaction) -> Emission | Reject:
            return await count(request, tx)

        async def forget(tx: Transaction, person: UUID) -> None:
            await self.let.wait()
            await tx.conn.execute("delete from gate.visit where id = $1", person)

        forget_erased(registry, forget)
        return Service(
            "gate", registry, "usage.events.v1", HERE / "gate_migrations", settings=settings or self.settings
        )

    async def there(self) -> set[UUID]:
        conn = await asyncpg.connect(self.settings.postgres.get_secret_value())
        try:
            return {row["id"] for row in await conn.fetch("select id from gate.visit")}
        finally:
            await conn.close()


async def execute(settings: Settings, *statements: str) -> None:
    conn = await asyncpg.connect(settings.postgres.get_secret_value())
    try:
        for statement in statements:
            await conn.execute(statement)
    finally:
        await conn.close()


@pytest_asyncio.fixture
async def visitors(topics: Settings) -> Visitors:
    """A service that has read of an erasure, and whose database then was brought back with who was erased."""
    await make_topics(topics.kafka, {topics.topic(ERASURES): 2})
    return Visitors(topics)


async def post(bench: Harness, person: UUID) -> int:
    return (await bench.web.post("/v1/visits", visit_data(), id=person)).status_code


async def erased_and_brought_back(visitors: Visitors, person: UUID) -> None:
    """Let a person come and be erased, and put them back as a backup would."""
    visitors.let.set()
    event = stated(PersonErased(person=person), time=datetime.now(UTC), sequence=1)
    async with running(visitors.service(), ("api", "worker")) as bench:
        assert await post(bench, person) == 201
        await write(visitors.settings.kafka, visitors.settings.topic(ERASURES), [codec.write(event)], key=b"k")

        async def gone() -> bool:
            return await visitors.there() == set()

        await until(gone, "the erased person is forgotten")

        async def told() -> bool:
            async with admin(visitors.settings.kafka) as client:
                group = bench.service.settings.topic(f"gate.{ERASURES}")
                return any(place.offset > 0 for place in (await client.list_consumer_group_offsets(group)).values())

        await until(told, "Kafka knows how far it has read")
    visitors.let.clear()
    back = f"insert into gate.visit values ('{person}', 'brought-back', 1)"
    await execute(visitors.settings, back, OLDER)


async def test_nothing_is_served_and_nothing_sent_before_the_log_of_erasures_is_read_again(visitors: Visitors) -> None:
    person, settings = uuid4(), visitors.settings
    await erased_and_brought_back(visitors, person)
    await execute(settings, BROUGHT_BACK)
    without_kafka = settings.model_copy(update={"kafka": "127.0.0.1:1"})
    async with running(visitors.service(without_kafka)) as waiting, operator(waiting.running) as see:
        refused = await waiting.web.post("/v1/visits", visit_data())
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        told = refused.json()
        assert (told["type"], told["detail"]) == ("urn:omatoimi:problem:restored", waiting.service.held)
        page = await waiting.http.get("/", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["Content-Type"][:9]) == (503, "text/html")
        ready = await see.get("/health/ready")
        assert (ready.status_code, ready.json()["faults"]) == (503, [waiting.service.held])
        assert [(await see.get(path)).status_code for path in ("/health/live", "/metrics")] == [200, 200]
        async with running(gate(without_kafka)) as beside:
            assert await post(beside, uuid4()) == 201, "who does not read of erasures is not held"

        unsent = "select count(*) from chassis.outbox where published_at is null"
        async with running(visitors.service(), ("relay", "worker", "jobs")) as others:
            await until(lambda: others.running.worker and others.running.worker.ready, "the worker reads")
            assert await post(waiting, uuid4()) == 503
            assert person in await visitors.there()
            assert await others.service.pool.fetchval(unsent) > 0
            visitors.let.set()
            await until(lambda: waiting.service.held is None, "another process learns that it may serve")
            assert person not in await visitors.there()
            assert await post(waiting, uuid4()) == 201

            async def sent() -> bool:
                return not await others.service.pool.fetchval(unsent)

            await until(sent, "what waited is sent")
    async with running(visitors.service(without_kafka)) as again:
        assert await post(again, uuid4()) == 201, "an ordinary restart needs no broker"


async def test_older_files_of_the_same_database_are_noticed_by_what_kafka_knows(visitors: Visitors) -> None:
    person = uuid4()
    await erased_and_brought_back(visitors, person)
    async with running(visitors.service(), ("api", "worker")) as bench:
        await until(lambda: bench.service.held, "the reader finds itself behind its group")
        assert await post(bench, uuid4()) == 503
        async with running(visitors.service()) as beside:
            assert await post(beside, uuid4()) == 503
            visitors.let.set()
            await until(lambda: bench.service.held is None and beside.service.held is None, "both serve")
        assert person not in await visitors.there()
        assert await post(bench, uuid4()) == 201


async def test_a_database_is_told_by_its_server_the_timeline_of_that_and_its_number(visitors: Visitors) -> None:
    async with running(visitors.service(), ()) as bench:
        told = await bench.service.pool.fetchval("select database from chassis.here")
        parts = await bench.service.pool.fetchrow(
            "select system_identifier, timeline_id, oid from pg_control_system(), pg_control_checkpoint(), pg_database"
            " where datname = current_database()"
        )
        assert parts is not None
        server, timeline, number = told.split("/")
        assert (int(server), int(timeline, 16), int(number)) == tuple(parts)


@pytest.mark.parametrize("error", OF_DATABASE)
async def test_a_look_that_the_database_breaks_off_is_taken_again(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would end the process, with all services that run in it."""
    looks, stop = 0, asyncio.Event()

    async def broken_off(_: Service) -> None:
        nonlocal looks
        looks += 1
        if looks == 2:
            stop.set()
        raise error("cannot switch to state 11; another operation (2) is in progress")

    monkeypatch.setattr(restored, "look", broken_off)
    monkeypatch.setattr(restored, "LOOK_SECONDS", 0)
    service = Visitors(Settings()).service()
    await restored.watch(service, stop)
    assert looks == 2
