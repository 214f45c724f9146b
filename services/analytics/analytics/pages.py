"""Pages for people: the main figures first, each with its sentence, numbers and card. No script, three languages."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from chassis import Problem
from chassis.pages import language
from fastapi import APIRouter, Depends
from fastapi import Request as HttpRequest
from fastapi.responses import HTMLResponse, JSONResponse

from analytics.asked import Asked, asked
from analytics.catalogue import FIRST_SCREEN, metrics
from analytics.domain.period import NoPeriod, Period, month_of
from analytics.report import ALL
from analytics.report.html import shown
from analytics.report.speech import PAGES, Speech

router = APIRouter(include_in_schema=False)


@router.get("/")
async def dashboard(http: HttpRequest, wanted: Annotated[Asked, Depends(asked)]) -> HTMLResponse:
    """The figures of a month, or of any period: seven first, the others below."""
    document = await wanted.document(http)
    say = Speech(language(http))
    figures = await asyncio.to_thread(shown, document, say)
    known = "" if wanted.position is None else str(wanted.position)

    def address(period: Period, page: str = "/") -> str:
        query = {"from": period.first, "to": period.end, "unit": wanted.unit or ALL, "lang": say.language}
        return f"{page}?{urlencode(query | ({'position': known} if known else {}))}"

    return await asyncio.to_thread(
        PAGES.render,
        http,
        "dashboard.html",
        document=document,
        say=say,
        first=[figures[id_] for id_ in FIRST_SCREEN],
        others=[one for id_, one in figures.items() if id_ not in FIRST_SCREEN],
        address=address,
        period=wanted.period,
        neighbours=list(_neighbours(wanted.period)),
        unit=wanted.unit or ALL,
    )


def _neighbours(period: Period) -> Iterator[tuple[str, Period]]:
    """The months before and after, as far as there are any."""
    for word, day in (("earlier", period.first - timedelta(days=1)), ("later", period.end)):
        with suppress(NoPeriod):
            yield word, month_of(day)


@router.get("/v1/spoken")
async def spoken(http: HttpRequest, wanted: Annotated[Asked, Depends(asked)]) -> JSONResponse:
    """The first screen's figures in words, for other pages to show."""
    document = await wanted.document(http)
    figures = await asyncio.to_thread(shown, document, Speech(language(http)))
    chosen = [figures[id_] for id_ in FIRST_SCREEN]
    told = [
        {"metric": one.metric.id, "name": one.card.name, "finding": one.finding, "value": one.value} for one in chosen
    ]
    return JSONResponse({"figures": told})


@router.get("/metrics/{metric}")
async def card(metric: str, http: HttpRequest) -> HTMLResponse:
    """What a figure means: its card, and the query that computes it."""
    found = metrics().get(metric)
    if found is None:
        raise Problem(404, "unknown", f"There is no metric {metric[:20]}.")
    say = Speech(language(http))
    return PAGES.render(http, "card.html", metric=found, card=say.card(found), say=say)
