"""Figures, report, cards and ledger over HTTP. What counters, kiosks and screens tell stands beside its handler."""

import asyncio
from typing import Annotated, Literal, TypedDict

from chassis import ANY_STAFF, DIRECTOR, PUBLIC, STAFF_CHANNEL, Lang, endpoint, service_of
from chassis.negotiation import media_type_of
from chassis.pages import language
from fastapi import APIRouter, Query
from fastapi import Request as HttpRequest
from fastapi.responses import JSONResponse, Response

from analytics import events, explain, report
from analytics.catalogue import Metric, metrics
from analytics.domain.figures import MetricKind
from analytics.explain import FigureQueryParameters, metric_of
from analytics.queries import FigureQuery
from analytics.report import ReportFormat
from analytics.report.formatter import PAGES
from analytics.store import ledger, quarantine

router = APIRouter()
router.include_router(events.router)
router.include_router(explain.router)

MEDIA: dict[ReportFormat, str] = {"html": "text/html", "json": "application/json", "csv": "text/csv"}
POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"
"""The report has neither script nor picture nor form."""


class MetricCard(TypedDict):
    """How a metric is counted, by which query (`sha256` of what defines it), and its card by language; a group of
    `needs` are event types of which one must have been heard."""

    metric: str
    definition: int
    kind: MetricKind
    measure: str
    dimensions: tuple[str, ...]
    parts: tuple[str, ...]
    needs: list[list[str]]
    rules: tuple[str, ...]
    query: str
    sha256: str
    card: dict[str, dict[str, str]]


class ListedQuarantine(TypedDict):
    """What is in quarantine, by the names of what other services put aside; `open` are records of the last seven days,
    `next` is always None."""

    service: str
    open: int
    kinds: list[quarantine.QuarantinedKind]
    next: None


@endpoint(
    router,
    "/v1/report",
    may=PUBLIC,
    tags=["report"],
    summary="The report for any period and position, as HTML, JSON or CSV",
)
async def get_report(http: HttpRequest, wanted: FigureQueryParameters) -> Response:
    """Show the report in the form that the Accept header asks for; `/v1/report.json`, `.csv` and `.html` ask for one by
    name. The same period, unit, position and definitions give the same bytes."""
    wants = media_type_of(http.headers.get("accept", ""), MEDIA.values())
    form: ReportFormat = next((form for form, media in MEDIA.items() if media == wants), "html")
    return await _report(http, wanted, form)


@endpoint(router, "/v1/report.{form}", may=PUBLIC, tags=["report"], summary="The report in one form")
async def get_report_as(form: ReportFormat, http: HttpRequest, wanted: FigureQueryParameters) -> Response:
    """Show what `/v1/report` does, in the form that the address names."""
    return await _report(http, wanted, form)


async def _report(http: HttpRequest, wanted: FigureQuery, form: ReportFormat) -> Response:
    document = await wanted.document(http)
    spoken = language(http)
    # Printing holds a core for a moment; the loop must turn meanwhile.
    body = await asyncio.to_thread(report.render, document, form, spoken)
    headers = {"Content-Language": spoken, "Content-Security-Policy": POLICY} if form == "html" else {}
    return Response(body, media_type=MEDIA[form], headers=headers)


@endpoint(router, "/v1/figures", may=PUBLIC, tags=["figures"], summary="All figures of a period")
async def get_figures(http: HttpRequest, wanted: FigureQueryParameters) -> JSONResponse:
    """Show codes and numbers as in the report's JSON."""
    return JSONResponse((await wanted.document(http)).content)


@endpoint(router, "/v1/figures/{metric}", may=PUBLIC, tags=["figures"], summary="One figure of a period")
async def get_figure(metric: str, http: HttpRequest, wanted: FigureQueryParameters) -> JSONResponse:
    """Show the figure, with the period, unit and position it is about."""
    found = metric_of(metric)
    document = await wanted.document(http)
    figure = next(one for one in document.content["figures"] if one["metric"] == found.id)
    return JSONResponse({**document.head, "figure": figure})


@endpoint(
    router, "/v1/metrics", may=PUBLIC, tags=["figures"], summary="The catalogue: a card and a query for each metric"
)
async def get_metrics() -> JSONResponse:
    """Show definitions as data, in three languages."""
    return JSONResponse({"metrics": [_card(metric) for metric in metrics().values()]})


@endpoint(router, "/v1/metrics/{metric}", may=PUBLIC, tags=["figures"], summary="One metric of the catalogue")
async def get_metric(metric: str) -> JSONResponse:
    return JSONResponse(_card(metric_of(metric)))


@endpoint(
    router,
    "/v1/ledger",
    may=STAFF_CHANNEL | DIRECTOR,
    tags=["ledger"],
    summary="Records as the ledger keeps them; staff only",
)
async def get_ledger(
    http: HttpRequest,
    class_: Annotated[
        Literal["folded", "doubled", "unknown", "quarantined", "demo"] | None,
        Query(alias="class", description="Only these."),
    ] = None,
    subject: Annotated[str | None, Query(max_length=255, description="Only what is about this.")] = None,
    after: Annotated[int, Query(ge=0, lt=2**63, description="The number of the last row of the page before.")] = 0,
) -> JSONResponse:
    """Show at most 100 rows by number, with place, class, reason and the bytes as text; `next` is for the next page."""
    async with service_of(http).pool.acquire() as conn:
        rows = await ledger.page(conn, class_, subject, after)
    return JSONResponse({"rows": rows, "next": rows[-1]["number"] if rows else None})


@endpoint(
    router,
    "/v1/quarantine",
    may=ANY_STAFF | DIRECTOR,
    tags=["ledger"],
    summary="What is in quarantine, and why, in words (staff)",
)
async def get_quarantine(
    http: HttpRequest,
    lang: Lang,
    limit: Annotated[int, Query(ge=0, le=100, description="0 counts only what is new.")] = 20,
) -> ListedQuarantine:
    """Show the records that no figure counts by reason, the newest first, with the last three of each; `open` are those
    of the last seven days. As of a dead letter no bytes are shown, and who may see it is the same: it belongs to no
    library, and a name may stand in it."""
    service = service_of(http)
    async with service.pool.acquire() as conn:
        recent = await quarantine.recent(conn, service.clock())
        kinds = await quarantine.kinds(conn, PAGES.words[lang], service.clock()) if limit else []
    return {"service": service.name, "open": recent, "kinds": kinds[:limit], "next": None}


def _card(metric: Metric) -> MetricCard:
    counting = metric.counting
    return {
        "metric": metric.id,
        "definition": counting.definition,
        "kind": counting.kind,
        "measure": metric.measure,
        "dimensions": counting.dimensions,
        "parts": metric.parts,
        "needs": [sorted(group) for group in counting.needs],
        "rules": metric.rules,
        "query": metric.query.sql,
        "sha256": metric.digest,
        "card": {spoken: card.model_dump() for spoken, card in metric.cards.items()},
    }
