"""Pages for people: decisions of the area, one decision, one case. No script, three languages."""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from chassis import Problem, service_of
from chassis.local_time import LOCALES, day, moment, span
from chassis.pages import Pages, language
from fastapi import APIRouter, Query
from fastapi import Request as HttpRequest
from fastapi.responses import HTMLResponse
from omatoimi_contracts.primitives import CODE

from decisions import queries
from decisions.api import KeyPath
from decisions.domain.districts import Match
from decisions.domain.language import language as language_of
from decisions.domain.stages import stages
from decisions.tables import gazetteer_of
from decisions.views import appeal

router = APIRouter(include_in_schema=False)
PAGES = Pages(Path(__file__).parent)
AT_ONCE = 50
STATUSES = {"Vireillä": "pending", "Ratkaistu": "resolved", "Päätetty": "decided"}
"""The source's words for how a case stands; another one is shown as it is."""


def register_number(case: str) -> str:
    """Return the number by which people know a case, `HEL 2026-000001`; empty where the city's register has not given
    one."""
    given = re.fullmatch(r"([A-Z]+)-([0-9]{4}-[0-9]+)", case)
    return "\u00a0".join(given.groups()) if given else ""


def evidence(matches: Sequence[Match], number: str) -> str:
    """Return the words that say so, each once."""
    return ", ".join(dict.fromkeys(match.text for match in matches if match.district == number))


def address(key: str) -> str:
    """Return a key as it stands in a path."""
    return quote(key, safe="/")


def _page(http: HttpRequest, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    lang, installation = language(http), service_of(http).installation
    gazetteer, zone = gazetteer_of(installation), installation.time_zone
    answer = PAGES.render(
        http,
        template,
        status,
        day=lambda when: day(when, lang),
        moment=lambda when: moment(when, lang, zone),
        span=lambda start, end: span(start, end, lang, zone),
        register_number=register_number,
        moment_of=lambda when: moment(when, lang, zone) if isinstance(when, datetime) else day(when, lang),
        district=lambda code: gazetteer.name_of(code, lang),
        evidence=evidence,
        address=address,
        language_of=language_of,
        language_name=lambda code: LOCALES[lang].languages.get(code, code),
        **values,
    )
    # A copy kept for a minute would show what was taken back.
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _problem(http: HttpRequest, problem: Problem) -> HTMLResponse:
    return _page(http, "gone.html", problem.status, removed=problem.status == 410)


@router.get("/")
async def decisions_of_area(
    http: HttpRequest,
    number: Annotated[str | None, Query(alias="district", pattern=CODE)] = None,
    unit: Annotated[str | None, Query(pattern=CODE)] = None,
) -> HTMLResponse:
    """Show what is open for comment in the libraries' areas, what comes to a decision, and what was decided."""
    service = service_of(http)
    try:
        asked = queries.area(service.installation, [number] if number else [], unit)
    except Problem as problem:
        return _problem(http, problem)
    wanted = service.installation.districts if asked is None else asked
    async with service.pool.acquire() as conn:
        lanes = await queries.lanes(conn, wanted, service.clock(), AT_ONCE)
    return _page(http, "index.html", lanes=lanes, wanted=wanted)


@router.get("/search")
async def search(http: HttpRequest, q: Annotated[str, Query(max_length=200)] = "") -> HTMLResponse:
    """Tell what holds these words, in whatever form."""
    hits, found = await queries.search(service_of(http), q, None, None, language(http)) if q.strip() else (0, [])
    return _page(http, "search.html", q=q, hits=hits, found=found)


@router.get("/decisions/{key:path}")
async def one_decision(key: KeyPath, http: HttpRequest) -> HTMLResponse:
    """Show a decision: what was decided, and beside it what had been proposed."""
    try:
        async with service_of(http).pool.acquire() as conn:
            decision = await queries.decision(conn, key)
    except Problem as problem:
        return _problem(http, problem)
    lang = language(http)
    return _page(
        http,
        "decision.html",
        decision=decision,
        now=decision.shown.publication,
        sources=sorted({record.source for record in decision.sources}, reverse=True),
        words=decision.shown.publication.in_language(lang),
        appeal=appeal(decision.record, lang),
    )


@router.get("/cases/{key:path}")
async def one_case(key: KeyPath, http: HttpRequest) -> HTMLResponse:
    """Show a case: its motions and decisions, when residents are heard, and what they were answered."""
    service = service_of(http)
    try:
        async with service.pool.acquire() as conn:
            case = await queries.case(conn, key, service)
    except Problem as problem:
        return _problem(http, problem)
    now = case.shown.publication
    return _page(
        http,
        "case.html",
        case=case,
        now=now,
        words=now.in_language(language(http)),
        stages=stages(case.course),
        statuses=STATUSES,
    )
