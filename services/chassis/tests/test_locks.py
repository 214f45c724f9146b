"""Whatever a transaction needs is held before anything is read: rivals wait in line, nobody dies in a deadlock, and
what was looked up before the wait is looked up again."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from chassis import (
    ANYONE,
    Emission,
    LockKey,
    Registry,
    Reject,
    Request,
    Service,
    Settings,
    Transaction,
    act,
    locks,
)
from chassis.database import is_own
from omatoimi_contracts.codec import read
from omatoimi_contracts.event import RequestEvent
from omatoimi_contracts.requests import VisitRequested
from omatoimi_contracts.vocabulary import RequestData

from tests.kits.chassis import Harness, running
from tests.kits.platform import Servers as Platform

from .kafka_log import write
from .toys import HERE, count, gate
from .waiting import until
from .wire import visit, visit_data, wire

SEED = 7


def asked(r: Harness, event: dict[str, Any]) -> Request[RequestData]:
    found = read(wire(event))
    assert isinstance(found, RequestEvent)
    return Request(found, r.web.caller)


async def deadlocks(settings: Settings) -> int:
    """How many there were in the service's database; counted for certain once its connections are closed."""
    conn = await asyncpg.connect(settings.dsn("gate"))
    try:
        found: int = await conn.fetchval("select deadlocks from pg_stat_database where datname = current_database()")
        return found
    finally:
        await conn.close()


async def test_batches_and_http_rivals_over_parts_halls_and_quotas_never_deadlock(topics: Settings) -> None:
    """Each request names two or three of six leaves in an order of its own, which is the order in which they are
    written; without locks, or with locks in the order of asking, they deadlock within a second."""
    print(f"seed {SEED}")
    dice = random.Random(SEED)
    requests = []
    for n in range(400):
        data = visit_data("-".join(dice.sample("abcdef", dice.choice((2, 3)))), n)
        requests.append(visit(data=data | {"unit": dice.choice(("vallila", "kallio"))}))
    by_kafka, by_http = requests[:200], requests[200:]
    async with running(gate(topics), ("api", "worker")) as r:
        line = iter(by_http)

        async def client() -> None:
            for request in line:
                answer = await r.web.post("/v1/visits", request["data"])
                assert answer.status_code == 201, answer.text

        halves = [by_kafka[:100], by_kafka[100:]]
        topic = topics.topic("usage.requests.v1")
        await asyncio.gather(
            *(client() for _ in range(6)),
            *(write(topics.kafka, topic, map(wire, half), partition=n) for n, half in enumerate(halves)),
        )
        await until(lambda: r.service.pool.fetchval("select sum(next_offset) = 200 from chassis.consumed"), "applied")

        wanted = {leaf: [q for q in requests if leaf in q["data"]["counter"].split("-")] for leaf in "abcdef"}
        rows = await r.service.pool.fetch("select leaf, persons, entries from gate.leaf order by leaf")
        assert [tuple(row) for row in rows] == [
            (leaf, sum(q["data"]["persons"] for q in found), len(found)) for leaf, found in wanted.items()
        ]
        assert await r.service.pool.fetchval("select count(*) from chassis.dead_letter") == 0
    assert await deadlocks(topics) == 0


async def test_the_outbox_of_each_leaf_stands_in_the_order_of_commits(topics: Settings) -> None:
    """Who was first at a leaf is kept in its handler until its rival waits in line, or has come past it."""
    first, rival = visit("a-b"), visit("b-c")
    reached, past = asyncio.Event(), asyncio.Event()

    async def hook(request: Request[VisitRequested], _: Transaction) -> None:
        if str(request.id) == first["id"]:
            reached.set()
            await until(waits_or_is_past, "the rival waits")

    async def waits_or_is_past() -> bool:
        waiting = (
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
        return past.is_set() or bool(await r.service.pool.fetchval(waiting))

    async def come(event: dict[str, Any]) -> None:
        await act.apply(r.service, [asked(r, event)])
        past.set()

    async with running(gate(topics.model_copy(update={"handler_seconds": 600}), hook=hook)) as r:
        async with asyncio.TaskGroup() as both:
            both.create_task(come(first))
            await reached.wait()
            both.create_task(come(rival))
        rows = await r.service.pool.fetch(
            "select convert_from(value, 'utf8')::jsonb->>'causationid' as cause from chassis.outbox order by seq"
        )
        assert [row["cause"] for row in rows] == [first["id"], rival["id"]]


async def test_events_of_one_subject_are_counted_from_one_without_gaps_also_when_transactions_fail(
    topics: Settings,
) -> None:
    async def sometimes(request: Request[VisitRequested], _: Transaction) -> None:
        if request.data.persons % 4 == 0:
            raise RuntimeError("not today")

    async with running(gate(topics.model_copy(update={"handler_seconds": 600}), hook=sometimes)) as r:
        counters = ("a", "b", "a-b")
        await asyncio.gather(*(r.web.post("/v1/visits", visit_data(counters[n % 3], n)) for n in range(60)))
        rows = await r.service.pool.fetch(
            "select event->>'subject' as subject, array_agg(event->>'sequence' order by seq) as sequences from"
            " (select seq, convert_from(value, 'utf8')::jsonb as event from chassis.outbox) o group by 1"
        )
        assert len(rows) == 3
        for row in rows:
            assert row["sequences"] == [f"{n:010d}" for n in range(1, len(row["sequences"]) + 1)]
        assert sum(len(row["sequences"]) for row in rows) == 45


def moving(settings: Settings) -> Service:
    """A counter stands in a place, and places are what is locked: it can be moved while somebody waits for the lock."""
    registry = Registry()

    async def places(tx: Transaction, items: Sequence[Request[VisitRequested]]) -> set[LockKey]:
        rows = await tx.conn.fetch(
            "select place from gate.place where counter = any($1)", [i.data.counter for i in items]
        )
        return {("leaf", row["place"]) for row in rows}

    @registry.on(VisitRequested, locks=places, may=ANYONE, reasons={404: ("unknown",)})
    async def decide(request: Request[VisitRequested], tx: Transaction) -> Emission | Reject:
        place = await tx.conn.fetchval("select place from gate.place where counter = $1", request.data.counter)
        if place is None:
            return Reject("unknown")
        held = await tx.conn.fetchval(
            "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
            " and (classid::bigint << 32 | objid::bigint) = $1",
            locks.number(("leaf",), ("leaf", place)),
        )
        assert held == 1, f"decided on {place} without holding it"
        return await count(request, tx)

    return Service(
        name="gate",
        handlers=registry,
        writes="usage.events.v1",
        migrations=HERE / "gate_migrations",
        locks=("leaf",),
        settings=settings,
    )


@pytest.mark.parametrize("place", ["hall", None])
async def test_what_moved_while_we_waited_is_decided_where_it_stands_now(topics: Settings, place: str | None) -> None:
    """A rival puts the counter into the lobby before he lets go: the request behind him starts over and holds the
    lobby. It waits for the hall; where the counter stood nowhere and nothing is to be locked, for the inbox."""
    async with running(moving(topics)) as r:
        pool, request = r.service.pool, asked(r, visit("door"))
        await pool.execute("create table gate.place (counter text primary key, place text not null)")
        async with pool.acquire() as rival, rival.transaction():
            if place:
                await pool.execute("insert into gate.place values ('door', $1)", place)
                await locks.acquire(rival, ("leaf",), {("leaf", place)})
            else:
                source, id_ = request.event.source, request.id
                await rival.execute("insert into chassis.inbox values ($1, $2, '', now())", source, id_)
            waiting = asyncio.create_task(act.ask(r.service, request))
            await until(
                lambda: pool.fetchval("select count(*) from pg_stat_activity where wait_event_type = 'Lock'"),
                "the request waits",
            )
            await pool.execute(
                "insert into gate.place values ('door', 'lobby') on conflict (counter) do update set place = 'lobby'"
            )
            await rival.execute("delete from chassis.inbox")
        assert (await waiting).outcome.type == "omatoimi.visit.counted.v1"


async def test_who_waits_in_line_too_long_is_told_to_try_again_and_is_not_at_fault(topics: Settings) -> None:
    """The wait for one lock, here of the inbox, ends before the limit on a statement. Waits for several locks may
    together pass that limit first: that is told in the same way."""
    service = gate(topics.model_copy(update={"handler_seconds": 2.0}))
    async with running(service) as r, service.pool.acquire() as rival, service.pool.acquire() as conn:
        request, key = asked(r, visit("a-b")), ("leaf", "a")
        await rival.execute("set idle_in_transaction_session_timeout = 0")
        async with rival.transaction():
            await rival.execute(
                "insert into chassis.inbox values ($1, $2, '', now())", request.event.source, request.id
            )
            with pytest.raises(asyncpg.LockNotAvailableError) as caught:
                await act.ask(service, request)
            assert is_own(caught.value)
            await rival.execute("delete from chassis.inbox")
        await rival.execute("select pg_advisory_lock($1)", locks.number(service.locks, key))
        await conn.execute("set statement_timeout = '50ms'; set lock_timeout = '1h'")
        with pytest.raises(asyncpg.LockNotAvailableError):
            async with conn.transaction():
                await locks.acquire(conn, service.locks, {key})
        await rival.execute("select pg_advisory_unlock_all()")
        assert (await act.ask(service, request)).repeated is False


async def test_locks_are_taken_by_rank_and_then_by_name_whatever_order_they_are_named_in(platform: Platform) -> None:
    ranks = ("space", "quota")
    keys = [("quota", "a"), ("space", "z"), ("space", "a"), ("quota", "z")]
    numbers = sorted(locks.number(ranks, key) for key in keys)
    assert {locks.number(ranks, key) for key in keys[1:3]} == set(numbers[:2])
    assert all(0 < number < 2**63 for number in numbers)
