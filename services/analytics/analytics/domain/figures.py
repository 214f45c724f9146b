"""A figure: a metric's value for a period and unit as known at a position of the log, with what it is made of.

All counts and minutes are whole or decimal numbers, never binary fractions, so that equal input gives equal bytes.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import groupby
from typing import Any, Literal, TypedDict, cast

from analytics.domain import small_cells
from analytics.domain.period import Period
from analytics.domain.proportion import SMALL, wilson
from analytics.domain.small_cells import PersonCount, Suppression
from analytics.domain.survival import MEDIAN, P90, LifeTableRow, quantile

Number = int | Decimal
Status = Literal["known", "empty", "silent", "suppressed", "off-grid"]
"""`empty`: nothing to count from (R16); `silent`: whoever would tell of it had not written anything yet; `suppressed`:
the number of persons is kept back; `off-grid`: persons are told by whole calendar months only, and this is no such
period (R13)."""

MetricKind = Literal["share", "count", "duration"]
"""What a value is: numerator / denominator; the numerator itself; the median minutes until done."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a figure: the whole (`dimension` is empty) or one code of a dimension. `low` and `high` are the 95 %
    interval of a share with fewer than 30 cases; `parts` are counts that stand beside; `suppressed` tells why a number
    of persons is kept back, which then stands nowhere."""

    dimension: str = ""
    key: str = ""
    value: Number | None = None
    numerator: Number | None = None
    denominator: Number | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    parts: Mapping[str, Number | None] = field(default_factory=dict)
    suppressed: Suppression | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric's figure: the whole, and its rows by dimension. `first_heard` is when its producers first recorded
    anything, `last_heard` when they last did; both None when they never have."""

    metric: str
    definition: int
    status: Status
    whole: Row
    rows: tuple[Row, ...]
    first_heard: datetime | None
    last_heard: datetime | None


@dataclass(frozen=True, slots=True)
class Counting:
    """How the rows of a metric become a figure. `cases` tells that the denominator counts cases, which have an interval
    when they are few; `needs` are groups of event types: each group must have been heard. `persons` tells that people
    are counted, of whom small numbers are kept back."""

    metric: str
    definition: int
    kind: MetricKind
    cases: bool
    dimensions: tuple[str, ...]
    needs: tuple[frozenset[str], ...]
    persons: bool = False


class CellRow(TypedDict):
    """What a query found of a cell; `parts` is a JSON object of counts."""

    dimension: str
    key: str
    numerator: Number | None
    denominator: Number | None
    parts: str


class PersonsRow(TypedDict):
    """What a query found of persons, in a cell of a library's month."""

    unit: str
    month: date
    dimension: str
    key: str
    numerator: Number
    parts: str


class DurationRow(TypedDict):
    """How many things of a cell were done, or still open when last seen, after so many minutes."""

    dimension: str
    key: str
    minutes: Decimal
    done: int
    open: int
    reopened: int


QueryRows = Sequence[CellRow] | Sequence[PersonsRow] | Sequence[DurationRow]
"""What a metric's query found: durations for that kind; persons where persons are counted; else cells."""
Heard = Mapping[str, tuple[datetime, datetime]]
"""When each event type was first and last recorded."""


def figure(counting: Counting, found: QueryRows, period: Period, heard: Heard) -> Figure:
    """Return the figure of what the metric's query found."""
    rows = _rows(counting, found)
    whole = next((row for row in rows if not row.dimension), Row())
    order = {name: place for place, name in enumerate(counting.dimensions)}
    lines = sorted((row for row in rows if row.dimension), key=lambda row: (order[row.dimension], row.key))
    first, last = _heard(counting.needs, heard)
    if counting.needs and (first is None or (period.ends <= first and not (whole.numerator or whole.suppressed))):
        return Figure(counting.metric, counting.definition, "silent", Row(), (), first, last)
    if counting.persons and not period.whole_months:
        return Figure(counting.metric, counting.definition, "off-grid", Row(), (), first, last)
    status: Status = "suppressed" if whole.suppressed else "empty" if whole.value is None else "known"
    return Figure(counting.metric, counting.definition, status, whole, tuple(lines), first, last)


def _heard(needs: Iterable[frozenset[str]], heard: Heard) -> tuple[datetime | None, datetime | None]:
    """Tell since when all producers have been heard, and until when the one heard last was."""
    groups = [[heard[type_] for type_ in group if type_ in heard] for group in needs]
    if not groups or not all(groups):
        return None, None
    return max(min(first for first, _ in group) for group in groups), max(last for group in groups for _, last in group)


def _rows(counting: Counting, found: QueryRows) -> list[Row]:
    if counting.persons:
        return list(_persons(cast(Sequence[PersonsRow], found)))
    if counting.kind == "duration":
        return list(_durations(cast(Sequence[DurationRow], found)))
    return [_row(counting, one) for one in cast(Sequence[CellRow], found)]


def _row(counting: Counting, found: CellRow) -> Row:
    numerator, denominator = number(found["numerator"]), number(found["denominator"])
    parts = _parts(found)
    row = Row(found["dimension"], found["key"], numerator, numerator, denominator, parts=parts)
    if counting.kind == "count":
        return row
    if not denominator or numerator is None:
        return Row(row.dimension, row.key, None, numerator, denominator, parts=parts)
    low, high = wilson(int(numerator), int(denominator)) if counting.cases and denominator < SMALL else (None, None)
    share = _rounded(Decimal(numerator) / Decimal(denominator), "0.000001")
    return Row(row.dimension, row.key, share, numerator, denominator, low, high, parts)


def _parts(found: CellRow | PersonsRow) -> dict[str, Number | None]:
    return {name: number(part) for name, part in json.loads(found["parts"], parse_float=Decimal).items()}


@dataclass(frozen=True, slots=True)
class _Table:
    """What is told of the persons of a library's month, and the counts that stand beside."""

    unit: str
    total: PersonCount
    cells: Mapping[str, Mapping[str, PersonCount]]
    parts: Mapping[str, Any]


def _table(unit: str, found: Iterable[PersonsRow]) -> _Table:
    divided: defaultdict[str, dict[str, int]] = defaultdict(dict)
    parts: Mapping[str, Any] = {}
    for one in found:
        divided[one["dimension"]][one["key"]] = int(one["numerator"])
        parts = parts or _parts(one)
    (total,) = divided.pop("").values()
    return _Table(unit, *small_cells.told(total, divided), parts)


def _persons(found: Iterable[PersonsRow]) -> Iterable[Row]:
    """Tell what may be told of a period and its libraries: each library's month is a table of its own, all else is told
    of those together."""
    tables = [_table(unit, group) for (unit, _), group in groupby(found, lambda one: (one["unit"], one["month"]))]
    whole = _sum("", "", tables)
    yield whole
    for unit, of_unit in groupby(tables, lambda table: table.unit):
        yield _sum("unit", unit, list(of_unit))
    cells: defaultdict[tuple[str, str], list[PersonCount]] = defaultdict(list)
    for table in tables if not whole.suppressed else ():
        for dimension, row in table.cells.items():
            for key, cell in row.items():
                cells[dimension, key].append(cell)
    for (dimension, key), each in cells.items():
        cell = small_cells.together(each)
        yield Row(dimension, key, cell.persons, cell.persons, suppressed=cell.suppressed)


def _sum(dimension: str, key: str, tables: Sequence[_Table]) -> Row:
    """Return the total of tables. Without a day that could be counted there is none (R16); beside one that is kept back
    nothing stands, since on each day that counts somebody came."""
    cell = small_cells.together(table.total for table in tables)
    if cell.suppressed:
        return Row(dimension, key, suppressed=cell.suppressed)
    parts = {name: sum(table.parts[name] for table in tables) for name in (tables[0].parts if tables else ())}
    persons = cell.persons if parts.get("days") else None
    return Row(dimension, key, persons, persons, parts=parts)


def _durations(found: Iterable[DurationRow]) -> Iterable[Row]:
    for (dimension, key), group in groupby(found, lambda one: (one["dimension"], one["key"])):
        lines = list(group)
        ended = [LifeTableRow(line["minutes"], line["done"], line["open"]) for line in lines]
        median, p90 = quantile(ended, MEDIAN), quantile(ended, P90)
        parts = {
            "tasks": sum(one.done + one.open for one in ended),
            "done": sum(one.done for one in ended),
            "open": sum(one.open for one in ended),
            "reopened": number(sum(line["reopened"] for line in lines)),
            "p90": number(p90),
        }
        yield Row(dimension, key, number(median), parts=parts)


def number(told: int | Decimal | None) -> Number | None:
    """Return a number in one form: whole where it is whole, else with at most three decimals."""
    if told is None or isinstance(told, int):
        return told
    rounded = _rounded(told, "0.001")
    return int(rounded) if rounded == rounded.to_integral_value() else rounded


def _rounded(told: Decimal, step: str) -> Decimal:
    return told.quantize(Decimal(step), rounding=ROUND_HALF_EVEN)
