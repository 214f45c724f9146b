"""What a kiosk shows: how the rooms of the library's area stand now, and what is on today."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from chassis.pages import called

from web import local_time
from web.kiosk.acts import next_hour
from web.services import Services, part

EVENTS = 3
OPEN = ("free", "taken", "later")


async def of(
    asked: Services, unit: str, now: datetime, lang: str, zone: ZoneInfo, shown: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the rooms and the events of now; None of what does not answer. `room` and `when` are of what was done
    last."""
    today, notices = await asyncio.gather(
        asked.read("booking", "/v1/today", unit=unit),
        asked.read("notices", "/v1/notices", unit=unit, lang=lang),
    )
    rooms = part(today, lambda told: [_room(one, now, lang, zone) for one in told["spaces"]])
    about = dict(shown or {})
    slot = about.get("slot")
    return {
        "rooms": rooms,
        "events": part(notices, lambda told: _events(told["items"], now, lang, zone)),
        "room": next((one["name"] for one in rooms or () if one["space"] == about.get("space")), ""),
        "when": local_time.span(slot["start"], slot["end"], lang, zone) if slot else "",
    }


def _room(told: dict[str, Any], now: datetime, lang: str, zone: ZoneInfo) -> dict[str, Any]:
    """Return a room: how it stands, until when, and what of the next hour can be had."""
    until, slot = told["now"]["until"], next_hour(told, now) if told["now"]["state"] == "free" else None
    return {
        "space": told["space"],
        "name": called(told["names"], lang, told["space"]),
        "house": called(told["premises_names"], lang, told["premises"]),
        "capacity": told["capacity"],
        "state": told["now"]["state"],
        "until": local_time.clock(local_time.moment(until, zone), lang) if until else "",
        "slot": local_time.span(slot["start"], slot["end"], lang, zone) if slot else "",
        "open": told["now"]["state"] in OPEN,
    }


def _events(items: list[dict[str, Any]], now: datetime, lang: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Tell what is on today and not over."""
    found = []
    for item in items:
        slot = item.get("slot")
        if slot is None:
            continue
        start, end = (local_time.moment(slot[edge], zone) for edge in ("start", "end"))
        if start.date() <= now.astimezone(zone).date() and end > now:
            found.append((start, item, local_time.span(slot["start"], slot["end"], lang, zone)))
    found.sort(key=lambda one: one[0])
    return [{"title": item["title"], "language": item["language"], "when": when} for _, item, when in found[:EVENTS]]
