"""What anybody may read of rooms over HTTP: one room with all that is said about it, and the free times of all."""

from datetime import date, timedelta
from typing import Annotated, TypedDict

from chassis import PUBLIC, Connection, Lang, Problem, Service, endpoint, service_of
from chassis.last_acts import reading, tell_state
from chassis.pages import called
from fastapi import APIRouter, Depends, Query
from fastapi import Request as HttpRequest
from fastapi.responses import Response
from omatoimi_contracts.lists import of_list
from omatoimi_contracts.primitives import CODE, Day
from omatoimi_contracts.rooms import Accessibility, Equipment
from omatoimi_contracts.vocabulary import Slot

from booking import availability
from booking.availability import FreeDay, Sought, SpaceDays
from booking.domain.hours import DAY, day_of, local_day
from booking.domain.rules import AHEAD
from booking.feed import icalendar
from booking.searcher import Searcher, searcher
from booking.store import register
from booking.store.register import ListedSpace

router = APIRouter()

Unit = Annotated[str | None, Query(pattern=CODE, description="The library whose service area it is; all without it.")]
EquipmentThere = Annotated[
    tuple[Annotated[Equipment, of_list(Equipment)], ...],
    Query(max_length=20, description="What must stand there: all of it."),
]
AccessThere = Annotated[
    tuple[Annotated[Accessibility, of_list(Accessibility)], ...],
    Query(max_length=20, description="How one must get in and about: all of it."),
]
"""A search is told further as it was made: it names no code that no list has."""
CALENDAR = timedelta(days=90)
"""So far ahead the calendar of a space goes."""


class FreeTimes(TypedDict):
    """The free times of some days, with what was asked for: for how many minutes at least, how many persons, and what
    must all be there."""

    unit: str | None
    minutes: int
    persons: int
    equipment: list[str]
    accessibility: list[str]
    days: list[FreeDay]


class RulesOfSpace(TypedDict):
    """A version of a space's house rules, by language."""

    space: str
    version: int
    words: dict[str, str]


def _days(service: Service, first: date | None, days: int) -> list[date]:
    """Return the local days that are asked for. Raises a problem where one is past, or none can be booked any more."""
    now, zone = service.clock(), service.installation.time_zone
    today, last = local_day(now, zone), local_day(now + AHEAD, zone)
    if first is not None and not today <= first <= last:
        raise Problem(422, "malformed", "Ask for a day from today on, at most 365 days ahead.", pointer="/from")
    begins = first or today
    return [day for day in (begins + n * DAY for n in range(days)) if day <= last]


@endpoint(router, "/v1/free", may=PUBLIC, tags=["public"], summary="The free times of all spaces, day by day")
async def free_times(
    http: HttpRequest,
    by: Annotated[Searcher, Depends(searcher)],
    equipment: EquipmentThere = (),
    accessibility: AccessThere = (),
    unit: Unit = None,
    premises: Annotated[str | None, Query(pattern=CODE, description="Only of these premises.")] = None,
    first: Annotated[Day | None, Query(alias="from", description="The first local day; today without it.")] = None,
    days: Annotated[int, Query(ge=1, le=14, description="How many days.")] = 1,
    minutes: Annotated[int, Query(ge=1, le=1440, description="How long a space must be free at least.")] = 30,
    persons: Annotated[int | None, Query(ge=1, le=100_000, description="How many are to come.")] = None,
) -> FreeTimes:
    """Show when each space that is for so many and has all that must be there can be had for so long, from now on, and
    when premises that are closed on that day open next. What stands in the way is not told. It counts as one search,
    also where nothing is free."""
    service = service_of(http)
    now, zone = service.clock(), service.installation.time_zone
    asked = _days(service, first, days)
    must_be = {"equipment": sorted(set(equipment)), "accessibility": sorted(set(accessibility))}
    sought = Sought(unit, premises, timedelta(minutes=minutes), persons, *map(frozenset, must_be.values()))
    async with service.pool.acquire() as conn:
        rows = await availability.spaces_of(conn, sought)
        found = await availability.free_days(conn, rows, sought, asked, now, zone)
    units = {row.unit for row in rows}
    hits = sum(len(space["free"]) for day in found for house in day["premises"] for space in house["spaces"])
    span = Slot(start=day_of(asked[0], zone).start, end=day_of(asked[-1], zone).end)
    where = units.pop() if len(units) == 1 else unit or "none"
    by.found(service, where, span, hits, persons=persons or 1, **must_be)
    return {
        "unit": unit,
        "minutes": minutes,
        "persons": persons or 1,
        "equipment": must_be["equipment"],
        "accessibility": must_be["accessibility"],
        "days": found,
    }


async def _listed(http: HttpRequest, conn: Connection, space: str) -> ListedSpace:
    rows = await register.listed(conn, space=space)
    if not rows:
        raise Problem(404, "unknown-space", service_of(http).reason("unknown-space", "en")[1], pointer="/space")
    return rows[0]


@endpoint(router, "/v1/spaces/{space}", may=PUBLIC, tags=["public"], summary="A space, its rules and its days")
async def one_space(
    http: HttpRequest,
    space: str,
    first: Annotated[Day | None, Query(alias="from", description="The first local day; today without it.")] = None,
    days: Annotated[int, Query(ge=1, le=31, description="How many days.")] = 7,
    *,
    answer: Response,
) -> SpaceDays:
    """Show what may be known of a space: what it is called and what is said of it, the rules that hold there in
    numbers, for each day when it is open, taken and to be had, and when it is next free. No word of who has it."""
    service = service_of(http)
    async with reading(service) as conn:
        row, zone = await _listed(http, conn, space), service.installation.time_zone
        told = await availability.space_days(conn, row, _days(service, first, days), service.clock(), zone)
        return await tell_state(service, conn, space, told, answer)


@endpoint(
    router,
    "/v1/spaces/{space}/house-rules",
    may=PUBLIC,
    tags=["public"],
    summary="The house rules of a space, as they are or as they were",
)
async def house_rules(
    http: HttpRequest,
    space: str,
    version: Annotated[int | None, Query(ge=1, le=1_000_000, description="The last one without it.")] = None,
) -> RulesOfSpace:
    """Show what somebody has accepted with a booking: each version is kept, also of a space that is retired."""
    async with service_of(http).pool.acquire() as conn:
        found = await register.house_rules(conn, space, version)
    if found is None:
        raise Problem(404, "unknown-rules", "The space has no such house rules.", pointer="/version")
    return {"space": space, "version": found.version, "words": found.words}


@endpoint(
    router,
    "/v1/spaces/{space}/calendar.ics",
    may=PUBLIC,
    tags=["public"],
    summary="When a space is taken, as iCalendar",
    response_class=Response,
)
async def calendar_of(http: HttpRequest, space: str, lang: Lang) -> Response:
    """Publish a space's calendar for the next 90 days, to be subscribed to. It says when the space is taken and no
    word of who has it."""
    service = service_of(http)
    now, zone = service.clock(), service.installation.time_zone
    days = Slot(start=day_of(local_day(now, zone), zone).start, end=now + CALENDAR)
    async with service.pool.acquire() as conn:
        row = await _listed(http, conn, space)
        taken = await availability.taken_times(conn, row, days)
    name, house = called(row.names, lang, row.space), called(row.premises_names, lang, row.premises)
    return Response(icalendar(row.space, name, house, taken, days.start, lang), media_type="text/calendar")
