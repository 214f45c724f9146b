"""Two small services that the chassis' tests run: `gate` counts visits, `view` reads what gate tells.

They use real types of the contract, so that real codecs, topics and schemas are under test.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from chassis import Asked, Connection, Emission, LockKey, Registry, Reject, Service, Settings, Transaction
from chassis.clock import Clock, system_clock
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.requests import VisitRequested
from omatoimi_contracts.usage import VisitCounted

HERE = Path(__file__).parent

Hook = Callable[[Asked[VisitRequested]], None]


async def counters(_: Connection, items: Sequence[Asked[VisitRequested]]) -> set[LockKey]:
    return {("counter", item.data.counter) for item in items}


def gate(settings: Settings, *, clock: Clock = system_clock, hook: Hook | None = None) -> Service:
    """Counts visits; a negative wish is rejected, `hook` may raise to stand for a fault of the handler."""
    registry = Registry()

    @registry.on(VisitRequested, locks=counters)
    async def count(request: Asked[VisitRequested], tx: Transaction) -> Emission | Reject:
        if hook is not None:
            hook(request)
        data = request.data
        if data.persons == 99_999:
            return Reject("too-many")
        await tx.conn.execute("insert into gate.visit values ($1, $2, $3)", request.id, data.counter, data.persons)
        await tx.conn.execute(
            "insert into gate.total as t values ($1, $2) on conflict (counter) do update set persons = t.persons + $2",
            data.counter,
            data.persons,
        )
        fact = VisitCounted(counter=data.counter, slot=data.slot.slot(), persons=data.persons, method=data.method)
        return request.answer(fact, unit=data.unit, time=request.time)

    return Service(
        name="gate",
        handlers=registry,
        writes="usage.events.v1",
        migrations=HERE / "gate_migrations",
        locks=("counter",),
        reasons={"too-many": (409, "So many people do not fit; count again.")},
        settings=settings,
        clock=clock,
    )


def view(settings: Settings, *, hook: Callable[[FactEvent[VisitCounted]], None] | None = None) -> Service:
    """Reads what gate tells."""
    registry = Registry()

    @registry.on(VisitCounted)
    async def see(event: FactEvent[VisitCounted], tx: Transaction) -> None:
        if hook is not None:
            hook(event)
        await tx.conn.execute(
            "insert into view.seen (event, counter, persons, sequence) values ($1, $2, $3, $4)",
            event.id,
            event.data.counter,
            event.data.persons,
            int(event.sequence),
        )

    return Service(
        name="view",
        handlers=registry,
        writes="booking.events.v1",
        migrations=HERE / "view_migrations",
        settings=settings,
    )
