"""Hand-made logs for tests, and the means to have analytics read them."""

from collections import Counter
from collections.abc import Iterable

from analytics.catalogue import metrics
from analytics.domain.figures import Figure, Row
from analytics.domain.period import Period
from analytics.domain.position import Position
from analytics.handlers.log import keep
from analytics.handlers.log import read as read_record
from analytics.store.figures import figures, snapshot_at
from chassis import Service
from chassis.worker import Record

from tests.kits.analytics.log import HELSINKI as HELSINKI
from tests.kits.analytics.log import OCTOBER as OCTOBER
from tests.kits.analytics.log import REGISTERED as REGISTERED
from tests.kits.analytics.log import Log as Log
from tests.kits.analytics.log import at as at
from tests.kits.analytics.log import days as days
from tests.kits.analytics.log import named as named
from tests.kits.analytics.log import slot as slot
from tests.kits.analytics.month import a_month as a_month
from tests.kits.analytics.town import Town as Town


def placed(records: Iterable[Record]) -> list[Record]:
    """The records as they would stand in the log had they come in this order."""
    ends: Counter[tuple[str, int]] = Counter()
    told = []
    for record in records:
        place = (record.topic, record.partition)
        told.append(record._replace(offset=ends[place]))
        ends[place] += 1
    return told


TABLES = """
select string_agg(format('%I.%I', schemaname, tablename), ', ') from pg_tables
where schemaname in ('analytics', 'facts', 'chassis') and tablename <> 'migration'
"""


async def empty(service: Service) -> None:
    """Nothing in any table."""
    async with service.pool.acquire() as conn:
        await conn.execute(f"truncate {await conn.fetchval(TABLES)} restart identity")


async def read(service: Service, records: Iterable[Record]) -> None:
    """Have analytics read records, in one transaction, as its worker would."""
    async with service.pool.acquire() as conn, conn.transaction():
        await keep([read_record(record) for record in records], service.transaction(conn))


async def all_figures(
    service: Service, period: Period = OCTOBER, unit: str | None = None, position: Position | None = None
) -> dict[str, Figure]:
    """All figures by metric."""
    async with snapshot_at(service.pool, position) as known:
        return {one.metric: one for one in await figures(known, metrics().values(), period, unit)}


async def position_of(service: Service) -> Position:
    """How far the log was read."""
    async with snapshot_at(service.pool) as known:
        return known.position


def row(figure: Figure, dimension: str, key: str) -> Row:
    """The row of one code."""
    return {(row.dimension, row.key): row for row in figure.rows}[dimension, key]


def values(figure: Figure, dimension: str) -> dict[str, object]:
    """The values of a dimension, by code."""
    return {row.key: row.value for row in figure.rows if row.dimension == dimension}
