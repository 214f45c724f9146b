"""Drill down from a figure to its events: what a cell of it counts, row by row of the ledger."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, TypedDict

from chassis import PUBLIC, Problem, endpoint, service_of
from fastapi import APIRouter, Depends, Query
from fastapi import Request as HttpRequest
from fastapi.responses import JSONResponse

from analytics.catalogue import Metric, metrics
from analytics.domain import figures as domain
from analytics.queries import FigureQuery, figure_query
from analytics.report.document import ReportDocument, moment, plain
from analytics.store import drill_down
from analytics.store.drill_down import Cell, LedgerRow, Total
from analytics.store.figures import counts_example, figures, names, parameters

router = APIRouter()

FigureQueryParameters = Annotated[FigureQuery, Depends(figure_query)]


async def cell(
    dimension: Annotated[str, Query(max_length=40, description="A dimension of the figure; the whole without.")] = "",
    key: Annotated[str, Query(max_length=255, description="The code within the dimension.")] = "",
    subject: Annotated[str | None, Query(max_length=255, description="Only what is about this.")] = None,
) -> Cell:
    """Tell which cell of a figure is asked about."""
    return Cell(dimension, key, subject)


@dataclass(frozen=True, slots=True)
class Explained:
    """A figure with the cell that is explained: the subjects behind it together, and a page of ledger rows by number.
    `given` are the parameters of its query. Of persons nothing is told but the cell's own number, and behind one that
    is kept back nothing at all (`kept_back`)."""

    metric: Metric
    document: ReportDocument
    cell: Cell
    figure: domain.Row
    total: Total | None
    rows: Sequence[LedgerRow]
    given: dict[str, datetime | str | None]

    @property
    def kept_back(self) -> bool:
        return bool(self.figure.suppressed) or self.document.figures[0].status == "off-grid"


async def explained(
    http: HttpRequest, id_: str, wanted: FigureQuery, cell: Cell, after: int, at_most: int
) -> Explained:
    """Tell what stands behind a figure; a problem when there is no such metric or cell."""
    metric = metric_of(id_)
    async with wanted.snapshot(service_of(http)) as known:
        found = await figures(known, [metric], wanted.period, wanted.unit)
        called, example = await names(known), await counts_example(known)
        document = ReportDocument(
            wanted.period, wanted.unit, known.position, known.clock, found, metrics(), called, example
        )
        row = _row(found[0], cell)
        total = await drill_down.total(known, metric, wanted.period, wanted.unit, cell)
        rows = await drill_down.rows(known, metric, wanted.period, wanted.unit, cell, after=after, at_most=at_most)
        given = parameters(known, wanted.period, wanted.unit)
    whole = Explained(metric, document, cell, row, total, rows, {name: given[name] for name in metric.query.names})
    return _of_persons(whole) if metric.counting.persons else whole


def _of_persons(found: Explained) -> Explained:
    """Tell what may be told where persons are counted: one counter or one event of a cell is a cell that nobody has
    looked at."""
    if found.kept_back:
        return replace(found, total=None, rows=())
    persons = found.figure.numerator if found.cell.subject is None else None
    total = found.total and replace(found.total, numerator=persons)
    return replace(found, total=total, rows=[replace(row, numerator=None) for row in found.rows])


@dataclass(frozen=True, slots=True)
class About:
    """What an event tells of room and time, where it tells of any."""

    space: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def about(raw: bytes | None) -> About:
    """Return the room and the time that an event of the ledger is about."""
    data = json.loads(raw).get("data") if raw else None
    if not isinstance(data, dict):
        return About()
    ends = {
        name: datetime.fromisoformat(at) for name, at in (data.get("slot") or {}).items() if name in ("start", "end")
    }
    return About(data.get("space"), **ends)


def metric_of(id_: str) -> Metric:
    """Return the metric of that id, or a problem that names those there are."""
    found = metrics().get(id_)
    if found is None:
        raise Problem(404, "unknown", f"There is no metric {id_[:20]}; there are {', '.join(metrics())}.")
    return found


def _row(figure: domain.Figure, cell: Cell) -> domain.Row:
    for row in (figure.whole, *figure.rows):
        if (row.dimension, row.key) == (cell.dimension, cell.key):
            return row
    there = sorted({row.dimension for row in figure.rows})
    detail = f"{figure.metric} has no such cell in this period; its dimensions are {', '.join(there) or 'none'}."
    raise Problem(404, "no-cell", detail, pointer="/dimension")


@endpoint(
    router,
    "/v1/explain/{metric}",
    may=PUBLIC,
    tags=["figures"],
    summary="What stands behind a figure: rows of the ledger",
)
async def get_explanation(
    metric: str,
    http: HttpRequest,
    wanted: FigureQueryParameters,
    cell: Annotated[Cell, Depends(cell)],
    after: Annotated[int, Query(ge=0, lt=2**63, description="The `next` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="Rows at most.")] = 100,
) -> JSONResponse:
    """Show the figure, its query with what the query is given, how many subjects the cell counts and what they come to,
    and the rows of the ledger that tell of them, by number. `numerator` and `denominator` of a row are what its subject
    adds to the cell, whole or in minutes as the metric counts. `/v1/events/{number}` has the event itself."""
    found = await explained(http, metric, wanted, cell, after, limit)
    return JSONResponse(
        {
            **found.document.head,
            "figure": found.document.content["figures"][0],
            "cell": {"dimension": cell.dimension, "key": cell.key, "subject": cell.subject},
            "query": found.metric.query.sql,
            "parameters": {name: _text(value) for name, value in found.given.items()},
            "subjects": None if found.total is None else _total(found.total),
            "rows": [_told(row) for row in found.rows],
            "next": found.rows[-1].number if len(found.rows) == limit else None,
        }
    )


class ToldTotal(TypedDict):
    """How many subjects a cell counts, and what they come to."""

    number: int
    numerator: int | float | None
    denominator: int | float | None


ToldRow = TypedDict(
    "ToldRow",
    {
        "number": int,
        "topic": str,
        "partition": int,
        "offset": int,
        "class": str,
        "type": str | None,
        "subject": str | None,
        "unit": str | None,
        "time": str | None,
        "recordedtime": str | None,
        "numerator": int | float | None,
        "denominator": int | float | None,
    },
)
"""A row of the ledger, and what its subject adds to the cell."""


def _total(total: Total) -> ToldTotal:
    return {
        "number": total.subjects,
        "numerator": plain(total.numerator),
        "denominator": plain(total.denominator),
    }


def _told(row: LedgerRow) -> ToldRow:
    return {
        "number": row.number,
        "topic": row.topic,
        "partition": row.partition,
        "offset": row.offset,
        "class": row.class_,
        "type": row.type,
        "subject": row.subject,
        "unit": row.unit,
        "time": moment(row.time),
        "recordedtime": moment(row.recordedtime),
        "numerator": plain(row.numerator),
        "denominator": plain(row.denominator),
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
