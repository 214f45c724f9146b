"""The system's own pages around the four services: the start page, the contract's files, health and metrics.

The start page learns what it shows through the services' public doors, as anybody would.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from babel.dates import format_date, format_time
from chassis.http import STATIC
from chassis.pages import Pages, language
from chassis.problem import tell_problems
from chassis.run import Running, internal
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.applications import Starlette
from starlette.staticfiles import StaticFiles

from omatoimi.home import CHECKOUT

PAGES = Pages(Path(__file__).parent)
SECONDS = 3.0
AT_MOST = 6
HELSINKI = ZoneInfo("Europe/Helsinki")
LOCALES = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}


def app(apps: dict[str, FastAPI], parts: Sequence[Running], unit: str) -> FastAPI:
    """One application: the services under their names, and the start page at `/`."""
    root = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    tell_problems(root)
    clients = {name: _client(asgi) for name, asgi in apps.items()}
    health: Starlette = internal(parts)

    @root.get("/", response_class=HTMLResponse)
    async def start(request: Request) -> HTMLResponse:
        lang = language(request)
        today, notices, decisions, figures = await asyncio.gather(
            _read(clients["booking"], "/v1/today", unit=unit),
            _read(clients["notices"], "/v1/notices", unit=unit, lang=lang),
            _read(clients["decisions"], "/v1/decisions", unit=unit, lang=lang),
            _read(clients["analytics"], "/v1/spoken", unit=unit, lang=lang),
        )
        now = datetime.now(HELSINKI)
        return PAGES.render(
            request,
            "start.html",
            rooms=today and [_room(room, now, lang) for room in today["spaces"]],
            notices=notices and [_notice(i, lang) for i in notices["items"] if "decision" not in i][:AT_MOST],
            decisions=decisions and [_decision(item, lang) for item in decisions["items"]][:AT_MOST],
            figures=figures and figures["figures"],
            report=f"/analytics/v1/report.html?from={now:%Y-%m}-01&to={_next_month(now)}&unit={unit}&lang={lang}",
        )

    for name, asgi in apps.items():
        root.mount(f"/{name}", asgi)
    root.mount("/static", StaticFiles(directory=STATIC))
    root.mount("/contract", StaticFiles(directory=CHECKOUT / "contracts"))
    root.mount("/system", health)
    return root


def _room(room: dict[str, Any], now: datetime, lang: str) -> dict[str, Any]:
    """A room as the start page shows it: open, taken or closed at this moment, and when it is next free."""

    def holds(spans: list[dict[str, str]]) -> bool:
        return any(datetime.fromisoformat(s["start"]) <= now < datetime.fromisoformat(s["end"]) for s in spans)

    state = "taken" if holds(room["taken"]) else "free" if holds(room["open"]) else "closed"
    coming = next(iter(room["free"]), None)
    free = coming and {name: _clock(coming[name], lang) for name in ("start", "end")}
    return {**room, "state": state, "next_free": free}


def _notice(item: dict[str, Any], lang: str) -> dict[str, Any]:
    when = item.get("slot")
    span = when and f"{_day(when['start'], lang)} {_clock(when['start'], lang)}–{_clock(when['end'], lang)}"
    return {
        "href": f"/notices/notice/{item['id']}",
        "title": item["title"],
        "language": item["language"],
        "when": span or "",
    }


def _decision(item: dict[str, Any], lang: str) -> dict[str, Any]:
    decided = item["decided"] and _day(item["decided"], lang)
    section = item["section"] and f"§ {item['section']}"
    return {
        "href": f"/decisions/decisions/{item['key']}",
        "title": item["title"],
        "language": item["language"],
        "when": " · ".join(part for part in (decided, section) if part),
    }


def _clock(moment: str, lang: str) -> str:
    return format_time(datetime.fromisoformat(moment), "short", tzinfo=HELSINKI, locale=LOCALES[lang])


def _day(moment: str, lang: str) -> str:
    """The local day of a moment, or a day."""
    told = datetime.fromisoformat(moment)
    local = told.astimezone(HELSINKI) if told.tzinfo else told
    return format_date(local, "long", locale=LOCALES[lang])


def _next_month(now: datetime) -> str:
    return f"{(now.replace(day=1) + timedelta(days=32)):%Y-%m}-01"


def _client(asgi: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=asgi, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://omatoimi", timeout=SECONDS)


async def _read(client: httpx.AsyncClient, path: str, **query: str) -> Any:
    """What a door tells, or None when it does not answer in time: the page then says so and shows the rest."""
    try:
        answer = await asyncio.wait_for(client.get(path, params=query), SECONDS)
    except (TimeoutError, httpx.HTTPError):
        return None
    return answer.json() if answer.status_code == 200 else None
