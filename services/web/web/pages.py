"""The start page: find a time, what is on, what is open for comment, one figure of the month; the rest one link away.

Each part is one service's: where that one does not answer, or answers what cannot be shown, a sentence stands in its
place.
"""

import asyncio
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from chassis.pages import language
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from web import local_time
from web.local_time import clock, day
from web.rendering import PAGES as PAGES
from web.services import Services, part

AT_MOST = 3
FOUNDING = "kaupunginjohtaja-j/2014-05-14/50"
"""The decision that all of this follows from; it is among the start content."""
OF_A_FIGURE = ("metric", "name", "value", "unit", "finding")


def start(services: Services, unit: str) -> APIRouter:
    """Serve the start page at `/`."""
    router = APIRouter()

    @router.get("/", response_class=HTMLResponse)
    async def start(request: Request) -> HTMLResponse:
        lang, zone = language(request), services.zone
        asked = services.on_behalf_of(request)
        today, notices, cases, founding, figures = await asyncio.gather(
            asked.read("booking", "/v1/today", unit=unit),
            asked.read("notices", "/v1/notices", unit=unit, lang=lang),
            asked.read("decisions", "/v1/cases", unit=unit, lang=lang, limit=str(AT_MOST)),
            asked.read("decisions", f"/v1/decisions/{FOUNDING}", lang=lang),
            asked.read("analytics", "/v1/spoken", unit=unit, lang=lang),
        )
        now = local_time.now(zone)
        answer = PAGES.render(
            request,
            "start.html",
            unit=unit,
            day=now.date(),
            rooms=part(today, lambda told: _rooms(told, now, lang)),
            notices=part(notices, lambda told: _notices(told, lang, zone)),
            cases=part(cases, lambda told: [_decision(item, lang) for item in told["items"]]),
            founding=part(founding, lambda told: _founding(told, lang)),
            figure=part(figures, _figure),
            month=local_time.month_name(now.date(), lang),
            period=local_time.month(now.date()),
        )
        # A copy kept for a minute would show as free what is taken.
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    return router


def _rooms(told: dict[str, Any], now: datetime, lang: str) -> dict[str, Any]:
    """Tell how many rooms are free now, of how many, and when the first one is."""
    free = sum(room["now"]["state"] == "free" for room in told["spaces"])
    return {"all": len(told["spaces"]), "free": free, "next_free": next_free(told["spaces"], now, lang)}


def next_free(rooms: list[dict[str, Any]], now: datetime, lang: str) -> str | None:
    """Tell when the first of the rooms is free that is not free now, if it is today."""
    later = [_at(span["start"]) for room in rooms for span in room["free"] if _at(span["start"]) > now]
    return clock(min(later).astimezone(now.tzinfo), lang) if later else None


def _at(told: str) -> datetime:
    return datetime.fromisoformat(told)


def _notices(told: dict[str, Any], lang: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    return [_notice(item, lang, zone) for item in _coming_first(told["items"])][:AT_MOST]


def _figure(told: dict[str, Any]) -> dict[str, Any] | None:
    """Return the figure of the month with its sentence, and the place in the log at which it is known."""
    figures = told["figures"]
    return {name: figures[0][name] for name in OF_A_FIGURE} | {"position": told["position"]} if figures else None


def _coming_first(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order notices: what has a time by its time, then the others as they came; decisions have a list of their own."""
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
    """Return the founding decision: where it stands, and when it was made."""
    return {**_decision(item, lang), "section": item["section"], "decided": _day(item["decided"], lang)}
