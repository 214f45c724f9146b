"""Whose the things are that requests name: what the chassis looks at before it lets somebody act on one."""

from collections.abc import Sequence

from asyncpg import Record
from chassis import Connection, Request, Thing
from chassis.access import Role
from omatoimi_contracts.requests import (
    BlockingRequested,
    BookingRequested,
    CheckInRequested,
    HoursRequested,
    OfBooking,
    PremisesRequested,
    SpaceRequested,
    TaskChangeRequested,
    WalkInRequested,
)

from booking.domain.bookings import Booking

# Fences: each is looked up by the index, also by a plan that was made while there were few.
OF_BOOKINGS = """
select b.booking, b.source, b.unit, b.owner, b.person, b.organisation, b.confirmed_at
from unnest($1::uuid[]) w(booking), lateral (
    select * from booking.booking where booking = w.booking offset 0
) b
"""
OF_TASKS = """
select b.task, b.source, b.unit, b.owner, b.person, b.organisation, b.confirmed_at
from unnest($1::uuid[]) w(task), lateral (
    select t.task, b.* from booking.task t join booking.booking b using (booking) where t.task = w.task offset 0
) b
"""
OF_SPACES = """
select s.space, p.unit, p.owner from booking.space s join booking.premises p using (premises)
where s.space = any($1::text[])
"""
OF_PREMISES = "select premises, unit, owner from booking.premises where premises = any($1::text[])"
OF_BLOCKINGS = """
select p.unit, p.owner from unnest($1::text[], $2::uuid[]) with ordinality w(space, block, position)
left join booking.block b using (block) left join booking.space s on s.space = coalesce(w.space, b.space)
left join booking.premises p on p.premises = s.premises
order by position
"""


def of(booking: Booking) -> Thing:
    """Tell whose a booking is."""
    return Thing(
        booking.source,
        booking.unit,
        person=booking.person,
        organisation=booking.organiser.organisation,
        department=booking.owner,
    )


async def bookings(conn: Connection, requests: Sequence[Request[OfBooking]]) -> list[Thing | None]:
    """Return the bookings, each of the channel that made it."""
    rows = await conn.fetch(OF_BOOKINGS, [request.data.booking for request in requests])
    found = {row["booking"]: _of_booking(row) for row in rows}
    return [found.get(request.data.booking) for request in requests]


async def tasks(conn: Connection, requests: Sequence[Request[TaskChangeRequested]]) -> list[Thing | None]:
    """Return the tasks, each as old as its booking at most."""
    rows = await conn.fetch(OF_TASKS, [request.data.task for request in requests])
    found = {row["task"]: _of_booking(row) for row in rows}
    return [found.get(request.data.task) for request in requests]


async def spaces(
    conn: Connection, requests: Sequence[Request[WalkInRequested]] | Sequence[Request[BookingRequested]]
) -> list[Thing | None]:
    """Return the spaces, which no channel owns."""
    rows = await conn.fetch(OF_SPACES, [request.data.space for request in requests])
    found = {row["space"]: Thing(None, row["unit"], department=row["owner"]) for row in rows}
    return [found.get(request.data.space) for request in requests]


async def rooms(conn: Connection, requests: Sequence[Request[BookingRequested]]) -> list[Thing | None]:
    """Return the spaces where somebody of a library asks: its desk books for others in its own rooms. To whom else a
    room is given hangs not on whose it is, and is not looked up."""
    if not any(request.by.person is not None and Role.STAFF in request.by.roles for request in requests):
        return [None] * len(requests)
    return await spaces(conn, requests)


async def libraries(_: Connection, requests: Sequence[Request[CheckInRequested]]) -> list[Thing | None]:
    """Return the libraries that are named. What is booked there is not looked at: who may not ask learns nothing."""
    return [Thing(None, request.data.unit) for request in requests]


async def premises(
    conn: Connection, requests: Sequence[Request[PremisesRequested | HoursRequested | SpaceRequested]]
) -> list[Thing | None]:
    """Return the premises: a person may in those that they keep. A channel that may, may in all."""
    if all(request.by.person is None for request in requests):
        return [None] * len(requests)
    rows = await conn.fetch(OF_PREMISES, [request.data.premises for request in requests])
    found = {row["premises"]: Thing(None, row["unit"], department=row["owner"]) for row in rows}
    return [found.get(request.data.premises) for request in requests]


async def blockings(conn: Connection, requests: Sequence[Request[BlockingRequested]]) -> list[Thing | None]:
    """Return the premises of the spaces to block, and of the blocks to lift, as `premises` does."""
    if all(request.by.person is None for request in requests):
        return [None] * len(requests)
    rows = await conn.fetch(
        OF_BLOCKINGS, [request.data.space for request in requests], [request.data.lift for request in requests]
    )
    return [Thing(None, row["unit"], department=row["owner"]) if row["unit"] else None for row in rows]


def _of_booking(row: Record) -> Thing:
    return Thing(
        row["source"],
        row["unit"],
        row["confirmed_at"],
        person=row["person"],
        organisation=row["organisation"],
        department=row["owner"],
    )
