"""Figures as the facts give them, at one position of the log."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from chassis import Connection
from chassis.database import Pool

from analytics.domain.figures import Figure, Heard, figure
from analytics.domain.period import Period
from analytics.domain.position import Position
from analytics.catalogue import Metric
from analytics.store import facts, queries
from analytics.store.facts import PATIENCE

READ = "select log, partition, max(next_offset) as next_offset from tally group by log, partition"
HEARD = """
select type, min(first_recorded) as first, max(last_recorded) as last from tally where class = 'folded' group by type
"""


class Ahead(Exception):
    """The position lies past what the ledger has read: its figures cannot be told yet."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known at a position: the facts that `conn` reads, when each event type was first and last recorded, and
    the latest of those moments, which is the only clock that a figure may look at (None before anything is known)."""

    conn: Connection
    position: Position
    heard: Heard
    clock: datetime | None


@asynccontextmanager
async def known_at(pool: Pool, position: Position | None = None) -> AsyncIterator[Known]:
    """What is known at a position, or now. One snapshot, so that all figures read in it belong together; nothing that
    is done in it stays. Raises `Ahead`."""
    async with pool.acquire() as conn:
        transaction = conn.transaction(isolation="repeatable_read")
        await transaction.start()
        try:
            yield await look(conn, position)
        finally:
            await transaction.rollback()


async def look(conn: Connection, position: Position | None = None) -> Known:
    """What is known at a position, or now, for the rest of the transaction. Raises `Ahead`."""
    await conn.execute(f"set local statement_timeout = '{int(PATIENCE)}s'")
    await conn.execute(f"set local search_path = {queries.LIVE}")
    present = await _position(conn)
    if position is not None and position != present:
        if not present.reaches(position):
            raise Ahead(str(position))
        await facts.fold_up_to(conn, position)
        return await known(conn, position)
    return await known(conn, present)


async def known(conn: Connection, position: Position | None = None) -> Known:
    """What the facts that `search_path` names tell of themselves."""
    heard = {row["type"]: (row["first"], row["last"]) for row in await conn.fetch(HEARD)}
    clock = max((last for _, last in heard.values()), default=None)
    return Known(conn, position or await _position(conn), heard, clock)


async def _position(conn: Connection) -> Position:
    return Position.of((row["log"], row["partition"], row["next_offset"]) for row in await conn.fetch(READ))


async def figures(known: Known, metrics: Iterable[Metric], period: Period, unit: str | None) -> list[Figure]:
    """The figures of a period, for one unit or (None) all of them together."""
    given = {"start": period.starts, "end": period.ends, "unit": unit, "clock": known.clock}
    found = []
    for metric in metrics:
        rows = await known.conn.fetch(metric.query.sql, *metric.query.arguments(given), timeout=PATIENCE)
        found.append(figure(metric.counting, rows, period, known.heard))
    return found
