"""The start page: what is free, what is on, what was decided, the figures and the way in for other systems.

Each part is one service's: where that one does not answer, or answers what cannot be shown, a sentence stands in its
place.
"""

import asyncio
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from chassis.pages import language
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from web import local_time
from web.local_time import clock, day, moment
from web.rendering import PAGES as PAGES
from web.services import Services, part

AT_MOST = 5
FOUNDING = "kaupunginjohtaja-j/2014-05-14/50"
"""The decision that all of this follows from; it is among the start content."""
OF_A_ROOM = ("space", "names", "capacity", "premises", "premises_names")
OF_A_FIGURE = ("metric", "name", "value", "unit", "finding")


def start(services: Services, unit: str) -> APIRouter:
    """The start page at `/`."""
    router = APIRouter()

    @router.get("/", response_class=HTMLResponse)
    async def start(request: Request) -> HTMLResponse:
        lang, zone = language(request), services.zone
        asked = services.on_behalf_of(request)
        today, notices, decisions, cases, founding, figures = await asyncio.gather(
            asked.read("booking", "/v1/today", unit=unit),
            asked.read("notices", "/v1/notices", unit=unit, lang=lang),
            asked.read("decisions", "/v1/decisions", unit=unit, lang=lang),
            asked.read("decisions", "/v1/cases", unit=unit, lang=lang, limit=str(AT_MOST)),
            asked.read("decisions", f"/v1/decisions/{FOUNDING}", lang=lang),
            asked.read("analytics", "/v1/spoken", unit=unit, lang=lang),
        )
        now = local_time.now(zone)
        answer = PAGES.render(
            request,
            "start.html",
            unit=unit,
            base=str(request.base_url).rstrip("/"),
            today=local_time.weekday(now.date(), lang),
            day=now.date(),
            rooms=part(today, lambda told: _rooms(told, now, lang, zone)),
            notices=part(notices, lambda told: _notices(told, lang, zone)),
            decisions=part(decisions, lambda told: _decisions(told, lang)),
            cases=part(cases, lambda told: [_decision(item, lang) for item in told["items"]]),
            founding=part(founding, lambda told: _founding(told, lang)),
            figures=part(figures, _figures),
            month=local_time.month_name(now.date(), lang),
            period=local_time.month(now.date()),
        )
        # A copy kept for a minute would show as free what is taken.
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    return router


def _rooms(told: dict[str, Any], now: datetime, lang: str, zone: ZoneInfo) -> dict[str, Any]:
    """The rooms house by house, how many are free now of how many, and when the first one is."""
    rooms = [_room(room, now, lang, zone) for room in told["spaces"]]
    return {
        "all": len(rooms),
        "free": sum(room["state"] == "free" for room in rooms),
        "next_free": next_free(told["spaces"], now, lang),
        "premises": _by_premises(rooms),
    }


def _room(room: dict[str, Any], now: datetime, lang: str, zone: ZoneInfo) -> dict[str, Any]:
    """A room as the start page shows it: free, taken or closed at this moment, and until or from when."""
    until = room["now"]["until"]
    later = next((s for s in room["free"] if _at(s["start"]) > now), None)
    return {
        **{name: room[name] for name in OF_A_ROOM},
        "state": room["now"]["state"],
        "until": until and clock(moment(until, zone), lang),
        "later": later and local_time.span(later["start"], later["end"], lang, zone),
    }


def next_free(rooms: list[dict[str, Any]], now: datetime, lang: str) -> str | None:
    """When the first of the rooms is free that is not free now, if it is today."""
    later = [_at(span["start"]) for room in rooms for span in room["free"] if _at(span["start"]) > now]
    return clock(min(later).astimezone(now.tzinfo), lang) if later else None


def _at(told: str) -> datetime:
    return datetime.fromisoformat(told)


def _by_premises(rooms: list[dict[str, Any]]) -> list[tuple[dict[str, str], list[dict[str, Any]]]]:
    by_premises = [list(rooms) for _, rooms in groupby(rooms, lambda room: room["premises"])]
    return [(rooms[0]["premises_names"], rooms) for rooms in by_premises]


def _notices(told: dict[str, Any], lang: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    return [_notice(item, lang, zone) for item in _coming_first(told["items"])][:AT_MOST]


def _decisions(told: dict[str, Any], lang: str) -> list[dict[str, Any]]:
    return [_decision(item, lang) for item in told["items"] if item["key"] != FOUNDING][:AT_MOST]


def _figures(told: dict[str, Any]) -> dict[str, Any]:
    """The figures with their sentences, and the place in the log at which they are known."""
    shown = [{name: one[name] for name in OF_A_FIGURE} for one in told["figures"]]
    return {"position": told["position"], "shown": shown}


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
