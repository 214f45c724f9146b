"""Blocks as rows: spaces taken out of booking for a time."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Block:
    """A space that is out of booking for a time, or was until the block was lifted."""

    block: UUID
    premises: str
    unit: str
    space: str
    leaves: tuple[str, ...]
    slot: Slot
    lifted: bool


async def write(conn: Connection, block: UUID, space: Space, slot: Slot) -> None:
    """Write a new block."""
    await conn.execute(WRITE, block, space.premises, space.unit, space.space, list(space.leaves), slot.start, slot.end)


async def find(conn: Connection, block: UUID) -> Block | None:
    """Return the block, or None."""
    row = await conn.fetchrow(FIND, block)
    return of_row(row) if row else None


def of_row(row: Record) -> Block:
    """Make a block of its row."""
    slot = Slot(start=row["starts"], end=row["ends"])
    return Block(
        row["block"],
        row["premises"],
        row["unit"],
        row["space"],
        tuple(row["leaves"]),
        slot,
        row["lifted_at"] is not None,
    )


async def lift(conn: Connection, block: UUID, at: datetime) -> None:
    """Write that a block was lifted."""
    await conn.execute(LIFT, block, at)
