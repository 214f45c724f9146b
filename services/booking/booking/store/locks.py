"""What must be held before anything is read: the leaf spaces of a request, and the quotas it counts in.

Whoever books, moves, gives back, attends, blocks, does a task or changes the register holds the leaves it is about:
rivals wait in line, and the outbox of one leaf stands in the order of commits.
"""

from collections.abc import Sequence
from typing import Any

from chassis import Asked, Connection, LockKey
from omatoimi_contracts.requests import (
    BlockingRequested,
    BookingRequested,
    HoursRequested,
    MoveRequested,
    OfBooking,
    PremisesRequested,
    SpaceRequested,
    TaskChangeRequested,
    WalkInRequested,
)

from booking.domain.hours import month_of

RANKS = ("premises", "space", "quota")
"""Lowest first. `premises` is taken by changes of the register alone."""

LEAVES = "select space, leaves from booking.space where space = any($1::text[])"
OF_PREMISES = "select space from booking.space where premises = any($1::text[])"
# Fences: each is looked up by the index, also by a plan that was made while there were few.
OF_BOOKINGS = """
select b.booking, b.leaves, b.organisation, b.month from unnest($1::uuid[]) w(booking), lateral (
    select * from booking.booking where booking = w.booking offset 0
) b
union all
select null, b.leaves, null, null from unnest($1::uuid[]) w(task), lateral (
    select b.* from booking.task t join booking.booking b using (booking) where t.task = w.task offset 0
) b
"""
OF_BLOCKS = "select leaves from booking.block where block = any($1::uuid[])"


async def of_spaces(
    conn: Connection, requests: Sequence[Asked[BookingRequested] | Asked[WalkInRequested]]
) -> set[LockKey]:
    """The leaves of the spaces asked for, and the quotas of the organisations that ask."""
    keys = await _leaves(conn, {request.data.space for request in requests})
    for request in requests:
        if isinstance(request.data, BookingRequested) and request.data.organiser.organisation:
            keys.add(_quota(request.data.organiser.organisation, month_of(request.data.slot.start)))
    return keys


async def of_bookings(
    conn: Connection, requests: Sequence[Asked[OfBooking] | Asked[TaskChangeRequested]]
) -> set[LockKey]:
    """The leaves of the bookings, or of the tasks' bookings, the quotas they count in, and where they move to."""
    ids = [r.data.task if isinstance(r.data, TaskChangeRequested) else r.data.booking for r in requests]
    moves = {r.data.booking: r.data for r in requests if isinstance(r.data, MoveRequested)}
    keys = await _leaves(conn, {move.space for move in moves.values() if move.space})
    for row in await conn.fetch(OF_BOOKINGS, ids):
        keys |= {("space", leaf) for leaf in row["leaves"]}
        if row["organisation"]:
            keys.add(_quota(row["organisation"], row["month"]))
            if move := moves.get(row["booking"]):
                keys.add(_quota(row["organisation"], month_of(move.slot.start)))
    return keys


async def of_blocks(conn: Connection, requests: Sequence[Asked[BlockingRequested]]) -> set[LockKey]:
    """The leaves of the spaces to block, and of the blocks to lift."""
    keys = await _leaves(conn, {r.data.space for r in requests if r.data.space})
    lifted = [r.data.lift for r in requests if r.data.lift]
    if lifted:
        for row in await conn.fetch(OF_BLOCKS, lifted):
            keys |= {("space", leaf) for leaf in row["leaves"]}
    return keys


async def of_register(
    conn: Connection, requests: Sequence[Asked[PremisesRequested] | Asked[SpaceRequested] | Asked[HoursRequested]]
) -> set[LockKey]:
    """The premises and all their spaces: no booking is decided while the register changes under it."""
    premises = {request.data.premises for request in requests}
    spaces = {request.data.space for request in requests if isinstance(request.data, SpaceRequested)}
    spaces |= {row["space"] for row in await conn.fetch(OF_PREMISES, list(premises))}
    return {("premises", code) for code in premises} | {("space", code) for code in spaces}


async def _leaves(conn: Connection, spaces: set[str]) -> set[LockKey]:
    found: dict[str, Any] = {row["space"]: row["leaves"] for row in await conn.fetch(LEAVES, list(spaces))}
    return {("space", leaf) for space in spaces for leaf in found.get(space, [space])}


def _quota(organisation: object, month: object) -> LockKey:
    return ("quota", f"{organisation}/{month:%Y-%m}")
