"""A room: what it is called, what holds there, its week, when it is next free, and its calendar to subscribe to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from chassis.pages import called, language
from chassis.problem import Problem
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse
from omatoimi_contracts.primitives import CODE

from web import local_time
from web.local_time import clock
from web.rendering import PAGES
from web.rooms import about
from web.rooms.about import About
from web.rooms.days import IN_A_STRIP, StripDay, chosen_day, in_address, joined, span_of, strip
from web.services import Services, part

HOUR = timedelta(hours=1)
SHORTEST = timedelta(minutes=30)
"""No shorter time is shown as free, unless the room is booked for less at most."""
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class HourCell:
    """An hour of a day in the week's table; a free one has the address that books it. `words` say
    for the ear which day and time it is; `at` is the time of day where it does not begin on the hour."""

    state: Literal["free", "taken", "closed"]
    words: str = ""
    href: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class DayOfRoom:
    """A day of the room: when its house is open, and what follows on what: free from when until when, or taken."""

    day: StripDay
    opens: list[str]
    runs: list[tuple[str, str, list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Room:
    """A room as its page shows it. `days` are those of the strip, `hours` the rows of the table of the week."""

    space: str
    name: str
    house: str
    about: About
    task: str | None
    rules: Mapping[str, int]
    next_free: tuple[str, str] | None
    days: list[DayOfRoom]
    hours: list[tuple[str, list[HourCell]]]


@dataclass(frozen=True, slots=True)
class _Week:
    """How the week of a room is told: in a language, in local time, with links that book."""

    space: str
    rules: Mapping[str, int]
    lang: str
    zone: ZoneInfo

    @property
    def least(self) -> timedelta:
        """So long a free time is at least that is shown."""
        minutes = timedelta(minutes=self.rules["shortest_minutes"]), timedelta(minutes=self.rules["longest_minutes"])
        return max(minutes[0], min(SHORTEST, minutes[1]))

    def until(self, at: datetime, ends: datetime) -> datetime:
        """Tell until when a link books: for an hour, or as much less or more as the room is booked for."""
        minutes = max(self.rules["shortest_minutes"], min(60, self.rules["longest_minutes"]))
        return min(at + timedelta(minutes=minutes), ends)

    def href(self, start: datetime, end: datetime) -> str:
        query = {"space": self.space, "start": in_address(start), "end": in_address(end), "lang": self.lang}
        return f"/book?{urlencode(query, safe=':')}"

    def spans(self, told: Sequence[dict[str, Any]]) -> list[Span]:
        return [span_of(one, self.zone) for one in told]

    def when(self, start: datetime, end: datetime) -> str:
        return local_time.on_day(start.isoformat(), end.isoformat(), self.lang, self.zone)

    def hours(self, start: datetime, end: datetime) -> str:
        return local_time.span(start.isoformat(), end.isoformat(), self.lang, self.zone)

    def day(self, of: StripDay, told: Mapping[str, Any]) -> DayOfRoom:
        opens = [self.hours(*span) for span in joined(self.spans(told["open"]))]
        runs = [(start, end, "free") for start, end in self.spans(told["free"]) if start + self.least <= end]
        runs += [(start, end, "taken") for start, end in self.spans(told["taken"])]
        return DayOfRoom(
            of,
            opens,
            [
                (state, self.hours(start, end), list(self._starts(start, end)) if state == "free" else [])
                for start, end, state in sorted(runs)
            ],
        )

    def _starts(self, begins: datetime, ends: datetime) -> Iterator[tuple[str, str]]:
        at = begins
        while at + self.least <= ends:
            yield clock(at, self.lang), self.href(at, self.until(at, ends))
            at = (at + HOUR).replace(minute=0)

    def cell(self, day: date, hour: int, told: Mapping[str, Any]) -> HourCell:
        begins = datetime.combine(day, time(hour), self.zone)
        ends = begins + HOUR
        for start, end in self.spans(told["free"]):
            at = max(begins, start)
            if at < ends and at + self.least <= end:
                until = self.until(at, end)
                late = "" if at == begins else clock(at, self.lang)
                return HourCell("free", self.when(at, until), self.href(at, until), late)
        if any(start < ends and begins < end for start, end in self.spans(told["taken"])):
            return HourCell("taken", self.when(begins, ends))
        return HourCell("closed")


def _room(told: Mapping[str, Any], days: Sequence[StripDay], lang: str, zone: ZoneInfo) -> Room:
    week = _Week(told["space"], told["rules"], lang, zone)
    of_days = list(zip(days, told["days"], strict=True))
    opened = [span for _, one in of_days for span in week.spans(one["open"])]
    first = min((start.hour for start, _ in opened), default=0)
    last = max((_last_hour(start, end) for start, end in opened), default=-1)
    hours = [
        (
            clock(datetime.combine(days[0].date, time(hour), zone), lang),
            [week.cell(d.date, hour, t) for d, t in of_days],
        )
        for hour in range(first, last + 1)
    ]
    free = told["next_free"] and span_of(told["next_free"], zone)
    soon = free and (free[0], week.until(*free))
    return Room(
        told["space"],
        called(told["names"], lang, told["space"]),
        called(told["premises_names"], lang, told["premises"]),
        about.of(told, lang),
        told["task"],
        told["rules"],
        soon and (week.when(*soon), week.href(*soon)),
        [week.day(day, one) for day, one in of_days],
        hours,
    )


def _last_hour(start: datetime, end: datetime) -> int:
    """Return the hour of day in which the last minute of an open span lies."""
    return 23 if end.date() > start.date() else (end - timedelta.resolution).hour


def pages(services: Services) -> APIRouter:
    """Serve the page at `/rooms/{space}`."""
    router = APIRouter()

    @router.get("/rooms/{space}", response_class=HTMLResponse)
    async def show(
        request: Request,
        space: Annotated[str, Path(pattern=CODE)],
        day: Annotated[str, Query(max_length=10)] = "",
    ) -> HTMLResponse:
        lang, asked, zone = language(request), services.on_behalf_of(request), services.zone
        today = local_time.now(zone).date()
        chosen = chosen_day(day, today)
        days = strip(chosen, today, lang)
        first, shown = days.days[0].date, str(min(IN_A_STRIP, len(days.days)))
        answer = await asked.find("booking", f"/v1/spaces/{space}", **{"from": first.isoformat()}, days=shown)
        if answer is not None and answer.status == 404:
            raise Problem(404, "unknown", "There is no such room.")
        room = part(answer and answer.told, lambda told: _room(told, days.days, lang, zone))
        page = PAGES.render(
            request,
            "room.html",
            200 if room else 503,
            room=room,
            strip=days,
            strip_address=lambda day: f"/rooms/{space}?{urlencode({'day': day, 'lang': lang})}",
            heading=local_time.weekday(chosen, lang),
            chosen=next((one for one in room.days if one.day.date == chosen), None) if room else None,
            search=f"/rooms?{urlencode({'day': chosen, 'lang': lang})}",
        )
        page.headers["Cache-Control"] = "no-cache"
        return page

    return router
