"""A figure: a metric's value for a period and unit as known at a position of the log, with what it is made of.

All counts and minutes are whole or decimal numbers, never binary fractions, so that equal input gives equal bytes.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import groupby
from typing import Any, Literal

from analytics.domain.period import Period
from analytics.domain.proportion import SMALL, wilson
from analytics.domain.survival import MEDIAN, P90, Ended, quantile

Number = int | Decimal
Status = Literal["known", "empty", "silent"]
"""`empty`: nothing to divide by (R16); `silent`: whoever would tell of it had not written anything yet."""

Kind = Literal["share", "count", "duration"]
"""What a value is: numerator / denominator; the numerator itself; the median minutes until done."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a figure: the whole (`dimension` is empty) or one code of a dimension. `low` and `high` are the 95 %
    interval of a share with fewer than 30 cases; `parts` are counts that stand beside."""

    dimension: str = ""
    key: str = ""
    value: Number | None = None
    numerator: Number | None = None
    denominator: Number | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    parts: Mapping[str, Number | None] = field(default_factory=dict)


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
    when they are few; `needs` are groups of event types: each group must have been heard."""

    metric: str
    definition: int
    kind: Kind
    cases: bool
    dimensions: tuple[str, ...]
    needs: tuple[frozenset[str], ...]


Heard = Mapping[str, tuple[datetime, datetime]]
"""When each event type was first and last recorded."""


def figure(counting: Counting, found: Sequence[Mapping[str, Any]], period: Period, heard: Heard) -> Figure:
    """The figure of what the metric's query found: rows of dimension, key, numerator, denominator and parts, or of
    dimension, key, minutes, done, open and reopened for durations."""
    rows = list(_durations(found) if counting.kind == "duration" else (_row(counting, one) for one in found))
    whole = next((row for row in rows if not row.dimension), Row())
    order = {name: place for place, name in enumerate(counting.dimensions)}
    lines = sorted((row for row in rows if row.dimension), key=lambda row: (order[row.dimension], row.key))
    first, last = _heard(counting.needs, heard)
    if counting.needs and (first is None or (period.ends <= first and not whole.numerator)):
        return Figure(counting.metric, counting.definition, "silent", Row(), (), first, last)
    status: Status = "empty" if whole.value is None else "known"
    return Figure(counting.metric, counting.definition, status, whole, tuple(lines), first, last)


def _heard(needs: Iterable[frozenset[str]], heard: Heard) -> tuple[datetime | None, datetime | None]:
    """Since when all producers have been heard, and until when the one heard last was."""
    groups = [[heard[type_] for type_ in group if type_ in heard] for group in needs]
    if not groups or not all(groups):
        return None, None
    return max(min(first for first, _ in group) for group in groups), max(last for group in groups for _, last in group)


def _row(counting: Counting, found: Mapping[str, Any]) -> Row:
    numerator, denominator = number(found["numerator"]), number(found["denominator"])
    parts = {name: number(part) for name, part in json.loads(found["parts"], parse_float=Decimal).items()}
    row = Row(found["dimension"], found["key"], numerator, numerator, denominator, parts=parts)
    if counting.kind == "count":
        return row
    if not denominator or numerator is None:
        return Row(row.dimension, row.key, None, numerator, denominator, parts=parts)
    low, high = wilson(int(numerator), int(denominator)) if counting.cases and denominator < SMALL else (None, None)
    share = _rounded(Decimal(numerator) / Decimal(denominator), "0.000001")
    return Row(row.dimension, row.key, share, numerator, denominator, low, high, parts)


def _durations(found: Iterable[Mapping[str, Any]]) -> Iterable[Row]:
    for (dimension, key), group in groupby(found, lambda one: (one["dimension"], one["key"])):
        lines = list(group)
        ended = [Ended(line["minutes"], line["done"], line["open"]) for line in lines]
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
    """A number in one form: whole where it is whole, else with at most three decimals."""
    if told is None or isinstance(told, int):
        return told
    rounded = _rounded(told, "0.001")
    return int(rounded) if rounded == rounded.to_integral_value() else rounded


def _rounded(told: Decimal, step: str) -> Decimal:
    return told.quantize(Decimal(step), rounding=ROUND_HALF_EVEN)
