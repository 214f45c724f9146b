"""Look up what a figure counts: the subjects of a cell, and the rows of the ledger that tell of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from analytics.catalogue import Metric
from analytics.domain.figures import Number, number
from analytics.domain.period import Period
from analytics.store.facts import PATIENCE
from analytics.store.figures import Snapshot, parameters

# Tables stand without a schema, so that at an earlier position the facts and the ledger of that position are read.
COUNTED = """
with behind as (
{query}
), counted as (
    select subject, sum(numerator) as numerator, sum(denominator) as denominator from behind
    where dimension = {dimension} and key = {key} and ({subject}::text is null or subject = {subject}) group by subject
)
"""
TOTAL = "select count(*) as subjects, sum(numerator) as numerator, sum(denominator) as denominator from counted"
OWN = """
    select l.number, c.subject, c.numerator, c.denominator
    from counted c join ledger l on l.subject = c.subject
    where l.class = 'folded' and l.type = any({types}::text[])
"""
NAMED = """
    union
    select l.number, c.subject, c.numerator, c.denominator
    from counted c join behind b using (subject) join ledger l on l.source = b.source and l.id = b.id
    where l.class = 'folded' and b.dimension = {dimension} and b.key = {key}
"""
ROWS = """
select l.number, l.log, l.partition, l."offset", l.class, l.type, l.subject, l.unit, l.time, l.recordedtime,
    l.raw, t.numerator, t.denominator
from (
    select number, sum(numerator) as numerator, sum(denominator) as denominator from ({telling}) each
    where number > {after} group by number
) t join ledger l using (number)
order by l.number limit {limit}
"""
RECORDS = """
select number, log, partition, "offset", class, type, subject, unit, time, recordedtime,
    case class when 'folded' then raw end as raw, 1 as numerator, 1 as denominator
from ledger
where number > $1 and ($2 <> 'topic' or log = $3) and ($2 <> 'reason' or reason = $3)
    and ($4::text is null or subject = $4)
order by number limit $5
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a figure: the whole, or one code of a dimension; within it, all subjects or one."""

    dimension: str = ""
    key: str = ""
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row of the ledger, and what the subjects that it tells of add to the cell's numerator and denominator, in the
    metric's unit. `raw` is the event, where the record is one that counts."""

    number: int
    topic: str
    partition: int
    offset: int
    class_: str
    type: str | None
    subject: str | None
    unit: str | None
    time: datetime | None
    recordedtime: datetime | None
    numerator: Number | None
    denominator: Number | None
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class Total:
    """All subjects of a cell together; None where the metric counts the records themselves."""

    subjects: int
    numerator: Number | None
    denominator: Number | None


async def total(known: Snapshot, metric: Metric, period: Period, unit: str | None, cell: Cell) -> Total | None:
    """Tell how many subjects a cell counts, and what they come to."""
    if metric.subjects is None:
        return None
    sql, given = _counted(known, metric, period, unit, cell)
    row = await known.conn.fetchrow(sql + TOTAL, *given, timeout=PATIENCE)
    assert row is not None
    return Total(row["subjects"], _number(row["numerator"]), _number(row["denominator"]))


async def rows(
    known: Snapshot, metric: Metric, period: Period, unit: str | None, cell: Cell, *, after: int, at_most: int
) -> Sequence[LedgerRow]:
    """Return the rows of the ledger behind a cell, by number: of each subject the events that the metric looks at, and
    those that its query names one by one."""
    if metric.subjects is None:
        wanted = (after, cell.dimension, cell.key, cell.subject, at_most)
        found = await known.conn.fetch(RECORDS, *wanted, timeout=PATIENCE)
    else:
        sql, given = _counted(known, metric, period, unit, cell)
        next_ = len(given) + 1
        telling = OWN.format(types=f"${next_}")
        if metric.named:
            telling += NAMED.format(dimension=f"${next_ - 3}", key=f"${next_ - 2}")
        tail = ROWS.format(telling=telling, after=f"${next_ + 1}", limit=f"${next_ + 2}")
        found = await known.conn.fetch(sql + tail, *given, metric.events, after, at_most, timeout=PATIENCE)
    return [
        LedgerRow(
            *(row["number"], row["log"], row["partition"], row["offset"], row["class"], row["type"], row["subject"]),
            *(row["unit"], row["time"], row["recordedtime"], _number(row["numerator"]), _number(row["denominator"])),
            row["raw"],
        )
        for row in found
    ]


def _counted(known: Snapshot, metric: Metric, period: Period, unit: str | None, cell: Cell) -> tuple[str, list[object]]:
    assert metric.subjects is not None
    given = metric.subjects.arguments(parameters(known, period, unit))
    next_ = len(given) + 1
    sql = COUNTED.format(query=metric.subjects.sql, dimension=f"${next_}", key=f"${next_ + 1}", subject=f"${next_ + 2}")
    return sql, [*given, cell.dimension, cell.key, cell.subject]


def _number(told: int | Decimal | None) -> Number | None:
    return number(told)
