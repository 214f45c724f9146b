"""Pages for people: the main figures first, each with its sentence, numbers and card. No script, three languages."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Annotated
from urllib.parse import urlencode

from chassis import Problem, service_of
from chassis.negotiation import media_type_of
from chassis.pages import language
from fastapi import APIRouter, Depends, Path, Query
from fastapi import Request as HttpRequest
from fastapi.responses import HTMLResponse, JSONResponse
from omatoimi_contracts.primitives import CODE, Day
from pydantic import TypeAdapter, ValidationError

from analytics.catalogue import FIRST_SCREEN
from analytics.domain.period import NoPeriod, Period, month_of
from analytics.events import event_of
from analytics.explain import about, cell, explained
from analytics.queries import FigureQuery, figure_query
from analytics.report import ALL
from analytics.report.formatter import PAGES, Formatter
from analytics.report.html import shown
from analytics.store.drill_down import Cell

router = APIRouter(include_in_schema=False)

ROWS = 50
"""Rows of the ledger on one page."""
_DAY: TypeAdapter[date] = TypeAdapter(Day)


@router.get("/")
async def dashboard(
    http: HttpRequest,
    first: Annotated[str, Query(alias="from")] = "",
    end: Annotated[str, Query(alias="to")] = "",
    last: str = "",
    unit: Annotated[str, Query(pattern=CODE)] = ALL,
    position: Annotated[str | None, Query(max_length=20_000)] = None,
) -> HTMLResponse:
    """Show the figures of a month, or of any period: seven first, the others below. People name the `last` day of a
    period; days that make no period are told beside the form, as they were typed."""
    units = [ALL, *service_of(http).installation.libraries]
    try:
        wanted = await figure_query(http, _day(first, "/from"), _end(last, end), unit, position)
    except Problem as problem:
        if problem.code != "no-period" or not _browses(http):
            raise
        form = {"typed": (first, last or end), "unit": unit, "units": units}
        fmt = Formatter(language(http), service_of(http).installation.time_zone)
        return PAGES.render(http, "dashboard.html", problem.status, fmt=fmt, fault=True, **form)
    made, age = await wanted.latest(http)
    document = made.document
    fmt = Formatter(language(http), wanted.period.zone, document.names)
    figures = await asyncio.to_thread(made.said, fmt)

    def address(period: Period, page: str = "/") -> str:
        return _Address(page, replace(wanted, period=period), fmt)()

    page = await asyncio.to_thread(
        PAGES.render,
        http,
        "dashboard.html",
        fault=False,
        document=document,
        fmt=fmt,
        first=[figures[id_] for id_ in FIRST_SCREEN],
        others=[one for id_, one in figures.items() if id_ not in FIRST_SCREEN],
        address=address,
        period=wanted.period,
        typed=(wanted.period.first, wanted.period.last),
        neighbours=list(_neighbours(wanted.period)),
        unit=unit,
        units=units,
    )
    page.headers.update(age)
    return page


def _browses(http: HttpRequest) -> bool:
    return media_type_of(http.headers.get("accept", ""), ("application/problem+json", "text/html")) == "text/html"


def _day(typed: str, pointer: str) -> date | None:
    """Read a day as a form sends it; None where nothing was typed. Raises Problem."""
    try:
        return _DAY.validate_python(typed) if typed else None
    except ValidationError:
        raise Problem(422, "no-period", "A day is told as year-month-day.", pointer=pointer) from None


def _end(last: str, end: str) -> date | None:
    """Return the day before which a period ends, from its last day or from itself. Raises Problem."""
    if last and end:
        raise Problem(422, "no-period", "Give the last day, or the day before which it ends: not both.", pointer="/to")
    typed = _day(last, "/last")
    try:
        return typed + timedelta(days=1) if typed else _day(end, "/to")
    except OverflowError:
        raise Problem(422, "no-period", "No day follows this one.", pointer="/last") from None


def _neighbours(period: Period) -> Iterator[tuple[str, Period]]:
    """Yield the months before and after, as far as there are any."""
    for word, day in (("earlier", period.first - timedelta(days=1)), ("later", period.end)):
        with suppress(NoPeriod):
            yield word, month_of(day, period.zone)


@router.get("/v1/spoken")
async def spoken(http: HttpRequest, wanted: Annotated[FigureQuery, Depends(figure_query)]) -> JSONResponse:
    """Show the first screen's figures in words, for other pages to show, with the position at which they are known."""
    made, age = await wanted.latest(http)
    fmt = Formatter(language(http), wanted.period.zone, made.document.names)
    figures = await asyncio.to_thread(made.said, fmt)
    chosen = [figures[id_] for id_ in FIRST_SCREEN]
    told = [
        {
            "metric": one.metric.id,
            "name": one.card.name,
            "finding": one.finding,
            "value": one.value,
            "unit": one.measure,
        }
        for one in chosen
    ]
    return JSONResponse({"position": str(made.document.position), "figures": told}, headers=age)


@router.get("/metrics/{metric}")
async def figure_page(
    metric: str, http: HttpRequest, wanted: Annotated[FigureQuery, Depends(figure_query)]
) -> HTMLResponse:
    """Show a figure of a period with its cells, each of which leads to what stands behind it; its card and its
    query."""
    found = await explained(http, metric, wanted, Cell(), after=0, at_most=1)
    fmt = Formatter(language(http), wanted.period.zone, found.document.names)
    one = (await asyncio.to_thread(shown, found.document, fmt))[metric]
    cells = [
        (
            fmt.t(f"dimension.{dimension}"),
            [(fmt.code(dimension, row.key), fmt.value(found.metric, row), {"dimension": dimension, "key": row.key})
            for row in rows],
        )
        for dimension, rows in groupby(one.figure.rows, lambda row: row.dimension)
    ]  # fmt: skip
    return PAGES.render(
        http,
        "card.html",
        metric=found.metric,
        card=one.card,
        fmt=fmt,
        one=one,
        period=wanted.period,
        unit=wanted.unit or ALL,
        cells=cells,
        events=_Address(f"/metrics/{metric}/events", wanted, fmt),
        dashboard=_Address("/", wanted, fmt),
    )


@router.get("/metrics/{metric}/events")
async def events_page(
    metric: str,
    http: HttpRequest,
    wanted: Annotated[FigureQuery, Depends(figure_query)],
    cell: Annotated[Cell, Depends(cell)],
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
) -> HTMLResponse:
    """Show the rows of the ledger behind a cell of a figure, page by page; what `subject` names is the reader's own."""
    found = await explained(http, metric, wanted, cell, after, ROWS)
    fmt = Formatter(language(http), wanted.period.zone, found.document.names)
    return PAGES.render(
        http,
        "events.html",
        found=found,
        cell=cell,
        fmt=fmt,
        card=fmt.card(found.metric),
        period=wanted.period,
        unit=wanted.unit or ALL,
        value=fmt.value(found.metric, found.figure),
        rows=[(row, about(row.raw)) for row in found.rows],
        more=found.rows[-1].number if len(found.rows) == ROWS else None,
        events=_Address(f"/metrics/{metric}/events", wanted, fmt),
        figure=_Address(f"/metrics/{metric}", wanted, fmt),
    )


@router.get("/events/{number}")
async def event_page(number: Annotated[int, Path(ge=1, lt=2**63)], http: HttpRequest) -> HTMLResponse:
    """Show one event as it stands on its topic, with its place and the commands that show it elsewhere."""
    kept = await event_of(http, number)
    event = json.loads(kept.raw)
    return PAGES.render(
        http,
        "event.html",
        kept=kept,
        event=event,
        pretty=json.dumps(event, indent=2, ensure_ascii=False),
        fmt=Formatter(language(http), service_of(http).installation.time_zone),
        # The base URL of a request knows nothing of where the service is mounted.
        address=f"{http.url.scheme}://{http.url.netloc}{http.scope['root_path']}/v1/events/{number}",
    )


@dataclass(frozen=True, slots=True)
class _Address:
    """The address of a page about the same period, unit and position in the same language; called with what else it
    is to hold."""

    page: str
    wanted: FigureQuery
    fmt: Formatter

    def __call__(self, **more: object) -> str:
        query = {"from": self.wanted.period.first, "to": self.wanted.period.end, "unit": self.wanted.unit or ALL}
        known = {} if self.wanted.position is None else {"position": str(self.wanted.position)}
        return f"{self.page}?{urlencode(query | known | more | {'lang': self.fmt.language})}"
