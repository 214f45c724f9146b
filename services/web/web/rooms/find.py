"""Find a room: what is free on a day, for so long and so many, in all houses or in one; as a list by time.

Each search counts once, with the session of the visit, so that demand that was not met stands in the figures. What is
looked up beside it, to have something to offer instead, does not count.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from chassis.pages import called, language
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from omatoimi_contracts.lists import of_list
from omatoimi_contracts.primitives import CODE
from omatoimi_contracts.rooms import Accessibility, Equipment

from web import local_time
from web.local_time import clock
from web.rendering import PAGES, word
from web.rooms.about import words
from web.rooms.days import DAY, chosen_day, in_address, span_of, strip
from web.services import Services, Value, part
from web.visitors import Visitor, visitor

LENGTHS = (30, 60, 90, 120, 180, 240, 360, 480)
"""Minutes that the form offers."""
HOUR = timedelta(hours=1)
PARTS_OF_A_DAY = (("morning", time(12)), ("afternoon", time(17)), ("evening", time.max))
OTHER_DAYS = 3
MAIN = 4
"""So much of what a room has stands on its card."""
SEVERAL = Query(max_length=20)
DAYS_AHEAD = 14


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for, as the address tells it."""

    day: date
    minutes: int = 60
    persons: int | None = None
    house: str = ""
    equipment: tuple[str, ...] = ()
    accessibility: tuple[str, ...] = ()

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def must_be(self) -> dict[str, Sequence[str]]:
        """What must all be there."""
        return {"equipment": self.equipment, "accessibility": self.accessibility}

    def query(self, **more: Any) -> dict[str, Value]:
        """Tell what booking is asked, with some of it otherwise."""
        told = {"from": self.day, "minutes": self.minutes, "persons": self.persons, "premises": self.house} | more
        asked: dict[str, Value] = {name: str(value) for name, value in told.items() if value}
        return asked | self.must_be

    def address(self, lang: str, **more: Any) -> str:
        """Return the address of this search, with some of it otherwise."""
        told = {"day": self.day, "minutes": self.minutes, "persons": self.persons, "house": self.house} | more
        told |= {**self.must_be, "lang": lang}
        return f"/rooms?{urlencode({name: value for name, value in told.items() if value}, doseq=True)}"


@dataclass(frozen=True, slots=True)
class FreeStart:
    """A space that can be had from a moment on: what it and its house are called, and the address that books it."""

    at: datetime
    space: str
    room: str
    house: str
    href: str


class Card(NamedTuple):
    """A room that is what was looked for: what it and its house are called, for how many it is, what of it matters
    most, and its address."""

    room: str
    house: str
    least: int
    most: int
    has: list[str]
    href: str


@dataclass(frozen=True, slots=True)
class FoundDay:
    """A day as the page shows it: its starts by part of the day and time, the closed houses with their next opening,
    the part that is unfolded (what comes first today, the evening on other days), and the rooms that they are of."""

    parts: list[tuple[str, list[tuple[str, list[FreeStart]]]]] = field(default_factory=list)
    closed: list[tuple[str, str | None]] = field(default_factory=list)
    unfolded: str = ""
    rooms: list[Card] = field(default_factory=list)

    @property
    def starts(self) -> int:
        return sum(len(rooms) for _, times in self.parts for _, rooms in times)


def starts(free: Mapping[str, Any], length: timedelta, zone: ZoneInfo) -> Iterator[datetime]:
    """Tell when a booking of that length may begin in a span: at its full hours, or else once, at its beginning."""
    begins, ends = span_of(dict(free), zone)
    any_hour = False
    at = _next_hour(begins)
    while at + length <= ends:
        any_hour = True
        yield at
        at = (at.astimezone(UTC) + HOUR).astimezone(zone)
    if not any_hour and begins + length <= ends:
        yield begins


def _next_hour(at: datetime) -> datetime:
    """Return the next local moment on the hour."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    steps = -((midnight - at.replace(tzinfo=None)) // HOUR)
    return (midnight + steps * HOUR).replace(tzinfo=at.tzinfo, fold=at.fold)


def length_in(space: Mapping[str, Any], length: timedelta) -> timedelta:
    """Tell how long a booking of a space is made for whoever wants it for so long: as its rules have it."""
    rules = space["rules"]
    step = timedelta(minutes=rules["grid_minutes"])
    return max(-(-length // step) * step, timedelta(minutes=rules["shortest_minutes"]))


def pages(services: Services, unit: str) -> APIRouter:
    """Serve the page at `/rooms`."""
    router = APIRouter()

    @router.get("/rooms", response_class=HTMLResponse)
    async def find(
        request: Request,
        by: Annotated[Visitor, Depends(visitor)],
        equipment: Annotated[tuple[Annotated[str, of_list(Equipment)], ...], SEVERAL] = (),
        accessibility: Annotated[tuple[Annotated[str, of_list(Accessibility)], ...], SEVERAL] = (),
        day: Annotated[str, Query(max_length=10)] = "",
        minutes: Annotated[int, Query(ge=15, le=720)] = 60,
        persons: Annotated[str, Query(pattern=r"^[0-9]{0,5}$")] = "",
        house: Annotated[str, Query(pattern=rf"^$|{CODE}")] = "",
    ) -> HTMLResponse:
        lang, asked, zone = language(request), services.on_behalf_of(request), services.zone
        today = local_time.now(zone).date()
        wish = Wish(chosen_day(day, today), minutes, int(persons or 0) or None, house, equipment, accessibility)
        told, listed = await asyncio.gather(
            asked.search("booking", "/v1/free", by.session, unit=unit, **wish.query()),
            asked.read("booking", "/v1/spaces", unit=unit),
        )
        found = part(told, lambda told: _found(told["days"][0], wish, lang, zone))
        elsewhere = others = None
        if found is not None and not found.starts:
            elsewhere, others = await _instead(asked, unit, wish, lang, zone)
        return PAGES.render(
            request,
            "find.html",
            visitor=by,
            wish=wish,
            strip=strip(wish.day, today, lang),
            strip_address=lambda day: wish.address(lang, day=day),
            today=today,
            heading=local_time.weekday(wish.day, lang),
            houses=part(listed, lambda listed: _houses(listed["spaces"], lang)) or [],
            choices=_choices(part(listed, lambda listed: listed["spaces"]) or [], wish, lang),
            lengths=sorted({*LENGTHS, wish.minutes}),
            found=found,
            elsewhere=elsewhere,
            others=others or [],
            clock=lambda at: clock(at, lang),
        )

    return router


async def _instead(
    asked: Services, unit: str, wish: Wish, lang: str, zone: ZoneInfo
) -> tuple[FoundDay | None, list[tuple[str, str, int]]]:
    """Tell what may do instead: the same day in the other houses, and the next days on which there is something."""
    elsewhere, others = await asyncio.gather(
        _elsewhere(asked, unit, wish, lang, zone), _following(asked, unit, wish, zone, OTHER_DAYS)
    )
    if len(others) < OTHER_DAYS:
        others = await _following(asked, unit, wish, zone, DAYS_AHEAD)
    return elsewhere, [
        (wish.address(lang, day=on), local_time.weekday(date.fromisoformat(on), lang), times)
        for on, times in others[:OTHER_DAYS]
    ]


async def _elsewhere(asked: Services, unit: str, wish: Wish, lang: str, zone: ZoneInfo) -> FoundDay | None:
    if not wish.house:
        return None
    told = await asked.read("booking", "/v1/free", unit=unit, **wish.query(premises=""))
    return part(told, lambda told: _found(told["days"][0], wish, lang, zone))


async def _following(asked: Services, unit: str, wish: Wish, zone: ZoneInfo, days: int) -> list[tuple[str, int]]:
    """Tell on which of the following days there is something, and how many starts. The next few mostly do; to ask for
    all at once would cost several times as much."""
    query = wish.query(**{"from": wish.day + DAY}) | {"days": str(days)}
    told = await asked.read("booking", "/v1/free", unit=unit, **query)
    counted = part(told, lambda told: [(one["date"], len(list(_moments(one, wish, zone)))) for one in told["days"]])
    return [(on, times) for on, times in counted or () if times]


def _choices(spaces: Iterable[Mapping[str, Any]], wish: Wish, lang: str) -> dict[str, list[tuple[str, str, bool]]]:
    """Tell what can be asked for: whatever some room has, and what is asked for already; each with its word."""
    known = list(spaces)
    found = {}
    for listed, asked in wish.must_be.items():
        codes = {code for one in known for code in one.get(listed, ())} | set(asked)
        named = ((code, word(lang, listed, code), code in asked) for code in codes)
        found[listed] = sorted(named, key=lambda one: one[1].casefold())
    return found


def _houses(spaces: Iterable[Mapping[str, Any]], lang: str) -> list[tuple[str, str]]:
    names = {one["premises"]: called(one["premises_names"], lang, one["premises"]) for one in spaces}
    return sorted(names.items(), key=lambda one: one[1])


def _found(day: Mapping[str, Any], wish: Wish, lang: str, zone: ZoneInfo) -> FoundDay:
    every = sorted(_starts(day, wish, lang, zone), key=lambda start: (start.at, start.room, start.house))
    by_time: dict[datetime, list[FreeStart]] = {}
    for start in every:
        by_time.setdefault(start.at, []).append(start)
    parts: dict[str, list[tuple[str, list[FreeStart]]]] = {}
    for at, rooms in by_time.items():
        name = next(name for name, until in PARTS_OF_A_DAY if at.time() < until)
        parts.setdefault(name, []).append((clock(at, lang), rooms))
    closed = [_closed(house, lang, zone) for house in day["premises"] if not _is_open(house)]
    is_today = wish.day == local_time.now(zone).date()
    unfolded = next(iter(parts), "") if is_today or "evening" not in parts else "evening"
    return FoundDay(list(parts.items()), closed, unfolded, list(_cards(day, wish, lang)))


def _cards(day: Mapping[str, Any], wish: Wish, lang: str) -> Iterator[Card]:
    for house in day["premises"]:
        for space in house["spaces"]:
            if not space["free"]:
                continue
            told = words(lang, "equipment", space["equipment"][:MAIN])
            told += words(lang, "accessibility", space["accessibility"][:MAIN])
            yield Card(
                called(space["names"], lang, space["space"]),
                called(house["names"], lang, house["premises"]),
                space["minimum"],
                space["capacity"],
                told,
                f"/rooms/{space['space']}?{urlencode({'day': wish.day, 'lang': lang})}",
            )


def _is_open(house: Mapping[str, Any]) -> bool:
    """Tell whether the house is still open on that day, so that what is not free there is taken."""
    return house["next_open"] is None and bool(house["open"])


def _closed(house: Mapping[str, Any], lang: str, zone: ZoneInfo) -> tuple[str, str | None]:
    opens = house["next_open"]
    when = opens and local_time.on_day(opens["start"], opens["end"], lang, zone)
    return called(house["names"], lang, house["premises"]), when


def _starts(day: Mapping[str, Any], wish: Wish, lang: str, zone: ZoneInfo) -> Iterator[FreeStart]:
    for house, space, at in _moments(day, wish, zone):
        end = (at.astimezone(UTC) + length_in(space, wish.length)).astimezone(zone)
        query = {"space": space["space"], "start": in_address(at), "end": in_address(end), "lang": lang}
        if wish.persons:
            query["persons"] = str(wish.persons)
        yield FreeStart(
            at,
            space["space"],
            called(space["names"], lang, space["space"]),
            called(house["names"], lang, house["premises"]),
            f"/book?{urlencode(query, safe=':')}",
        )


def _moments(
    day: Mapping[str, Any], wish: Wish, zone: ZoneInfo
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], datetime]]:
    """Tell when what is wished may begin on a day, and in which house and space."""
    for house in day["premises"]:
        for space in house["spaces"]:
            for span in space["free"]:
                for at in starts(span, length_in(space, wish.length), zone):
                    yield house, space, at
