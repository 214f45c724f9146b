"""What falls due is asked for by the clock and decided like every request: with locks, once, and alone if it must."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, ClassVar

from chassis import Connection, DueRequest, Emission, LockKey, Request, Service, Settings, Transaction, due, locks
from chassis.due import PAGE
from omatoimi_contracts.usage import VisitCounted

from tests.kits.chassis import running

from .toys import gate
from .waiting import until
from .wire import SLOT

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


class Closing(DueRequest):
    """A leaf's time is over."""

    TYPE: ClassVar[str] = "omatoimi.leaf-closing.due.v1"
    leaf: str


async def keys(_: Transaction, requests: Sequence[Request[Closing]]) -> set[LockKey]:
    return {("leaf", request.data.leaf) for request in requests}


@due(every=timedelta(hours=1))
async def close(conn: Connection, now: datetime, limit: int, offset: int) -> Sequence[Closing]:
    """Leaves that are still open, by name; one that is named `late` is found whatever has become of it."""
    rows = await conn.fetch(
        "select leaf from gate.leaf where persons > 0 or leaf = 'late' order by leaf limit $1 offset $2",
        limit,
        offset,
    )
    return [Closing(leaf=row["leaf"], due=now - timedelta(hours=3)) for row in rows]


def weight(request: Request[Closing]) -> int:
    """A leaf `a-12` is as heavy as twelve."""
    _, _, number = request.data.leaf.partition("-")
    return int(number) if number.isdecimal() else 1


def closing(settings: Settings) -> Service:
    """A gate that closes its leaves; one whose name begins with `bad` cannot be, and `twice` could be again."""
    service = gate(settings, clock=lambda: NOW)

    @service.handlers.on(Closing, locks=keys, weight=weight)
    async def decide(request: Request[Closing], tx: Transaction) -> Emission | None:
        leaf = request.data.leaf
        if leaf.startswith("bad"):
            raise ValueError(f"{leaf} sticks")
        close_it = "update gate.leaf set persons = 0 where leaf = $1 and (persons > 0 or leaf = 'twice') returning true"
        if not await tx.conn.fetchval(close_it, leaf):
            return None
        fact = VisitCounted.model_validate({"counter": leaf, "slot": SLOT, "persons": 0, "method": "gate"})
        return request.outcome(fact, unit="vallila", time=request.data.due)

    return service


async def leaves(service: Service, *names: str) -> None:
    await service.pool.executemany("insert into gate.leaf values ($1, 1, 1)", [(name,) for name in names])


async def told(service: Service) -> list[dict[str, Any]]:
    rows = await service.pool.fetch(
        "select convert_from(value, 'utf8')::jsonb->'data'->>'counter' as leaf,"
        " convert_from(value, 'utf8')::jsonb->>'time' as time,"
        " convert_from(value, 'utf8')::jsonb->>'outcome' as outcome,"
        " convert_from(value, 'utf8')::jsonb->>'channel' as channel,"
        " convert_from(value, 'utf8')::jsonb->>'causationsource' as cause from chassis.outbox order by seq"
    )
    return [dict(row) for row in rows]


async def test_what_fell_due_is_decided_once_and_its_outcome_has_the_time_at_which_it_fell_due(
    topics: Settings,
) -> None:
    async with running(closing(topics)) as r:
        await leaves(r.service, "b", "a")
        assert await close.run(r.service) == 2
        assert await close.run(r.service) == 0
        assert await told(r.service) == [
            {
                "leaf": leaf,
                "time": "2026-12-01T09:00:00Z",
                "outcome": "true",
                "channel": "automatic",
                "cause": "/helsinki/gate",
            }
            for leaf in ("a", "b")
        ]


async def test_found_by_two_processes_at_once_it_is_decided_once(topics: Settings) -> None:
    """Both wait for its lock; the second knows the request, by its id alone."""
    async with running(closing(topics)) as one, running(closing(topics)) as two:
        await leaves(one.service, "twice")
        async with one.service.pool.acquire() as conn:
            async with conn.transaction():
                await locks.acquire(conn, one.service.locks, {("leaf", "twice")})
                both = [asyncio.create_task(close.run(bench.service)) for bench in (one, two)]
                waiting = "select count(*) = 2 from pg_locks where locktype = 'advisory' and not granted"
                await until(lambda: conn.fetchval(waiting), "both wait")
            assert await asyncio.gather(*both) == [1, 1]
        assert [event["leaf"] for event in await told(one.service)] == ["twice"]


async def test_what_is_due_no_more_once_the_locks_are_held_was_never_asked_and_may_fall_due_again(
    topics: Settings,
) -> None:
    async with running(closing(topics)) as r:
        await leaves(r.service, "late")
        await r.service.pool.execute("update gate.leaf set persons = 0")
        assert await close.run(r.service) == 1
        assert await told(r.service) == []
        assert await r.service.pool.fetchval("select count(*) from chassis.inbox") == 0
        await r.service.pool.execute("update gate.leaf set persons = 1")
        await close.run(r.service)
        assert [event["leaf"] for event in await told(r.service)] == ["late"]


async def test_one_that_fails_holds_up_no_other_though_a_whole_page_of_such_stands_before_it(topics: Settings) -> None:
    async with running(closing(topics)) as r:
        await leaves(r.service, *(f"bad{n:03}" for n in range(PAGE + 1)), "c", "d")
        assert await close.run(r.service) == 2
        assert [event["leaf"] for event in await told(r.service)] == ["c", "d"]
        assert await close.run(r.service) == 0


async def test_no_endpoint_takes_what_only_the_clock_may_ask(topics: Settings) -> None:
    async with running(closing(topics)) as r:
        event = {
            "specversion": "1.0",
            "id": "019ac1f2-7a00-7c3e-9d54-3b2f6a1e8c07",
            "source": r.staff.caller.channel.source,
            "type": Closing.TYPE,
            "time": "2026-12-01T09:00:00Z",
            "data": {"leaf": "a", "due": "2026-12-01T09:00:00Z"},
        }
        answer = await r.staff.post("/v1/events", event, content_type="application/cloudevents+json")
        assert (answer.status_code, answer.json()["pointer"]) == (400, "/type")


async def test_what_is_due_is_cut_into_transactions_by_weight(topics: Settings) -> None:
    names = ["a-3", "b-17", "c", "d-500", "e", "f-19", "g-2"]
    async with running(closing(topics)) as r:
        await leaves(r.service, *names)
        assert await close.run(r.service) == len(names)
        # The transaction that changed a row last.
        rows = await r.service.pool.fetch("select leaf, xmin::text from gate.leaf order by leaf")
        together = [[row["leaf"] for row in part] for _, part in groupby(rows, key=lambda row: row["xmin"])]
        assert together == [["a-3", "b-17"], ["c"], ["d-500"], ["e", "f-19"], ["g-2"]]
