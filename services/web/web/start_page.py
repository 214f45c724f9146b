"""The system's own pages around the four services: the start page, the trial, the contract's files; and what the
internal port tells, health and metrics.

The start page learns what it shows through the services' public endpoints, as anybody would.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from chassis.demo import Demo
from chassis.health import internal
from chassis.http import STATIC
from chassis.normalization import Normalization, parameters_once
from chassis.pages import Pages, language
from chassis.problem import tell_problems
from chassis.running import Running
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from web import contract, local_time, trial
from web.local_time import clock, day, moment
from web.services_client import ServicesClient

PAGES = Pages(Path(__file__).parent)
AT_MOST = 5
FOUNDING = "kaupunginjohtaja-j/2014-05-14/50"
"""The decision that all of this follows from; it is among the start content."""


def app(apps: Mapping[str, FastAPI], parts: Sequence[Running], unit: str, key: Callable[[], str]) -> FastAPI:
    """One application: the services under their names, and the system's own pages. `unit` is the library whose pages
    they are, `key` tells that of the channel by which they ask."""
    root = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    tell_problems(root)
    root.add_middleware(Normalization)
    installation = parts[0].service.installation
    services = ServicesClient(apps, key, installation.time_zone)
    root.state.demo = lambda: _demo(parts)
    root.state.languages = installation.languages
    for pages in (start(services, unit), trial.pages(services, unit), contract.router(PAGES)):
        root.include_router(pages, dependencies=[Depends(parameters_once)])
    for name, asgi in apps.items():
        root.mount(f"/{name}", asgi)
    root.mount("/static", StaticFiles(directory=STATIC))
    return root


def inside(parts: Sequence[Running]) -> Starlette:
    """What the internal port tells: health, metrics, and `/demo`, how far the example content is."""

    async def example(_: Request) -> JSONResponse:
        """State (`none`, `filling`, `shown`, `taken out`), and done of total."""
        found = _demo(parts)
        return JSONResponse(
            {
                "state": found.state if found else "none",
                "done": found.done if found else 0,
                "total": found.total if found else 0,
            }
        )

    made = internal(parts)
    made.router.routes.append(Route("/demo", example))
    return made


def _demo(parts: Sequence[Running]) -> Demo | None:
    """The example content of the installation: as long as it fills in somewhere, it fills in."""
    found = [part.service.demo for part in parts if part.service.demo]
    return next((demo for demo in found if demo.state == "filling"), found[0] if found else None)


def start(services: ServicesClient, unit: str) -> APIRouter:
    """The start page at `/`."""
    router = APIRouter()

    @router.get("/", response_class=HTMLResponse)
    async def start(request: Request) -> HTMLResponse:
        lang = language(request)
        today, notices, decisions, founding, figures = await asyncio.gather(
            services.read("booking", "/v1/today", unit=unit),
            services.read("notices", "/v1/notices", unit=unit, lang=lang),
            services.read("decisions", "/v1/decisions", unit=unit, lang=lang),
            services.read("decisions", f"/v1/decisions/{FOUNDING}", lang=lang),
            services.read("analytics", "/v1/spoken", unit=unit, lang=lang),
        )
        now = local_time.now(services.zone)
        rooms = today and [_room(room, now, lang, services.zone) for room in today["spaces"]]
        answer = PAGES.render(
            request,
            "start.html",
            unit=unit,
            base=str(request.base_url).rstrip("/"),
            today=local_time.weekday(now.date(), lang),
            rooms=rooms,
            free=rooms and sum(room["state"] == "free" for room in rooms),
            next_free=rooms and next_free(rooms, now, lang),
            premises=rooms and _by_premises(rooms),
            notices=notices
            and [_notice(item, lang, services.zone) for item in _coming_first(notices["items"])][:AT_MOST],
            decisions=decisions and [_decision(i, lang) for i in decisions["items"] if i["key"] != FOUNDING][:AT_MOST],
            founding=founding and _founding(founding, lang),
            figures=figures and figures["figures"],
            position=figures and figures["position"],
            month=local_time.month_name(now.date(), lang),
            period=local_time.month(now.date()),
        )
        # A copy kept for a minute would show as free what is taken.
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    return router


def _room(room: dict[str, Any], now: datetime, lang: str, zone: ZoneInfo) -> dict[str, Any]:
    """A room as the start page shows it: free, taken or closed at this moment, and until or from when."""
    holds = {
        state: next((s for s in room[state] if _at(s["start"]) <= now < _at(s["end"])), None)
        for state in ("free", "taken")
    }
    if found := holds["free"]:
        return {**room, "state": "free", "until": clock(moment(found["end"], zone), lang)}
    later = next((s for s in room["free"] if _at(s["start"]) > now), None)
    span = later and local_time.span(later["start"], later["end"], lang, zone)
    if found := holds["taken"]:
        return {**room, "state": "taken", "until": clock(moment(found["end"], zone), lang), "later": span}
    return {**room, "state": "later" if later else "closed", "later": span}


def next_free(rooms: list[dict[str, Any]], now: datetime, lang: str) -> str | None:
    """When the first of the rooms is free that is not free now, if it is today."""
    later = [_at(span["start"]) for room in rooms for span in room["free"] if _at(span["start"]) > now]
    return clock(min(later).astimezone(now.tzinfo), lang) if later else None


def _at(told: str) -> datetime:
    return datetime.fromisoformat(told)


def _by_premises(rooms: list[dict[str, Any]]) -> list[tuple[dict[str, str], list[dict[str, Any]]]]:
    by_premises = [list(rooms) for _, rooms in groupby(rooms, lambda room: room["premises"])]
    return [(rooms[0]["premises_names"], rooms) for rooms in by_premises]


def _coming_first(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Notices: what has a time by its time, then the others as they came; decisions have a list of their own."""
    notices = [item for item in items if "decision" not in item]
    return sorted(notices, key=lambda item: item["slot"]["start"] if item.get("slot") else "later")


def _notice(item: dict[str, Any], lang: str, zone: ZoneInfo) -> dict[str, Any]:
    when = item.get("slot")
    return {
        "href": f"/notices/notice/{item['id']}",
        "title": item["title"],
        "language": item["language"],
        "when": local_time.on_day(when["start"], when["end"], lang, zone) if when else "",
    }


def _decision(item: dict[str, Any], lang: str) -> dict[str, Any]:
    return {
        "href": f"/decisions/{'cases' if item['kind'] == 'case' else 'decisions'}/{item['key']}",
        "title": item["title"],
        "language": item["language"],
        "when": _decided(item, lang),
    }


def _decided(item: dict[str, Any], lang: str) -> str:
    section = item["section"] and f"§ {item['section']}"
    decided = item["decided"] and _day(item["decided"], lang)
    return " · ".join(part for part in (item["body"]["name"], section, decided) if part)


def _day(told: str, lang: str) -> str:
    return day(date.fromisoformat(told), lang)


def _founding(item: dict[str, Any], lang: str) -> dict[str, Any]:
    """The founding decision: its own words, and the report that it asks for."""
    words = item["words"][0]
    due = next((deadline["date"] for deadline in item["deadlines"]), None)
    return {
        **_decision(item, lang),
        "section": item["section"],
        "decided": _day(item["decided"], lang),
        "paragraphs": words["sections"][0]["paragraphs"] if words["sections"] else [],
        "due": due and _day(due, lang),
    }
