"""What is booked and blocked between two moments, with the service tasks around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis import Connection
from chassis.access import Houses
from omatoimi_contracts.vocabulary import Slot

from booking.domain.bookings import Booking
from booking.domain.tasks import Task
from booking.store import blocks
from booking.store.blocks import Block
from booking.store.bookings import of_row
from booking.store.tasks import of_row as of_task

LONGEST = timedelta(minutes=1440)
"""No booking is longer, as the contract has it (`BookingRules`)."""

# A fence: each space's are looked up by the index. It stands by ends, and no booking is longer than `LONGEST`.
BOOKED = """
select b.* from booking.space s join booking.premises p using (premises), lateral (
    select * from booking.booking
    where space = s.space and ends > $1 and ends <= $2::timestamptz + $6::interval and cancelled_at is null offset 0
) b
where b.starts < $2 and ($3::text is null or p.unit = $3) and ($4::text is null or p.premises = $4)
    and ($7 or p.unit = any($8) or p.owner = any($9))
order by b.starts, b.booking limit $5
"""
BLOCKED = """
select b.* from booking.space s join booking.premises p using (premises), lateral (
    select * from booking.block where space = s.space and ends > $1 and lifted_at is null offset 0
) b
where b.starts < $2 and ($3::text is null or p.unit = $3) and ($4::text is null or p.premises = $4)
    and ($6 or p.unit = any($7) or p.owner = any($8))
order by b.starts, b.block limit $5
"""
# Never who booked for them, nor what for. A fence, and a bound, as above.
HELD = """
select s.leaves, b.starts, b.ends, b.organisation
from booking.space s join booking.premises p using (premises), lateral (
    select * from booking.booking
    where space = s.space and ends > $1 and ends <= $2::timestamptz + $3::interval and cancelled_at is null offset 0
) b
where b.starts < $2 and ($4::text is null or p.unit = $4) and b.class = 'association' and b.organisation is not null
order by b.starts, b.booking
"""
TASKS = """
select t.task, t.booking, t.kind, t.due, t.state, t.minutes from unnest($1::uuid[]) w(booking), lateral (
    select * from booking.task where booking = w.booking offset 0
) t
order by t.due, t.task
"""


@dataclass(frozen=True, slots=True)
class Held:
    """What a verified association has booked, with the leaves that it takes."""

    leaves: tuple[str, ...]
    slot: Slot
    organisation: UUID


async def booked(
    conn: Connection, start: datetime, end: datetime, *, of: Houses, unit: str | None, premises: str | None, limit: int
) -> list[Booking]:
    """Return the bookings that stand in some houses between two moments, by their start."""
    rows = await conn.fetch(BOOKED, start, end, unit, premises, limit, LONGEST, of.all, of.units, of.departments)
    return [of_row(row) for row in rows]


async def held(conn: Connection, start: datetime, end: datetime, unit: str | None) -> list[Held]:
    """Return which verified association has which space between two moments, by start."""
    rows = await conn.fetch(HELD, start, end, LONGEST, unit)
    return [Held(tuple(row["leaves"]), Slot(start=row["starts"], end=row["ends"]), row["organisation"]) for row in rows]


async def blocked(
    conn: Connection, start: datetime, end: datetime, *, of: Houses, unit: str | None, premises: str | None, limit: int
) -> list[Block]:
    """Return the blocks that hold in some houses between two moments, by their start."""
    rows = await conn.fetch(BLOCKED, start, end, unit, premises, limit, of.all, of.units, of.departments)
    return [blocks.of_row(row) for row in rows]


async def tasks(conn: Connection, bookings: Sequence[UUID]) -> dict[UUID, list[Task]]:
    """Return the service tasks of bookings, whatever their state, those due first at the front."""
    found: dict[UUID, list[Task]] = {}
    for row in await conn.fetch(TASKS, bookings) if bookings else ():
        found.setdefault(row["booking"], []).append(of_task(row))
    return found
