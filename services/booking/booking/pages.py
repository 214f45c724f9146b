"""Today's rooms as a page: no script, in Finnish, Swedish or English."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, TypedDict
from zoneinfo import ZoneInfo

from chassis import local_time, service_of
from chassis.pages import Pages, called, language
from fastapi import APIRouter, Query
from fastapi import Request as HttpRequest
from fastapi.responses import HTMLResponse
from omatoimi_contracts.primitives import CODE

from booking import queries
from booking.domain.free import RoomUse
from booking.domain.hours import day_of, local_day
from booking.queries import OpenHours, RoomToday
from booking.views import Span

PAGES = Pages(Path(__file__).parent)
BAR_FROM, BAR_HOURS = time(6), 18
"""The bar of a room's day begins at six in the morning and is so many hours long."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class DayFormatter:
    """How the moments of one local day are told in one language."""

    date: date
    language: str
    zone: ZoneInfo

    @property
    def title(self) -> str:
        return local_time.full_heading(self.date, self.language)

    def clock(self, instant: datetime | None) -> str:
        """Return the time of day; the end of the day is 24, not 0."""
        if instant is None:
            return ""
        if instant == day_of(self.date, self.zone).end:
            eleven = datetime.combine(self.date, time(23), self.zone)
            return local_time.clock(eleven, self.language, self.zone).replace("23", "24")
        return local_time.clock(instant, self.language, self.zone)

    def span(self, of: Span) -> str:
        return f"{self.clock(_moment(of['start']))}–{self.clock(_moment(of['end']))}"

    def bar(self, of: Span) -> tuple[int, int]:
        """Tell where a span lies in the bar of the day: its start and its length in minutes."""
        begins = datetime.combine(self.date, BAR_FROM, self.zone)
        start, end = (max(0, _minutes(_moment(of[edge]) - begins)) for edge in ("start", "end"))
        return start, end - start


@router.get("/", response_class=HTMLResponse)
async def rooms(http: HttpRequest, unit: Annotated[str | None, Query(pattern=CODE)] = None) -> HTMLResponse:
    """Tell which rooms are free now and until when, and what is taken today."""
    service = service_of(http)
    now, spoken, zone = service.clock(), language(http), service.installation.time_zone
    async with service.pool.acquire() as conn:
        shown = await queries.today(conn, now, unit, zone)
    words = PAGES.words[spoken]
    answer = PAGES.render(
        http,
        "rooms.html",
        unit=unit,
        day=DayFormatter(local_day(now, zone), spoken, zone),
        bar=BAR_HOURS * 60,
        kind=lambda code: words.get(f"hours.{code}", code),
        premises=_premises(shown["spaces"], spoken),
    )
    # A copy kept for a minute would offer what is taken.
    answer.headers["Cache-Control"] = "no-cache"
    return answer


class NamedRoom(RoomToday):
    """A room by its name in one language, how it stands, and until when; for `later` it is from when on it is free."""

    name: str
    state: RoomUse
    until: datetime | None


class OpenPremises(TypedDict):
    """Premises by their name in one language: when they are open today, whether anything is booked there, their
    rooms."""

    name: str
    open: list[OpenHours]
    booked: bool
    rooms: list[NamedRoom]


def _premises(rooms: list[RoomToday], language: str) -> list[OpenPremises]:
    premises: dict[str, OpenPremises] = {}
    for room in rooms:
        code = room["premises"]
        name = called(room["premises_names"], language, code)
        shown = premises.setdefault(code, {"name": name, "open": room["open"], "booked": False, "rooms": []})
        shown["booked"] |= bool(room["taken"])
        shown["rooms"].append(_named(room, language))
    return list(premises.values())


def _named(room: RoomToday, language: str) -> NamedRoom:
    now = room["now"]
    return {
        **room,
        "name": called(room["names"], language, room["space"]),
        "state": now["state"],
        "until": _moment(now["until"]) if now["until"] else None,
    }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _minutes(length: timedelta) -> int:
    return round(length.total_seconds() / 60)
