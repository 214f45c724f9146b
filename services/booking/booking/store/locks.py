"""What must be held before anything is read: the leaf spaces of a proposal, and the quotas it counts in.

Whoever books, moves, gives back, attends, blocks, does a task or changes the register holds the leaves it is about:
rivals wait in line, and the outbox of one leaf stands in the order of commits.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis import Connection, LockKey, Request, Transaction
from omatoimi_contracts.requests import (
    CheckInRequested,
    HoursRequested,
    OfBooking,
    PremisesRequested,
    SpaceRequested,
    TaskChangeRequested,
)
from omatoimi_contracts.vocabulary import Slot

from booking.domain.hours import months_of
from booking.domain.proposals import Proposal, Quota

RANKS = ("premises", "space", "quota")
"""Lowest first. `premises` is taken by changes of the register alone."""

LEAVES = "select space, leaves from booking.space where space = any($1::text[])"
OF_PREMISES = "select space from booking.space where premises = any($1::text[])"
# Fences: each is looked up by the index, also by a plan that was made while there were few.
OF_BOOKINGS = """
select b.leaves, b.organisation, b.starts, b.ends from unnest($1::uuid[]) w(booking), lateral (
    select * from booking.booking where booking = w.booking offset 0
) b
union all
select b.leaves, null, null, null from unnest($1::uuid[]) w(task), lateral (
    select b.* from booking.task t join booking.booking b using (booking) where t.task = w.task offset 0
) b
"""
OF_CODES = """
select b.leaves from unnest($1::text[], $2::text[]) w(unit, code)
join booking.check_in_code c using (unit, code) join booking.booking b using (booking)
"""
OF_BLOCKS = "select leaves from booking.block where block = any($1::uuid[])"


async def of_proposals(tx: Transaction, proposals: Sequence[Proposal]) -> set[LockKey]:
    """Name every leaf that is proposed or given back, and every quota touched."""
    occurrences = [one for proposal in proposals for one in proposal.occurrences]
    keys = await _leaves(tx.conn, {one.space for one in occurrences})
    keys |= {("space", leaf) for one in occurrences if one.previous for leaf in one.previous.leaves}
    return keys | {_quota(quota) for proposal in proposals for quota in proposal.quotas(tx.installation.time_zone)}


async def of_bookings(
    tx: Transaction, requests: Sequence[Request[OfBooking] | Request[TaskChangeRequested]]
) -> set[LockKey]:
    """Name the leaves of the bookings, or of the tasks' bookings, and the quotas they count in."""
    ids = [r.data.task if isinstance(r.data, TaskChangeRequested) else r.data.booking for r in requests]
    keys: set[LockKey] = set()
    for row in await tx.conn.fetch(OF_BOOKINGS, ids):
        keys |= {("space", leaf) for leaf in row["leaves"]}
        if row["organisation"]:
            months = months_of(Slot(start=row["starts"], end=row["ends"]), tx.installation.time_zone)
            keys |= {_quota((row["organisation"], month)) for month in months}
    return keys


async def of_codes(tx: Transaction, requests: Sequence[Request[CheckInRequested]]) -> set[LockKey]:
    """Name the leaves of the bookings that have these codes."""
    units, codes = [request.data.unit for request in requests], [request.data.code for request in requests]
    rows = await tx.conn.fetch(OF_CODES, units, codes)
    return {("space", leaf) for row in rows for leaf in row["leaves"]}


async def of_blocks(tx: Transaction, blocks: Sequence[UUID]) -> set[LockKey]:
    """Name the leaves of blocks that stand."""
    rows = await tx.conn.fetch(OF_BLOCKS, blocks) if blocks else []
    return {("space", leaf) for row in rows for leaf in row["leaves"]}


async def of_register(
    tx: Transaction, requests: Sequence[Request[PremisesRequested] | Request[SpaceRequested] | Request[HoursRequested]]
) -> set[LockKey]:
    """Name the premises and all their spaces: no booking is decided while the register changes under it."""
    premises = {request.data.premises for request in requests}
    spaces = {request.data.space for request in requests if isinstance(request.data, SpaceRequested)}
    spaces |= {row["space"] for row in await tx.conn.fetch(OF_PREMISES, list(premises))}
    return {("premises", code) for code in premises} | {("space", code) for code in spaces}


async def _leaves(conn: Connection, spaces: set[str]) -> set[LockKey]:
    found: dict[str, Any] = {row["space"]: row["leaves"] for row in await conn.fetch(LEAVES, list(spaces))}
    return {("space", leaf) for space in spaces for leaf in found.get(space, [space])}


def _quota(quota: Quota) -> LockKey:
    organisation, month = quota
    return ("quota", f"{organisation}/{month:%Y-%m}")
