"""Small services that the chassis' tests run: `gate` counts visits and `view` reads what gate tells; `board` publishes
documents and `wall` shows them; `tape` keeps every record of a log.

They use real types of the contract, so that real codecs, topics and schemas are under test.
"""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from uuid import UUID

from chassis import (
    ANYONE,
    Connection,
    Emission,
    LockKey,
    Registry,
    Reject,
    Request,
    Service,
    Settings,
    Transaction,
)
from chassis.clock import Clock, system_clock
from chassis.documents import document
from chassis.worker import Record
from omatoimi_contracts.documents import NoticeText
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.requests import VisitRequested
from omatoimi_contracts.usage import VisitCounted
from omatoimi_contracts.vocabulary import Fact

HERE = Path(__file__).parent
TOO_MANY = 99_999

Hook = Callable[[Request[VisitRequested], Transaction], Awaitable[None]]
"""What a test does within the handler, before it has written anything."""


def leaves(request: Request[VisitRequested]) -> list[str]:
    """The leaf counters of a counter, as a hall has parts: `b-a` is made of `b` and `a`."""
    return request.data.counter.split("-")


async def keys(_: Transaction, items: Sequence[Request[VisitRequested]]) -> set[LockKey]:
    return {("quota", item.data.unit) for item in items} | {("leaf", leaf) for item in items for leaf in leaves(item)}


async def count(request: Request[VisitRequested], tx: Transaction) -> Emission | Reject:
    """Count a visit at each leaf, in the order in which they are named."""
    data = request.data
    if data.persons == TOO_MANY:
        return Reject("too-many")
    await tx.conn.execute("insert into gate.visit values ($1, $2, $3)", request.id, data.counter, data.persons)
    for leaf in leaves(request):
        n = await tx.conn.fetchval(
            "insert into gate.leaf as l values ($1, $2, 1) on conflict (leaf)"
            " do update set persons = l.persons + $2, entries = l.entries + 1 returning entries",
            leaf,
            data.persons,
        )
        await tx.conn.execute("insert into gate.entry values ($1, $2, $3)", leaf, n, request.id)
    fact = VisitCounted(counter=data.counter, slot=data.slot.slot(), persons=data.persons, method=data.method)
    return request.outcome(fact, unit=data.unit, time=request.time)


def gate(settings: Settings, *, clock: Clock = system_clock, hook: Hook | None = None, locks: bool = True) -> Service:
    """Counts visits; `TOO_MANY` persons are rejected."""
    registry = Registry()

    @registry.on(
        VisitRequested,
        path="/v1/visits",
        may=ANYONE,
        locks=keys if locks else None,
        reasons={409: ("too-many",)},
    )
    async def decide(request: Request[VisitRequested], tx: Transaction) -> Emission | Reject:
        if hook is not None:
            await hook(request, tx)
        return await count(request, tx)

    return Service(
        name="gate",
        handlers=registry,
        writes="usage.events.v1",
        migrations=HERE / "gate_migrations",
        locks=("leaf", "quota"),
        settings=settings,
        clock=clock,
    )


def view(
    settings: Settings, *, hook: Callable[[FactEvent[VisitCounted], Transaction], Awaitable[None]] | None = None
) -> Service:
    """Reads what gate tells, and keeps the order in which it did."""
    registry = Registry()

    @registry.on(VisitCounted)
    async def see(event: FactEvent[VisitCounted], tx: Transaction) -> None:
        if hook is not None:
            await hook(event, tx)
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


def board(settings: Settings, *, clock: Clock = system_clock) -> Service:
    """Publishes the words of notices; a test writes and deletes them in `board.notice`."""

    async def present(conn: Connection, key: str) -> FactEvent[Fact] | None:
        version = await conn.fetchval("select version from board.notice where notice = $1", UUID(key))
        if version is None:
            return None
        text = NoticeText(notice=UUID(key), version=version, digest=f"{version:064d}", titles={"fi": "x"}, texts={})
        return document(made, text, unit="vallila", version=version, time=clock())

    made = Service(
        name="board",
        handlers=Registry(),
        writes="notices.events.v1",
        migrations=HERE / "board_migrations",
        documents={"notices.documents.v1": present},
        settings=settings,
        clock=clock,
    )
    return made


def wall(settings: Settings) -> Service:
    """Shows the notices that board publishes, as they are now."""
    registry = Registry()

    @registry.on(NoticeText)
    async def show(event: FactEvent[NoticeText], tx: Transaction) -> None:
        await tx.conn.execute(
            "insert into wall.notice values ($1, $2) on conflict (notice) do update set version = excluded.version",
            event.data.notice,
            event.data.version,
        )

    @registry.on_tombstone("notices.documents.v1")
    async def take_down(key: str, tx: Transaction) -> None:
        await tx.conn.execute("delete from wall.notice where notice = $1", UUID(key))

    return Service(
        name="wall",
        handlers=registry,
        writes="booking.events.v1",
        migrations=HERE / "wall_migrations",
        settings=settings,
    )


def tape(settings: Settings) -> Service:
    """Keeps every record, in the order in which it came; what came twice stands there twice."""
    registry = Registry()

    @registry.on_log("usage.events.v1")
    async def keep(records: list[Record], tx: Transaction) -> None:
        await tx.conn.executemany(
            'insert into tape.record (partition, "offset", key, value) values ($1, $2, $3, $4)',
            [(r.partition, r.offset, (r.key or b"").decode(), (r.value or b"").decode()) for r in records],
        )

    return Service(
        name="tape",
        handlers=registry,
        writes="booking.events.v1",
        migrations=HERE / "tape_migrations",
        settings=settings,
    )
