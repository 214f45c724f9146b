"""What a handler gives out: one outcome a request, each event as its contract has it, in an order that makes sense."""

from datetime import UTC, datetime
from typing import Any

import pytest
from chassis import ANYONE, Emission, Registry, Reject, Request, Service, Settings, Transaction, by_clock
from omatoimi_contracts.requests import DisplayRequested, VisitRequested
from omatoimi_contracts.usage import VisitCounted

from tests.kits.chassis import Harness, running

from .toys import HERE
from .wire import SLOT, visit, wire


async def ask(r: Harness) -> int:
    """Ask for a visit; the status of the answer."""
    headers = {"Authorization": f"Bearer {r.web.key}", "Content-Type": "application/cloudevents+json"}
    return (await r.http.post("/v1/events", content=wire(visit()), headers=headers)).status_code


def fact(counter: str) -> VisitCounted:
    return VisitCounted.model_validate({"counter": counter, "slot": SLOT, "persons": 1, "method": "gate"})


def answering(settings: Settings, answer: Any) -> Service:
    """A service whose handler answers whatever it is told to."""
    registry = Registry()

    @registry.on(VisitRequested, may=ANYONE)
    async def decide(request: Request[VisitRequested], tx: Transaction) -> Emission:
        await tx.conn.execute("insert into gate.leaf values ('door', 1, 1)")
        result: Emission = answer(request, tx)
        return result

    return Service(
        name="gate", handlers=registry, writes="usage.events.v1", migrations=HERE / "gate_migrations", settings=settings
    )


async def test_a_handler_without_exactly_one_outcome_changes_nothing(lonely: Settings) -> None:
    endpoint = fact("door")

    def twice(request: Request[VisitRequested], tx: Transaction) -> Emission:
        tx.emit(request.outcome(endpoint, unit="vallila"))
        return request.outcome(endpoint, unit="vallila")

    for answer in (
        lambda _request, _tx: None,
        lambda request, _tx: request.also(endpoint, unit="vallila"),
        lambda _request, _tx: Reject("unnamed"),
        twice,
    ):
        async with running(answering(lonely, answer)) as r:
            assert await ask(r) == 500
            assert await r.service.pool.fetchval("select count(*) from gate.leaf") == 0
            assert await r.service.pool.fetchval("select count(*) from chassis.outbox") == 0
            assert await r.service.pool.fetchval("select count(*) from chassis.inbox") == 0


def test_what_is_declared_beside_a_handler_fits_together() -> None:
    async def nothing(_: object, __: Transaction) -> None: ...

    registry = Registry()
    with pytest.raises(TypeError, match="only what channels ask for has an address"):
        registry.on(VisitCounted, path="/v1/visits")(nothing)
    registry.on(VisitRequested, may=ANYONE, reasons={404: ("no-door",)})(nothing)
    registry.on(DisplayRequested, may=ANYONE, reasons={409: ("no-door",)})(nothing)
    with pytest.raises(ValueError, match="no-door is 404 beside one handler and 409 beside another"):
        Service(name="gate", handlers=registry, writes="usage.events.v1", migrations=HERE / "gate_migrations")
    reads_more = Registry()
    reads_more.on(VisitCounted)(nothing)
    with pytest.raises(ValueError, match=r"other topics than its handlers take: usage\.events\.v1"):
        Service(name="view", handlers=reads_more, writes="booking.events.v1", migrations=HERE, reads=[])


async def test_an_event_that_no_reader_could_take_is_refused_when_it_is_emitted(lonely: Settings) -> None:
    large = fact("door").model_copy(update={"method": "x" * 256_001})
    for answer in (
        lambda request, _tx: request.outcome(large, unit="vallila"),
        lambda request, _tx: request.outcome(fact("door"), unit="Vallilan kirjasto"),
    ):
        async with running(answering(lonely, answer)) as r:
            assert await ask(r) == 500
            assert await r.service.pool.fetchval("select count(*) from gate.leaf") == 0
            assert await r.service.pool.fetchval("select count(*) from chassis.outbox") == 0


async def test_an_outcome_stands_after_what_fell_due_and_before_what_is_beside_it(lonely: Settings) -> None:
    def one(request: Request[VisitRequested], tx: Transaction) -> Emission:
        tx.emit(request.also(fact("beside"), unit="vallila"))
        tx.emit(by_clock(fact("due"), unit="vallila", time=datetime(2026, 11, 1, tzinfo=UTC)))
        tx.emit(request.also(fact("beside-too"), unit="vallila"))
        return request.outcome(fact("outcome"), unit="vallila")

    async with running(answering(lonely, one)) as r:
        assert await ask(r) == 201
        rows = await r.service.pool.fetch(
            "select event->>'subject' as subject, event->>'outcome' as outcome, event->>'causationid' as cause"
            " from (select seq, convert_from(value, 'utf8')::jsonb as event from chassis.outbox) o order by seq"
        )
        assert [row["subject"] for row in rows] == ["due", "outcome", "beside", "beside-too"]
        assert [row["outcome"] for row in rows] == ["false", "true", "false", "false"]
        assert rows[0]["cause"] is None
        assert rows[1]["cause"] == rows[2]["cause"] == rows[3]["cause"] is not None
