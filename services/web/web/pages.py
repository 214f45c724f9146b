"""The start page: find a time, what is on, what is open for comment, one figure of the month; the rest one link away.

Each part is one service's: where that one does not answer, or answers what cannot be shown, a sentence stands in its
place.
"""

import asyncio
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class RoomsNow:
    """How many rooms are free now, of how many, and when the first one is that is not."""

    all: int
    free: int
    next_free: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """Something that is on or decided: where it stands, its title and the language of that, and when."""

    href: str
    title: str
    language: str
    when: str


@dataclass(frozen=True, slots=True)
class FoundingDecision:
    """The decision that all of this follows from: where it stands, and when it was made."""

    href: str
    title: str
    language: str
    section: int
    decided: str


@dataclass(frozen=True, slots=True)
class FigureOfMonth:
    """A figure of the month with its sentence, and the place in the log at which it is known."""

    metric: str
    name: str
    value: Any
    unit: str
    finding: str
    position: int


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


def _rooms(told: dict[str, Any], now: datetime, lang: str) -> RoomsNow:
    free = sum(room["now"]["state"] == "free" for room in told["spaces"])
    return RoomsNow(len(told["spaces"]), free, next_free(told["spaces"], now, lang))


def next_free(rooms: list[dict[str, Any]], now: datetime, lang: str) -> str | None:
    """Tell when the first of the rooms is free that is not free now, if it is today."""
    later = [_at(span["start"]) for room in rooms for span in room["free"] if _at(span["start"]) > now]
    return clock(min(later).astimezone(now.tzinfo), lang) if later else None


def _at(told: str) -> datetime:
    return datetime.fromisoformat(told)


def _notices(told: dict[str, Any], lang: str, zone: ZoneInfo) -> list[Link]:
    return [_notice(item, lang, zone) for item in _coming_first(told["items"])][:AT_MOST]


def _figure(told: dict[str, Any]) -> FigureOfMonth | None:
    if not told["figures"]:
        return None
    first = told["figures"][0]
    return FigureOfMonth(
        first["metric"], first["name"], first["value"], first["unit"], first["finding"], told["position"]
    )


def _coming_first(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order notices: what has a time by its time, then the others as they came; decisions have a list of their own."""
    notices = [item for item in items if "decision" not in item]
    return sorted(notices, key=lambda item: item["slot"]["start"] if item.get("slot") else "later")


def _notice(item: dict[str, Any], lang: str, zone: ZoneInfo) -> Link:
    slot = item.get("slot")
    when = local_time.on_day(slot["start"], slot["end"], lang, zone) if slot else ""
    return Link(f"/notices/notice/{item['id']}", item["title"], item["language"], when)


def _decision(item: dict[str, Any], lang: str) -> Link:
    return Link(_address(item), item["title"], item["language"], _decided(item, lang))


def _address(item: dict[str, Any]) -> str:
    return f"/decisions/{'cases' if item['kind'] == 'case' else 'decisions'}/{item['key']}"


def _decided(item: dict[str, Any], lang: str) -> str:
    section = item["section"] and f"§ {item['section']}"
    decided = item["decided"] and _day(item["decided"], lang)
    return " · ".join(part for part in (item["body"]["name"], section, decided) if part)


def _day(told: str, lang: str) -> str:
    return day(date.fromisoformat(told), lang)


def _founding(item: dict[str, Any], lang: str) -> FoundingDecision:
    return FoundingDecision(
        _address(item), item["title"], item["language"], item["section"], _day(item["decided"], lang)
    )
