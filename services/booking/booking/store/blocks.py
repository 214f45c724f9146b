"""Blocks as rows: spaces taken out of booking for a time."""

from datetime import datetime
from uuid import UUID

from asyncpg import Record
from chassis import Connection
from omatoimi_contracts.vocabulary import Slot

from booking.domain.spaces import Space

WRITE = """
insert into booking.block (block, premises, unit, space, leaves, starts, ends) values ($1, $2, $3, $4, $5, $6, $7)
"""
FIND = "select * from booking.block where block = $1"
LIFT = "update booking.block set lifted_at = $2 where block = $1"


async def write(conn: Connection, block: UUID, space: Space, slot: Slot) -> None:
    """Write a new block."""
    await conn.execute(WRITE, block, space.premises, space.unit, space.space, list(space.leaves), slot.start, slot.end)


async def find(conn: Connection, block: UUID) -> Record | None:
    """Return the block's row, or None."""
    return await conn.fetchrow(FIND, block)


async def lift(conn: Connection, block: UUID, at: datetime) -> None:
    """Write that a block was lifted."""
    await conn.execute(LIFT, block, at)
