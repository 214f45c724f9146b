"""What a kiosk shows: how the rooms of the library's area stand now, and what is on today."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from chassis.pages import called

from web import local_time
from web.kiosk.acts import next_hour
from web.rooms.about import Rules, rules
from web.services import Services, part

EVENTS = 3
OPEN = ("free", "taken", "later")


@dataclass(frozen=True, slots=True)
class RoomNow:
    """A room: how it stands, until when, and what of the next hour can be had."""

    space: str
    name: str
    house: str
    least: int
    capacity: int
    rules: Rules | None
    state: str
    until: str
    slot: str
    open: bool


@dataclass(frozen=True, slots=True)
class EventToday:
    """What is on today and not over."""

    title: str
    language: str
    when: str


class Standing(TypedDict):
    """The rooms and the events of now, each None where its service does not answer; `room` and `when` are of what was
    done last."""

    rooms: list[RoomNow] | None
    events: list[EventToday] | None
    room: str
    when: str


async def of(
    asked: Services, unit: str, now: datetime, lang: str, zone: ZoneInfo, shown: Mapping[str, Any] | None
) -> Standing:
    """Return how all stands now."""
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
        "room": next((one.name for one in rooms or () if one.space == about.get("space")), ""),
        "when": local_time.span(slot["start"], slot["end"], lang, zone) if slot else "",
    }


def _room(told: dict[str, Any], now: datetime, lang: str, zone: ZoneInfo) -> RoomNow:
    until, slot = told["now"]["until"], next_hour(told, now) if told["now"]["state"] == "free" else None
    return RoomNow(
        told["space"],
        called(told["names"], lang, told["space"]),
        called(told["premises_names"], lang, told["premises"]),
        told["minimum"],
        told["capacity"],
        rules(told["house_rules"], "first_line", lang),
        told["now"]["state"],
        local_time.clock(local_time.moment(until, zone), lang) if until else "",
        local_time.span(slot["start"], slot["end"], lang, zone) if slot else "",
        told["now"]["state"] in OPEN,
    )


def _events(items: list[dict[str, Any]], now: datetime, lang: str, zone: ZoneInfo) -> list[EventToday]:
    found = []
    for item in items:
        slot = item.get("slot")
        if slot is None:
            continue
        start, end = (local_time.moment(slot[edge], zone) for edge in ("start", "end"))
        if start.date() <= now.astimezone(zone).date() and end > now:
            found.append((start, item, local_time.span(slot["start"], slot["end"], lang, zone)))
    found.sort(key=lambda one: one[0])
    return [EventToday(item["title"], item["language"], when) for _, item, when in found[:EVENTS]]
