"""Whose the things are that requests name: what the chassis looks at before it lets somebody act on one."""

from collections.abc import Sequence

from chassis import Connection, Request, Thing
from omatoimi_contracts.requests import OfBooking, TaskChangeRequested, WalkInRequested

# Fences: each is looked up by the index, also by a plan that was made while there were few.
OF_BOOKINGS = """
select b.booking, b.source, b.unit, b.confirmed_at from unnest($1::uuid[]) w(booking), lateral (
    select * from booking.booking where booking = w.booking offset 0
) b
"""
OF_TASKS = """
select b.task, b.source, b.unit, b.confirmed_at from unnest($1::uuid[]) w(task), lateral (
    select t.task, b.* from booking.task t join booking.booking b using (booking) where t.task = w.task offset 0
) b
"""
OF_SPACES = """
select s.space, p.unit from booking.space s join booking.premises p using (premises) where s.space = any($1::text[])
"""


async def bookings(conn: Connection, requests: Sequence[Request[OfBooking]]) -> list[Thing | None]:
    """Return the bookings, each of the channel that made it."""
    rows = await conn.fetch(OF_BOOKINGS, [request.data.booking for request in requests])
    found = {row["booking"]: Thing(row["source"], row["unit"], row["confirmed_at"]) for row in rows}
    return [found.get(request.data.booking) for request in requests]


async def tasks(conn: Connection, requests: Sequence[Request[TaskChangeRequested]]) -> list[Thing | None]:
    """Return the tasks, each as old as its booking at most."""
    rows = await conn.fetch(OF_TASKS, [request.data.task for request in requests])
    found = {row["task"]: Thing(row["source"], row["unit"], row["confirmed_at"]) for row in rows}
    return [found.get(request.data.task) for request in requests]


async def spaces(conn: Connection, requests: Sequence[Request[WalkInRequested]]) -> list[Thing | None]:
    """Return the spaces, which no channel owns."""
    rows = await conn.fetch(OF_SPACES, [request.data.space for request in requests])
    found = {row["space"]: Thing(None, row["unit"]) for row in rows}
    return [found.get(request.data.space) for request in requests]
