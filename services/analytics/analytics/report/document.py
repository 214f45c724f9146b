"""The report as one model, from which HTML, JSON and CSV are made.

It is a function of period, unit, position and definitions and of nothing else: no clock, no chance, no locale of the
machine. So the same call gives the same bytes, whoever makes it and whenever.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import TypedDict

from omatoimi_contracts.canonical import canonical

from analytics.catalogue import Metric
from analytics.domain.figures import Figure, MetricKind, Number, Row, Status
from analytics.domain.period import Period
from analytics.domain.position import Position
from analytics.domain.small_cells import Suppression

FORM = 1
"""The number of the JSON's form; it grows when a field changes its meaning."""

COLUMNS = ("metric", "definition", "status", "dimension", "key", "field", "value")


JsonNumber = int | float | None


class NumbersContent(TypedDict):
    """The numbers of a cell, or why they are kept back."""

    value: JsonNumber
    numerator: JsonNumber
    denominator: JsonNumber
    low: JsonNumber
    high: JsonNumber
    parts: dict[str, JsonNumber]
    suppressed: Suppression | None


class RowContent(NumbersContent):
    """One cell of a dimension."""

    dimension: str
    key: str


class FigureContent(TypedDict):
    """A figure as the report's JSON tells it."""

    metric: str
    definition: int
    kind: MetricKind
    measure: str
    status: Status
    first_heard: str | None
    last_heard: str | None
    whole: NumbersContent
    rows: list[RowContent]


PeriodContent = TypedDict("PeriodContent", {"from": str, "to": str, "zone": str})


class DefinitionContent(TypedDict):
    """Which definition a figure follows."""

    definition: int
    sha256: str


class Head(TypedDict):
    """What a figure alone is told with, too: whereof, and how far it was known."""

    period: PeriodContent
    unit: str
    position: str
    known_until: str | None
    complete: bool
    example: bool


class ReportContent(Head):
    """The report's JSON."""

    form: int
    figures: list[FigureContent]
    names: dict[str, dict[str, Mapping[str, str]]]
    definitions: dict[str, DefinitionContent]


@dataclass(frozen=True)
class ReportDocument:
    """Figures of a period and unit (None: all), known at a position; `known_until` is the latest record time there;
    `names` is what the city calls its spaces, by code and language; `example` whether made-up content counts in it."""

    period: Period
    unit: str | None
    position: Position
    known_until: datetime | None
    figures: Sequence[Figure]
    metrics: Mapping[str, Metric]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    example: bool = False

    @property
    def complete(self) -> bool:
        """Whether the period was over when the last thing was recorded that is known here."""
        return self.known_until is not None and self.known_until >= self.period.ends

    @cached_property
    def content(self) -> ReportContent:
        """All of it as JSON has it; words stand in the cards, here are codes and numbers."""
        return {
            "form": FORM,
            **self.head,
            "figures": [_figure(one, self.metrics[one.metric]) for one in self.figures],
            "names": {"space": {code: self.names[code] for code in sorted(self._spaces & self.names.keys())}},
            "definitions": {
                one.metric: {"definition": one.definition, "sha256": self.metrics[one.metric].digest}
                for one in self.figures
            },
        }

    @property
    def head(self) -> Head:
        """Whereof it tells, and how far that was known."""
        return {
            "period": {"from": str(self.period.first), "to": str(self.period.end), "zone": self.period.zone.key},
            "unit": self.unit or "all",
            "position": str(self.position),
            "known_until": moment(self.known_until),
            "complete": self.complete,
            "example": self.example,
        }

    @property
    def _spaces(self) -> set[str]:
        return {row.key for one in self.figures for row in one.rows if row.dimension == "space"}

    @cached_property
    def json(self) -> bytes:
        """Canonical JSON (RFC 8785)."""
        return canonical(self.content)

    @cached_property
    def sha256(self) -> str:
        """The digest of the JSON: what the report says of itself in its foot."""
        return hashlib.sha256(self.json).hexdigest()

    @cached_property
    def csv(self) -> bytes:
        """One number a line (RFC 4180), or why it is kept back; the foot in the last lines."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        writer.writerows(self._lines())
        return text.getvalue().encode()

    def _lines(self) -> Iterator[tuple[object, ...]]:
        for one in self.content["figures"]:
            head = (one["metric"], one["definition"], one["status"])
            whole: RowContent = {"dimension": "", "key": "", **one["whole"]}
            for row in (whole, *one["rows"]):
                place = (*head, row["dimension"], row["key"])
                numbers = {name: told for name, told in row.items() if name not in ("dimension", "key", "parts")}
                for name, told in {**numbers, **{f"parts.{part}": n for part, n in row["parts"].items()}}.items():
                    if told is not None:
                        yield (*place, name, told)
        about = {**self.head["period"], **self.head}
        for name, told in about.items():
            if name != "period":
                yield "report", "", "", "", "", name, told
        yield "report", "", "", "", "", "sha256", self.sha256


def _figure(figure: Figure, metric: Metric) -> FigureContent:
    return {
        "metric": figure.metric,
        "definition": figure.definition,
        "kind": metric.counting.kind,
        "measure": metric.measure,
        "status": figure.status,
        "first_heard": moment(figure.first_heard),
        "last_heard": moment(figure.last_heard),
        "whole": _row(figure.whole),
        "rows": [{"dimension": row.dimension, "key": row.key, **_row(row)} for row in figure.rows],
    }


def _row(row: Row) -> NumbersContent:
    return {
        "value": plain(row.value),
        "numerator": plain(row.numerator),
        "denominator": plain(row.denominator),
        "low": plain(row.low),
        "high": plain(row.high),
        "parts": {name: plain(part) for name, part in row.parts.items()},
        "suppressed": row.suppressed,
    }


def plain(told: Number | None) -> int | float | None:
    """Return a number as JSON has it."""
    # A decimal of a few places has one nearest binary fraction, and that one is printed as the decimal again.
    return float(told) if isinstance(told, Decimal) else told


def moment(at: datetime | None) -> str | None:
    """Return a moment as events tell it: RFC 3339 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
