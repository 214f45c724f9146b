"""Example content is known by its source for ever, has a clock of its own, and can be taken out of the state."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from chassis import Registry, Service, Settings, Transaction, ask, by_clock, demo, follows, scheduled
from chassis.access import by_channel
from chassis.act import apply
from chassis.record import Record
from chassis.records import parse
from chassis.transaction import Answer, Request
from omatoimi_contracts.codec import read
from omatoimi_contracts.event import FactEvent, RequestEvent, is_demo
from omatoimi_contracts.usage import VisitCounted

from tests.kits.chassis import Harness, running

from .toys import HERE, gate
from .waiting import until
from .wire import counted, visit, wire

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
THEN = NOW - timedelta(days=400)
DAY = date(2026, 12, 1)
WEB, DEMO = "/helsinki/channels/web", "/helsinki/channels/web/demo"


async def asked(service: Service, source: str, **request: Any) -> Answer:
    """Ask as the channel of this source."""
    event = read(wire(visit(source=source, **request)), ())
    assert isinstance(event, RequestEvent)
    return await ask(service, Request(event, by_channel(source, "web", "vallila")))


async def told(service: Service) -> list[dict[str, Any]]:
    """The events of the service, in order."""
    rows = await service.pool.fetch("select value from chassis.outbox where value is not null order by seq")
    return [orjson.loads(row["value"]) for row in rows]


@asynccontextmanager
async def in_the_past(settings: Settings) -> AsyncIterator[Harness]:
    """A service whose clock is that of the example content."""
    async with running(gate(settings, clock=lambda: THEN)) as r:
        yield r


async def test_what_example_content_causes_says_so_and_nothing_else_does(lonely: Settings) -> None:
    async with running(gate(lonely)) as r:
        await asked(r.service, DEMO, counter="a")
        await asked(r.service, WEB, counter="b")
        assert [(e["subject"], e["source"]) for e in await told(r.service)] == [
            ("a", "/helsinki/gate/demo"),
            ("b", "/helsinki/gate"),
        ]


async def test_a_subject_that_began_as_example_content_stays_it_whoever_writes_about_it(lonely: Settings) -> None:
    """By a real channel, and by the clock; one that began as real stays real except for what example content says."""

    @scheduled(every=timedelta(hours=1))
    async def note(tx: Transaction) -> int:
        for counter in ("a", "b"):
            fact = VisitCounted.model_validate({**visit()["data"], "counter": counter})
            tx.emit(by_clock(fact, unit="vallila", time=NOW))
        return 0

    async with running(gate(lonely)) as r:
        await asked(r.service, DEMO, counter="a")
        await asked(r.service, WEB, counter="b")
        await asked(r.service, WEB, counter="a")
        await asked(r.service, DEMO, counter="b")
        await note.run(r.service)
        events = await told(r.service)
        assert [is_demo(e["source"]) for e in events] == [True, False, True, True, True, False]
        assert [int(e["sequence"]) for e in events if e["subject"] == "a"] == [1, 2, 3]


async def test_it_is_decided_by_a_clock_of_its_own(lonely: Settings) -> None:
    async with in_the_past(lonely) as r:
        await asked(r.service, DEMO)
        (event,) = await told(r.service)
        assert event["recordedtime"] == THEN.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("source", ["/helsinki/gate", "/helsinki/gate/demo"])
async def test_what_follows_from_its_facts_was_recorded_when_they_were(lonely: Settings, source: str) -> None:
    """A worker of the present that reads them gives its own facts their time; of real facts it is the present."""
    registry = Registry()

    @registry.on(VisitCounted)
    async def pass_on(event: FactEvent[VisitCounted], tx: Transaction) -> None:
        tx.emit(follows(event, event.data, unit="vallila"))

    service = Service(
        name="hall",
        handlers=registry,
        writes="usage.events.v1",
        migrations=HERE / "gate_migrations",
        settings=lonely,
        clock=lambda: NOW,
    )
    async with running(service):
        past = THEN.isoformat().replace("+00:00", "Z")
        fact = read(wire(counted(source=source, recordedtime=past, time=past)), ())
        assert isinstance(fact, FactEvent)
        await apply(service, [fact])
        (event,) = await told(service)
        expected = (THEN, "/helsinki/hall/demo") if is_demo(source) else (NOW, "/helsinki/hall")
        assert (datetime.fromisoformat(event["recordedtime"]), event["source"]) == expected
        assert datetime.fromisoformat(event["time"]) == expected[0]


async def test_scheduled_jobs_of_the_present_wait_until_it_is_there(topics: Settings) -> None:
    turns = 0

    @scheduled(every=timedelta(milliseconds=5))
    async def work(tx: Transaction) -> int:
        nonlocal turns
        turns += 1
        return 0

    service = gate(topics)
    async with running(gate(topics)) as first, first.service.pool.acquire() as conn:
        await demo.begin(conn, 7, DAY, 100)
    service.scheduled = [work]
    looks = 0
    is_filling = demo.is_filling

    async def counted_look(of: Service) -> bool:
        nonlocal looks
        looks += 1
        return await is_filling(of)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "is_filling", counted_look)
        async with running(service, ("jobs",)) as r:
            await until(lambda: looks >= 20, "the job had its chance")
            assert turns == 0
            async with r.service.pool.acquire() as conn, conn.transaction():
                await demo.end(r.service.transaction(conn))
            await until(lambda: turns, "the job is done")


async def test_it_goes_on_with_what_was_begun_and_comes_once(lonely: Settings) -> None:
    async with running(gate(lonely)) as r, r.service.pool.acquire() as conn:
        assert await demo.look(conn) is None
        await demo.begin(conn, 7, DAY, 100)
        await demo.progress(conn, 40)
        again = await demo.begin(conn, 8, DAY + timedelta(days=1), 999)
        assert again == demo.Demo("filling", 7, DAY, 40, 100)
        with pytest.raises(demo.DemoRefused):
            await demo.take_out(r.service)
        await demo.end(r.service.transaction(conn))
        assert await demo.look(conn) == demo.Demo("shown", 7, DAY, 100, 100)
        for _ in range(2):
            with pytest.raises(demo.DemoRefused):
                await demo.begin(conn, 7, DAY, 100)
            await demo.take_out(r.service)


async def test_its_requests_are_remembered_from_the_day_it_is_there(lonely: Settings) -> None:
    """Copies of its events may come as late as any other; the clock it was made with must not forget them early."""
    async with in_the_past(lonely) as r, r.service.pool.acquire() as conn:
        await asked(r.service, DEMO, counter="a")
        await asked(r.service, WEB, counter="b")
        await demo.begin(conn, 7, DAY, 1)
        await demo.end(Transaction(conn, NOW, r.service.installation))
        rows = await conn.fetch("select source, received_at from chassis.inbox order by source")
        assert [(row["source"], row["received_at"]) for row in rows] == [(WEB, THEN), (DEMO, NOW)]


async def test_it_is_taken_out_of_the_state_and_its_events_stay(lonely: Settings) -> None:
    """What is announced anew is the installation's own from then on."""
    given: list[str] = []

    async def take_out(tx: Transaction, subjects: Sequence[str]) -> None:
        given.extend(subjects)
        await tx.conn.execute("delete from gate.visit where counter = any($1::text[])", ["a"])
        await demo.make_real(tx.conn, "usage.events.v1", ["b"])
        fact = VisitCounted.model_validate({**visit()["data"], "counter": "b"})
        tx.emit(by_clock(fact, unit="vallila", time=tx.now))

    service = gate(lonely)
    service.take_out = take_out
    async with running(service) as r:
        for source, counter in ((DEMO, "a"), (DEMO, "b"), (WEB, "c")):
            await asked(r.service, source, counter=counter)
        async with r.service.pool.acquire() as conn:
            await demo.begin(conn, 7, DAY, 2)
            await demo.end(r.service.transaction(conn))
        assert await demo.take_out(r.service) == 2
        assert given == ["a", "b"]
        assert [row["counter"] for row in await r.service.pool.fetch("select counter from gate.visit order by 1")] == [
            "b",
            "c",
        ]
        events = await told(r.service)
        assert [(e["subject"], is_demo(e["source"])) for e in events] == [
            ("a", True),
            ("b", True),
            ("c", False),
            ("b", False),
        ]
        assert await demo.take_out(r.service) == 0


async def test_its_facts_are_passed_over_while_it_fills_in_and_once_it_was_taken_out(lonely: Settings) -> None:
    """While it fills in they are handed over by its own clock, by which a worker would be years too late. Also when a
    topic is read anew long after."""
    registry = Registry()
    seen: list[str] = []

    @registry.on(VisitCounted)
    async def look(event: FactEvent[VisitCounted], tx: Transaction) -> None:
        seen.append(event.source)

    service = Service(
        name="hall",
        handlers=registry,
        writes="usage.events.v1",
        migrations=HERE / "gate_migrations",
        settings=lonely,
    )
    async with running(service):

        async def comes(offset: int) -> None:
            sources = ("/helsinki/gate", "/helsinki/gate/demo")
            facts = [counted(source=source, id=str(uuid4())) for source in sources]
            records = [
                Record("usage.events.v1", 0, offset + n, 0, b"k", wire(fact), ()) for n, fact in enumerate(facts)
            ]
            await apply(service, (await parse(service, records)).items)

        await comes(0)
        async with service.pool.acquire() as conn:
            await demo.begin(conn, 7, DAY, 1)
            await comes(2)
            await demo.end(service.transaction(conn))
        await comes(4)
        await demo.take_out(service)
        await comes(6)
        real, example = "/helsinki/gate", "/helsinki/gate/demo"
        assert seen == [real, example, real, real, example, real]


async def test_its_events_can_be_sent_again_as_long_as_others(lonely: Settings) -> None:
    async with in_the_past(lonely) as r, r.service.pool.acquire() as conn:
        await asked(r.service, DEMO, counter="a")
        await demo.begin(conn, 7, DAY, 1)
        await demo.end(Transaction(conn, NOW, r.service.installation))
        assert await conn.fetchval("select created_at from chassis.outbox") == NOW


async def test_pages_know_of_it(lonely: Settings) -> None:
    async with running(gate(lonely)) as r:
        assert r.service.demo is None
        async with r.service.pool.acquire() as conn:
            await demo.begin(conn, 7, DAY, 100)
        await until(lambda: r.service.demo, "it is noticed")
        assert r.service.demo == demo.Demo("filling", 7, DAY, 0, 100)
