"""Remember what was last published of each figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from chassis import Connection
from omatoimi_contracts.figures import FigureComputed

from analytics.domain.period import Period

# That a figure was looked at again further on in the log is no change of the figure.
WRITE = """
insert into analytics.figure as f (cell, period, version, fact, told_at)
select cell, $3, 1, fact::jsonb, $4 from unnest($1::text[], $2::text[]) w(cell, fact) order by cell
on conflict (cell) do update set version = f.version + 1, fact = excluded.fact, told_at = excluded.told_at
where f.fact - 'position' is distinct from excluded.fact - 'position'
returning cell
"""
FORGET = "delete from analytics.figure where period = $2 and cell <> all($1::text[]) returning cell"
LOOKED = """
insert into analytics.looked (period, position) values ($1, $2)
on conflict (period) do update set position = excluded.position
"""
READ = "select fact::text, version, told_at from analytics.figure where cell = $1"


@dataclass(frozen=True, slots=True)
class Published:
    """A figure as JSON, how often it changed, and when it last did."""

    fact: str
    version: int
    told_at: datetime


async def change(conn: Connection, period: str, facts: Sequence[FigureComputed], now: datetime) -> list[str]:
    """Write the figures of a period; returns the cells that are new, changed or no more."""
    cells, told = [fact.cell for fact in facts], [fact.model_dump_json() for fact in facts]
    changed = await conn.fetch(WRITE, cells, told, period, now)
    gone = await conn.fetch(FORGET, cells, period)
    return sorted(row["cell"] for row in (*changed, *gone))


async def periods(conn: Connection, zone: ZoneInfo) -> list[Period]:
    """Return the periods of which any figure stands published."""
    rows = await conn.fetch("select distinct period from analytics.figure order by period")
    return [Period.parse(row["period"], zone) for row in rows]


async def looked_at(conn: Connection, period: str) -> str | None:
    """Return the position at which the figures of a period were last published."""
    position: str | None = await conn.fetchval("select position from analytics.looked where period = $1", period)
    return position


async def look_at(conn: Connection, period: str, position: str) -> None:
    """Remember at which position they were published."""
    await conn.execute(LOOKED, period, position)


async def read(conn: Connection, cell: str) -> Published | None:
    row = await conn.fetchrow(READ, cell)
    return Published(row["fact"], row["version"], row["told_at"]) if row else None
