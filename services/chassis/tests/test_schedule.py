"""What the clock causes is done once, by the clock that was passed in, and again after an error; and what is kept is
kept long enough."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from chassis import Settings, Transaction, by_clock, inbox, maintenance, outbox, run, scheduled
from chassis.clock import SettableClock
from omatoimi_contracts.topics import TOPICS
from omatoimi_contracts.usage import VisitCounted

from tests.kits.chassis import Harness, running

from .toys import gate
from .waiting import until
from .wire import SLOT, visit, wire

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


async def test_a_job_has_the_clock_of_its_service_and_emits_what_fell_due(topics: Settings) -> None:
    due = NOW - timedelta(hours=3)

    @scheduled(every=timedelta(hours=1))
    async def note(tx: Transaction) -> int:
        fact = VisitCounted.model_validate({"counter": "door", "slot": SLOT, "persons": 1, "method": "gate"})
        tx.emit(by_clock(fact, unit="vallila", time=due))
        await tx.conn.execute("insert into gate.leaf values ($1, 1, 1)", tx.now.isoformat())
        return 1

    async with running(gate(topics, clock=SettableClock(NOW))) as r:
        assert await note.run(r.service) == 1
        assert await r.service.pool.fetchval("select leaf from gate.leaf") == NOW.isoformat()
        event = await r.service.pool.fetchval("select convert_from(value, 'utf8')::jsonb->>'time' from chassis.outbox")
        assert event == due.isoformat().replace("+00:00", "Z")


async def test_two_processes_never_do_one_job_at_once(topics: Settings) -> None:
    """The second does nothing, and does not wait either; another job is not held up."""
    begun, released = asyncio.Event(), asyncio.Event()

    @scheduled(every=timedelta(hours=1))
    async def slow(tx: Transaction) -> int:
        if not begun.is_set():
            begun.set()
            await released.wait()
        return 1

    @scheduled(every=timedelta(hours=1))
    async def other(tx: Transaction) -> int:
        return 1

    async with running(gate(topics)) as one, running(gate(topics)) as two:
        doing = asyncio.create_task(slow.run(one.service))
        await begun.wait()
        assert await slow.run(two.service) == 0
        assert await other.run(two.service) == 1
        released.set()
        assert await doing == 1
        assert await slow.run(two.service) == 1


async def test_a_job_that_fails_changes_nothing_is_told_and_is_tried_again(
    topics: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    turns = 0

    @scheduled(every=timedelta(milliseconds=10))
    async def shaky(tx: Transaction) -> int:
        nonlocal turns
        turns += 1
        await tx.conn.execute("insert into gate.leaf values ($1, 1, 1)", f"turn {turns}")
        if turns < 3:
            raise RuntimeError("not yet")
        return 1 if turns < 6 else 0

    service = gate(topics)
    service.scheduled = [shaky]
    async with running(service, ("jobs",)) as r:
        await until(lambda: turns >= 6, "it has been tried again and was done to its end")
        await until(lambda: r.service.pool.fetchval("select count(*) >= 4 from gate.leaf"), "the good turns stand")
        leaves = await r.service.pool.fetch("select leaf from gate.leaf")
    assert not {"turn 1", "turn 2"} & {row["leaf"] for row in leaves}
    assert "the scheduled job shaky of gate failed" in caplog.text


async def test_a_job_in_hand_is_finished_when_its_process_is_told_to_stop(topics: Settings) -> None:
    begun = asyncio.Event()
    told: asyncio.Future[asyncio.Event] = asyncio.get_running_loop().create_future()
    service = gate(topics)

    @scheduled(every=timedelta(milliseconds=10))
    async def slow(tx: Transaction) -> int:
        begun.set()
        stop = await told  # it may run before we know by what it is told
        await stop.wait()
        await tx.conn.execute("insert into gate.leaf values ('in hand', 1, 1)")
        return 1

    service.scheduled = [slow]
    async with running(service, ("jobs",)) as r:
        told.set_result(r.running.stop)
        await begun.wait()
    async with running(gate(topics)) as after:
        assert await after.service.pool.fetchval("select array_agg(leaf) from gate.leaf") == ["in hand"]


async def test_a_job_that_does_not_end_is_cut_off_and_leaves_nothing(
    topics: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(run, "STOP_SECONDS", 0.5)
    begun = asyncio.Event()
    service = gate(topics)

    @scheduled(every=timedelta(milliseconds=10))
    async def endless(tx: Transaction) -> int:
        await tx.conn.execute("insert into gate.leaf values ('in hand', 1, 1)")
        begun.set()
        await asyncio.Event().wait()
        return 1

    service.scheduled = [endless]
    async with asyncio.timeout(20), running(service, ("jobs",)):
        await begun.wait()
    assert "gate cuts off what does not end" in caplog.text
    async with running(gate(topics)) as after:
        assert await after.service.pool.fetchval("select count(*) from gate.leaf") == 0


@contextlib.asynccontextmanager
async def grown_old(topics: Settings) -> AsyncIterator[tuple[Harness, SettableClock]]:
    """A service that has answered a request and sent its event."""
    clock = SettableClock(NOW)
    async with running(gate(topics, clock=clock), ("api", "relay")) as r:
        headers = {"Authorization": f"Bearer {r.web.key}", "Content-Type": "application/cloudevents+json"}
        assert (await r.http.post("/v1/events", content=wire(visit()), headers=headers)).status_code == 201
        await until(
            lambda: r.service.pool.fetchval("select published_at is not null from chassis.outbox"), "it is sent"
        )
        yield r, clock


async def test_requests_are_forgotten_after_90_days_and_not_before(topics: Settings) -> None:
    async with grown_old(topics) as (r, clock):
        clock.now = NOW + 90 * DAY
        assert await maintenance.forget_requests.run(r.service) == 0
        clock.now = NOW + 90 * DAY + timedelta(seconds=1)
        assert await maintenance.forget_requests.run(r.service) == 1
        assert await r.service.pool.fetchval("select count(*) from chassis.inbox") == 0


async def test_what_was_sent_is_forgotten_after_30_days_and_what_was_not_sent_never(topics: Settings) -> None:
    async with grown_old(topics) as (r, clock):
        await r.service.pool.execute(
            "insert into chassis.outbox (topic, key, value, created_at) values ('x', 'k', '', $1)", NOW
        )
        clock.now = NOW + 30 * DAY
        assert await maintenance.forget_sent.run(r.service) == 0
        clock.now = NOW + 900 * DAY
        assert await maintenance.forget_sent.run(r.service) == 1
        assert await r.service.pool.fetchval("select array_agg(topic) from chassis.outbox") == ["x"]


@pytest.mark.parametrize("name", [name for name in TOPICS if name.endswith(".requests.v1")])
def test_a_request_is_known_longer_than_it_can_come_again(name: str) -> None:
    """A request topic and `republish` reach less far back than the inbox."""
    on_topic = timedelta(milliseconds=TOPICS[name].retention_ms)
    assert timedelta(days=inbox.KEPT_DAYS) > timedelta(days=outbox.KEPT_DAYS) > on_topic > timedelta(0)
    assert (inbox.KEPT_DAYS, outbox.KEPT_DAYS, on_topic) == (90, 30, 7 * DAY)
