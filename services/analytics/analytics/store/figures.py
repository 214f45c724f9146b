"""Figures as the facts give them, at one position of the log."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from chassis import Connection
from chassis.database import Pool

from analytics.catalogue import Metric
from analytics.domain.figures import Figure, Heard, QueryRows, figure
from analytics.domain.period import Period
from analytics.domain.position import Position
from analytics.store import as_of, ledger, queries
from analytics.store.facts import PATIENCE

NAMES = "select code, names::text from name where kind = 'space' order by code"
READ = "select log, partition, max(next_offset) as next_offset from tally group by log, partition"
MARK = f"""
select 'facts'::regnamespace::oid::bigint as fold, ({ledger.SHOWS_DEMO}) as example, array(
    select format('%s %s %s', log, partition, max(next_offset)) from facts.tally group by log, partition order by 1
) as read
"""  # noqa: S608 - of our own words
HEARD = """
select type, min(first_recorded) as first, max(last_recorded) as last from tally where class = 'folded' group by type
"""
MONTHS = """
select distinct date_trunc('month', day_of(at))::date as month
from (
    select at from booking, unnest(array[lower(slot), upper(slot) - interval '1 microsecond']) at
    union all select at from walkin, unnest(array[lower(slot), upper(slot) - interval '1 microsecond']) at
    union all select time from demand
    union all select lower(slot) from visit
    union all select greatest(opened, due) from task
    union all select at from notice, unnest(array[submitted, published]) at
    union all select published from decision
    union all select at from feedback, unnest(array[received, closed]) at
    union all select last_recorded from tally
) moments
where at is not null
order by 1
"""
UNITS = """
select unit from (
    select unit from booking union select unit from walkin union select unit from demand union select unit from task
    union select unit from visit
    union select unit from notice union select unit from decision union select unit from feedback
    union select unit from leaf
) units order by unit
"""
PREMISES = "select exists (select from facts.premises where unit = $1)"


class PositionAhead(Exception):
    """The position lies past what the ledger has read: its figures cannot be told yet."""


@dataclass(frozen=True, slots=True)
class FactsVersion:
    """All that the figures of the present hang on: how far each log was read, which fold of the facts is read (a
    rebuild puts others in their place), and whether example content counts."""

    read: tuple[str, ...]
    fold: int
    example: bool

    def shows_as(self, other: "FactsVersion") -> bool:
        """Tell whether no more than news is between two of them."""
        return (self.fold, self.example) == (other.fold, other.example)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known at a position: the facts that `conn` reads, when each event type was first and last recorded, and
    the latest of those moments, which is the only clock that a figure may look at (None before anything is known)."""

    conn: Connection
    position: Position
    heard: Heard
    clock: datetime | None


@asynccontextmanager
async def snapshot_at(pool: Pool, position: Position | None = None) -> AsyncIterator[Snapshot]:
    """Take a `snapshot` on a connection of the pool."""
    async with pool.acquire() as conn, snapshot(conn, position) as known:
        yield known


@asynccontextmanager
async def snapshot(conn: Connection, position: Position | None = None) -> AsyncIterator[Snapshot]:
    """Tell what is known at a position, or now. All figures read in it belong together; nothing that is done in it
    stays. Raises `PositionAhead`."""
    transaction = conn.transaction(isolation="repeatable_read")
    await transaction.start()
    try:
        yield await _look(conn, position)
    finally:
        await transaction.rollback()


async def _look(conn: Connection, position: Position | None) -> Snapshot:
    # Between two statements figures are computed, by threads that a busy machine may keep waiting.
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        await conn.execute(f"set local {limit} = '{int(PATIENCE)}s'")
    await conn.execute(f"set local search_path = {queries.LIVE}")
    present = await _position(conn)
    if position is not None and position != present:
        if not present.reaches(position):
            raise PositionAhead(str(position))
        await as_of.fold_before(conn, position)
        return await read_snapshot(conn, position)
    return await read_snapshot(conn, present)


async def read_snapshot(conn: Connection, position: Position | None = None) -> Snapshot:
    """Tell what the facts that `search_path` names tell of themselves."""
    heard = {row["type"]: (row["first"], row["last"]) for row in await conn.fetch(HEARD)}
    clock = max((last for _, last in heard.values()), default=None)
    return Snapshot(conn, position or await _position(conn), heard, clock)


async def _position(conn: Connection) -> Position:
    return Position.of((row["log"], row["partition"], row["next_offset"]) for row in await conn.fetch(READ))


async def facts_version(conn: Connection) -> FactsVersion:
    """Tell what the figures of the present hang on."""
    row = await conn.fetchrow(MARK)
    assert row is not None
    return FactsVersion(tuple(row["read"]), row["fold"], row["example"])


async def counts_example(known: Snapshot) -> bool:
    """Tell whether example content is among what is known: until it is taken out it counts like everything else."""
    return bool(await known.conn.fetchval(ledger.SHOWS_DEMO))


async def months(known: Snapshot) -> list[date]:
    """Return the first days of the months in which something happened or was recorded."""
    return [row["month"] for row in await known.conn.fetch(MONTHS, timeout=PATIENCE)]


async def units(known: Snapshot) -> list[str]:
    """Return the libraries that anything is told of."""
    return [row["unit"] for row in await known.conn.fetch(UNITS, timeout=PATIENCE)]


async def has_premises(conn: Connection, unit: str) -> bool:
    """Tell whether any premises of a library were ever registered, as far as was read."""
    return bool(await conn.fetchval(PREMISES, unit))


async def names(known: Snapshot) -> dict[str, dict[str, str]]:
    """Tell what the city calls its spaces: by code, by language."""
    rows = await known.conn.fetch(NAMES, timeout=PATIENCE)
    return {row["code"]: json.loads(row["names"]) for row in rows}


def parameters(known: Snapshot, period: Period, unit: str | None) -> dict[str, datetime | str | None]:
    """Tell what the queries of metrics are given, by the names that they use: from when until when, in which library
    (None: in all), and the latest moment that is known."""
    return {"start": period.starts, "end": period.ends, "unit": unit, "clock": known.clock}


async def figures(known: Snapshot, metrics: Iterable[Metric], period: Period, unit: str | None) -> list[Figure]:
    """Return the figures of a period, for one unit or (None) all of them together."""
    given = parameters(known, period, unit)
    found = []
    for metric in metrics:
        rows = await known.conn.fetch(metric.query.sql, *metric.query.arguments(given), timeout=PATIENCE)
        # Many durations hold a core for a while; the loop must turn meanwhile.
        told = cast(QueryRows, [dict(row) for row in rows])
        found.append(await asyncio.to_thread(figure, metric.counting, told, period, known.heard))
    return found
