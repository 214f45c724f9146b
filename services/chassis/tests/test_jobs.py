"""Long work is done at least once and its effects exactly once, whatever becomes of whoever does it."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID

import pytest
from chassis import DueRequest, Emission, Request, Service, Settings, Transaction, jobs, maintenance
from chassis.clock import SettableClock
from chassis.jobs import LEASE, PAUSES, TRIES, GivenUp, Job, work
from chassis.outbox import write_all
from omatoimi_contracts.requests import VisitRequested
from omatoimi_contracts.usage import VisitCounted

from tests.kits.chassis import running
from tests.kits.platform import Servers as Platform

from .children import child
from .toys import gate
from .waiting import until
from .wire import SLOT, visit

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


async def start(service: Service, *numbers: int, once: str = "") -> None:
    """Start a job for each number."""
    async with service.pool.acquire() as conn, conn.transaction():
        tx = service.transaction(conn)
        for number in numbers:
            tx.start("count", {"number": number}, once=once)
        await write_all(service, tx)


async def count(job: Job) -> None:
    """One visit more, when it has ended."""
    async with job.ending() as tx:
        again = "on conflict (leaf) do update set persons = leaf.persons + 1"
        await tx.conn.execute(f"insert into gate.leaf values ($1, 1, 1) {again}", f"leaf-{job.data['number']}")


async def states(service: Service) -> list[tuple[str, int]]:
    rows = await service.pool.fetch("select state, failures from chassis.job order by data->>'number'")
    return [(row["state"], row["failures"]) for row in rows]


async def counted(service: Service) -> list[str]:
    return [row["leaf"] for row in await service.pool.fetch("select leaf from gate.leaf order by leaf")]


async def test_jobs_that_a_transaction_starts_are_done_in_order_by_the_role_jobs_and_forgotten_after_a_week(
    topics: Settings,
) -> None:
    service = gate(topics)
    service.handlers.job("count")(count)
    async with running(service, ("jobs",)):
        await start(service, 1, 2, 3)
        await until(lambda: _all_done(service, 3), "all are done")
        assert await counted(service) == ["leaf-1", "leaf-2", "leaf-3"]
        assert await maintenance.forget_jobs.run(service) == 0
        await service.pool.execute("update chassis.job set ended_at = ended_at - interval '7 days'")
        assert await maintenance.forget_jobs.run(service) == 3


async def _all_done(service: Service, number: int) -> bool:
    return await states(service) == [("done", 0)] * number


async def test_a_job_started_again_for_the_same_cause_is_one_job(topics: Settings) -> None:
    async with running(gate(topics)) as r:
        r.service.handlers.job("count")(count)
        await start(r.service, 1, once="december")
        await start(r.service, 1, once="december")
        assert [await work(r.service), await work(r.service)] == [True, False]
        await start(r.service, 1, once="december")
        assert await work(r.service) is False
        assert await counted(r.service) == ["leaf-1"]


async def test_a_transaction_that_is_rolled_back_starts_nothing(topics: Settings) -> None:
    async with running(gate(topics)) as r:
        async with r.service.pool.acquire() as conn:
            begun = conn.transaction()
            await begun.start()
            tx = r.service.transaction(conn)
            tx.start("count", {"number": 1})
            await write_all(r.service, tx)
            await begun.rollback()
        assert await states(r.service) == []


async def test_who_was_thought_dead_changes_nothing_once_another_has_the_job(topics: Settings) -> None:
    """Its lease ran out while it worked; both end it, and one of them did."""
    clock = SettableClock(NOW)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(job: Job) -> None:
        if not begun.is_set():
            begun.set()
            await go_on.wait()
        await count(job)

    async with running(gate(topics, clock=clock)) as r:
        r.service.handlers.job("count")(slow)
        await start(r.service, 1)
        first = asyncio.create_task(work(r.service))
        await begun.wait()
        assert await work(r.service) is False, "the lease holds"
        clock.now += LEASE
        assert await work(r.service) is True
        go_on.set()
        assert await first is True
        assert await r.service.pool.fetchval("select sum(persons) from gate.leaf") == 1
        assert await states(r.service) == [("done", 1)]


async def test_a_worker_killed_in_its_work_leaves_the_job_to_the_next_and_no_effect_twice(
    platform: Platform, topics: Settings
) -> None:
    """Killed with its effect written and not committed."""
    service = gate(topics)
    service.handlers.job("count")(count)
    async with running(service) as r:
        await start(r.service, 1)
        async with child(platform, topics, "gate", "jobs", halts="job") as dying:
            await dying.halted()
            await dying.kill()
        assert await states(r.service) == [("running", 0)]
        await r.service.pool.execute("update chassis.job set claimable_at = now()")
        assert await work(r.service) is True
        assert await counted(r.service) == ["leaf-1"]
        assert await states(r.service) == [("done", 1)]


async def test_a_job_that_fails_is_tried_again_after_longer_and_longer_pauses_and_then_stays_with_its_error(
    topics: Settings,
) -> None:
    clock = SettableClock(NOW)

    async def fails(job: Job) -> None:
        async with job.ending() as tx:
            await tx.conn.execute("insert into gate.leaf values ('half', 1, 1)")
            raise ValueError("no \0 paper")

    async with running(gate(topics, clock=clock)) as r:
        r.service.handlers.job("count")(fails)
        await start(r.service, 1)
        for failures in range(1, TRIES + 1):
            assert await work(r.service) is True
            assert await states(r.service) == [("failed" if failures == TRIES else "waiting", failures)]
            assert await work(r.service) is False, "not before its pause is over"
            pause = PAUSES[min(failures, len(PAUSES)) - 1]
            due = await r.service.pool.fetchval("select claimable_at from chassis.job")
            if failures < TRIES:
                assert 0.8 * pause <= (due - clock.now).total_seconds() <= 1.2 * pause
            clock.now = due
        assert await counted(r.service) == []
        assert await r.service.pool.fetchval("select error from chassis.job") == "ValueError: no \\x00 paper"
        assert await maintenance.forget_jobs.run(r.service) == 0
        (failed,) = await r.service.pool.fetch("select job from chassis.job")
        async with r.service.pool.acquire() as conn:
            assert [job.state for job in await jobs.list_jobs(conn, jobs.JobState.FAILED, 10)] == ["failed"]
            assert await jobs.retry(conn, failed["job"], clock.now) is True
            assert await jobs.retry(conn, failed["job"], clock.now) is False
            assert await states(r.service) == [("waiting", 0)]
            assert await jobs.drop(conn, failed["job"]) is False
            await work(r.service)
            await conn.execute("update chassis.job set state = 'failed'")
            assert await jobs.drop(conn, failed["job"]) is True
        assert await states(r.service) == []


async def test_what_cannot_be_done_is_not_tried_again(topics: Settings) -> None:
    async def impossible(job: Job) -> None:
        raise GivenUp("there is no such month")

    async with running(gate(topics)) as r:
        r.service.handlers.job("count")(impossible)
        await start(r.service, 1)
        await work(r.service)
        assert await states(r.service) == [("failed", 1)]


async def test_a_job_that_kills_whoever_does_it_is_not_tried_for_ever(topics: Settings) -> None:
    clock = SettableClock(NOW)
    async with running(gate(topics, clock=clock)) as r:
        r.service.handlers.job("count")(count)
        await start(r.service, 1)
        # As it stands after as many workers died with it as may.
        await r.service.pool.execute("update chassis.job set state = 'running', failures = $1", TRIES - 1)
        assert await work(r.service) is True
        assert await states(r.service) == [("failed", TRIES + 1)]
        assert await counted(r.service) == []


async def test_a_worker_told_to_stop_gives_its_job_back_at_once_and_another_goes_on_from_its_progress(
    topics: Settings,
) -> None:
    stop = asyncio.Event()
    tries: list[int] = []

    async def long(job: Job) -> None:
        tries.append(job.done)
        if job.done == 0:
            await job.progress(7, 10)
            stop.set()
            await asyncio.Event().wait()

    async with running(gate(topics)) as r:
        r.service.handlers.job("count")(long)
        await start(r.service, 1)
        assert await work(r.service, stop) is True
        assert await states(r.service) == [("waiting", 0)]
        assert await work(r.service) is True
        assert tries == [0, 7]
        assert await states(r.service) == [("done", 0)]


async def test_a_job_that_asks_for_it_is_done_again_after_a_pause_and_has_not_failed(topics: Settings) -> None:
    clock = SettableClock(NOW)

    async def twice(job: Job) -> None:
        first = not await counted(job.service)
        async with job.ending(again_after=timedelta(minutes=15) if first else None) as tx:
            await tx.conn.execute("insert into gate.leaf values ($1, 1, 1)", f"claim-{job.claim}")

    async with running(gate(topics, clock=clock)) as r:
        r.service.handlers.job("count")(twice)
        await start(r.service, 1)
        assert [await work(r.service), await work(r.service)] == [True, False]
        assert (await states(r.service), await counted(r.service)) == ([("waiting", 0)], ["claim-1"])
        clock.now += timedelta(minutes=15)
        assert [await work(r.service), await work(r.service)] == [True, False]
        assert (await states(r.service), await counted(r.service)) == ([("done", 0)], ["claim-1", "claim-2"])


async def test_a_kind_with_lanes_of_its_own_holds_up_no_other(topics: Settings) -> None:
    """Three wait for somebody else's server, as many as there are lanes for; the fourth waits for them, the other kind
    does not."""
    service, waiting, go_on = gate(topics), list[int](), asyncio.Event()
    service.handlers.job("count")(count)

    @service.handlers.job("wait", at_once=3)
    async def wait(job: Job) -> None:
        waiting.append(job.data["number"])
        await go_on.wait()

    async with running(service, ("jobs",)):
        async with service.pool.acquire() as conn, conn.transaction():
            tx = service.transaction(conn)
            for number in range(4):
                tx.start("wait", {"number": number})
            await write_all(service, tx)
        await start(service, 9)
        await until(lambda: _counted(service, ["leaf-9"]), "the other kind is done")
        await until(lambda: len(waiting) >= 3, "three wait at once")
        assert await service.pool.fetchval("select count(*) from chassis.job where state = 'waiting'") == 1
        go_on.set()
        await until(lambda: _all_done(service, 5), "all are done")


async def test_of_lanes_that_wait_one_looks_for_work(topics: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[asyncio.Task[None] | None] = []
    claim = jobs._claim

    async def noted(service: Service, kinds: Sequence[str]) -> Job | None:
        looks.append(asyncio.current_task())
        return await claim(service, kinds)

    monkeypatch.setattr(jobs, "_claim", noted)
    service = gate(topics)
    service.handlers.job("count", at_once=20)(count)
    async with running(service, ("jobs",)):
        await until(lambda: len(looks) >= 6, "they look again and again")
        assert len(set(looks)) == 2, "one for this kind, one for all others"


async def _counted(service: Service, leaves: list[str]) -> bool:
    return await counted(service) == leaves


async def test_what_a_job_has_ended_before_it_stopped_is_not_given_back(topics: Settings) -> None:
    stop = asyncio.Event()

    async def ends_late(job: Job) -> None:
        stop.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await count(job)
            raise

    async with running(gate(topics)) as r:
        r.service.handlers.job("count")(ends_late)
        await start(r.service, 1)
        assert await work(r.service, stop) is True
        assert (await states(r.service), await counted(r.service)) == ([("done", 0)], ["leaf-1"])


class Reminder(DueRequest):
    TYPE: ClassVar[str] = "omatoimi.reminder.due.v1"
    counter: str


async def test_what_a_handler_asks_for_is_decided_once_at_its_time_and_follows_from_its_request(
    topics: Settings,
) -> None:
    clock = SettableClock(NOW)

    async def ask_for_more(request: Request[VisitRequested], tx: Transaction) -> None:
        tx.ask(Reminder(counter="later", due=NOW + timedelta(hours=1)), after=request)

    service = gate(topics, clock=clock, hook=ask_for_more)

    @service.handlers.on(Reminder)
    async def remind(request: Request[Reminder], tx: Transaction) -> Emission:
        fact = VisitCounted.model_validate(
            {"counter": request.data.counter, "slot": SLOT, "persons": 1, "method": "gate"}
        )
        return request.outcome(fact, unit="vallila", time=request.data.due)

    async with running(service) as r:
        asked = visit()
        answer = await r.web.post("/v1/visits", asked["data"], id=UUID(asked["id"]))
        assert answer.status_code == 201, answer.text
        assert await work(service) is False, "it is not due yet"
        clock.now += timedelta(hours=1)
        assert [await work(service), await work(service)] == [True, False]
        row = await service.pool.fetchrow(
            "select convert_from(value, 'utf8')::jsonb as event from chassis.outbox order by seq desc limit 1"
        )
        assert row is not None
        event = json.loads(row["event"])
        assert (event["data"]["counter"], event["outcome"], event["correlationid"]) == ("later", True, asked["id"])
        assert await service.pool.fetchval("select count(*) from chassis.outbox") == 2
