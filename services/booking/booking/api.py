"""What of booking may be read over HTTP. What may be asked for stands beside its handler."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from chassis import (
    KEEPERS,
    MINE,
    OF_THEIR_HOUSES,
    OWN,
    PUBLIC,
    Caller,
    Connection,
    Lang,
    Outcome,
    Problem,
    Resource,
    Service,
    Thing,
    caller,
    endpoint,
    houses,
    service_of,
)
from chassis.last_acts import reading, tell_state, tell_states
from chassis.pages import called
from fastapi import APIRouter, Depends, Query
from fastapi import Request as HttpRequest
from fastapi.responses import Response
from omatoimi_contracts.booking import BookingRefused
from omatoimi_contracts.premises import HoursSet
from omatoimi_contracts.primitives import CODE, Day, Instant
from omatoimi_contracts.vocabulary import Slot

from booking import availability, queries, quotas
from booking.availability import Sought
from booking.domain.hours import DAY, day_of, local_day
from booking.domain.rules import AHEAD
from booking.domain.tasks import TaskState
from booking.feed import icalendar
from booking.searcher import Searcher
from booking.store import bookings, codes, register, tasks, things
from booking.store.bookings import Listing
from booking.store.register import ListedSpace

router = APIRouter()
router.include_router(quotas.router)

BOOKING = KEEPERS | OWN
"""Who may see a booking."""
Unit = Annotated[str | None, Query(pattern=CODE, description="The library whose service area it is; all without it.")]
LONGEST_SEARCH = timedelta(days=366)
CALENDAR = timedelta(days=90)
"""So far ahead the calendar of a space goes."""


@endpoint(router, "/v1/spaces", may=PUBLIC, tags=["public"], summary="The spaces that can be booked")
async def list_spaces(http: HttpRequest, unit: Unit = None) -> dict[str, Any]:
    async with service_of(http).pool.acquire() as conn:
        return {"spaces": await queries.spaces(conn, unit=unit)}


@endpoint(router, "/v1/premises", may=PUBLIC, tags=["public"], summary="The premises of the register")
async def list_premises(http: HttpRequest, unit: Unit = None) -> dict[str, Any]:
    async with service_of(http).pool.acquire() as conn:
        return {"premises": await register.listed_premises(conn, unit)}


@endpoint(router, "/v1/premises/{premises}/hours", may=PUBLIC, tags=["public"], summary="The opening hours of premises")
async def list_hours(http: HttpRequest, premises: str, answer: Response) -> dict[str, Any]:
    """Show the periods of opening hours: the one in force today, and those that follow."""
    service = service_of(http)
    async with reading(service) as conn:
        found = await register.premises(conn, premises)
        if found is None or found.retired:
            raise Problem(404, "unknown-premises", service.reason("unknown-premises", "en")[1], pointer="/premises")
        today = local_day(service.clock(), service.installation.time_zone)
        told = {"premises": premises, "periods": await queries.opening_hours(conn, premises, today)}
        return await tell_state(service, conn, premises, told, answer)


@endpoint(
    router,
    "/v1/schedule",
    may=OF_THEIR_HOUSES,
    tags=["staff"],
    summary="What is booked and blocked between two moments",
)
async def schedule(
    http: HttpRequest,
    by: Annotated[Caller, Depends(caller)],
    start: Annotated[Instant, Query(alias="from", description="From when, with an offset.")],
    end: Annotated[Instant, Query(alias="to", description="Until when, with an offset; at most 366 days on.")],
    unit: Unit = None,
    premises: Annotated[str | None, Query(pattern=CODE, description="Of these premises alone.")] = None,
    limit: Annotated[int, Query(ge=1, le=2000)] = 1000,
) -> dict[str, Any]:
    """Show bookings that stand, each with its service tasks, and blocks, by their start. `complete` tells whether
    these are all."""
    service, within = service_of(http), _forward(start, end)
    async with reading(service) as conn:
        found = await queries.schedule(conn, within, houses(by), unit=unit, premises=premises, limit=limit)
        await tell_states(service, conn, "booking", found["bookings"])
        await tell_states(service, conn, "block", found["blocks"])
        await tell_states(service, conn, "task", [task for one in found["bookings"] for task in one["tasks"]])
    return dict(found)


def _forward(start: datetime, end: datetime) -> Slot:
    if not timedelta() < end - start <= LONGEST_SEARCH:
        raise Problem(422, "malformed", "Search forward in time, at most 366 days.", pointer="/to")
    return Slot(start=start, end=end)


@endpoint(router, "/v1/spaces/{space}/free", may=PUBLIC, tags=["public"], summary="When a space is free")
async def search(
    http: HttpRequest,
    space: str,
    start: Annotated[Instant, Query(alias="from", description="From when, with an offset.")],
    end: Annotated[Instant, Query(alias="to", description="Until when, with an offset; at most 366 days on.")],
    searcher: Annotated[Searcher, Depends()],
    minutes: Annotated[int, Query(ge=1, le=720, description="How long it must be free at least.")] = 30,
) -> dict[str, Any]:
    """Show the stretches of time in which a booking of at least so many minutes may lie, its buffers counted in. What
    is gone, or too far ahead to be booked, is not free."""
    service = service_of(http)
    wanted = _forward(start, end)
    now = service.clock()
    earliest, latest = max(start, now), min(end, now + AHEAD)
    async with service.pool.acquire() as conn:
        found = await queries.space(conn, space)
        if found is None:
            raise Problem(404, "unknown-space", service.reason("unknown-space", "en")[1], pointer="/space")
        free: list[Slot] = []
        if earliest < latest:
            within = Slot(start=earliest, end=latest)
            free = await queries.free_times(
                conn, found, within, timedelta(minutes=minutes), service.installation.time_zone
            )
    searcher.found(service, found.unit, wanted, len(free), space=found.space)
    return {"space": space, "free": [queries.slot(slot) for slot in free]}


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
    searcher: Annotated[Searcher, Depends()],
    unit: Unit = None,
    premises: Annotated[str | None, Query(pattern=CODE, description="Only of these premises.")] = None,
    first: Annotated[Day | None, Query(alias="from", description="The first local day; today without it.")] = None,
    days: Annotated[int, Query(ge=1, le=14, description="How many days.")] = 1,
    minutes: Annotated[int, Query(ge=1, le=720, description="How long a space must be free at least.")] = 30,
    persons: Annotated[int, Query(ge=1, le=100_000, description="How many it must hold at least.")] = 1,
) -> dict[str, Any]:
    """Show when each space that is large enough can be had for so long, from now on, and when premises that are closed
    on that day open next. What stands in the way is not told. It counts as one search, also where nothing is free."""
    service = service_of(http)
    now, zone = service.clock(), service.installation.time_zone
    asked = _days(service, first, days)
    sought = Sought(unit, premises, timedelta(minutes=minutes), persons)
    async with service.pool.acquire() as conn:
        rows = await availability.spaces_of(conn, sought)
        found = await availability.free_days(conn, rows, sought, asked, now, zone)
    units = {row.unit for row in rows}
    hits = sum(len(space["free"]) for day in found for house in day["premises"] for space in house["spaces"])
    span = Slot(start=day_of(asked[0], zone).start, end=day_of(asked[-1], zone).end)
    searcher.found(service, units.pop() if len(units) == 1 else unit or "none", span, hits, persons=persons)
    return {"unit": unit, "minutes": minutes, "persons": persons, "days": found}


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
) -> dict[str, Any]:
    """Show what may be known of a space: what it is called, the rules that hold there in numbers, for each day when it
    is open, taken and to be had, and when it is next free. No word of who has it."""
    service = service_of(http)
    async with reading(service) as conn:
        row, zone = await _listed(http, conn, space), service.installation.time_zone
        told = dict(await availability.space_days(conn, row, _days(service, first, days), service.clock(), zone))
        return await tell_state(service, conn, space, told, answer)


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


@endpoint(
    router,
    "/v1/today",
    may=PUBLIC,
    tags=["public"],
    summary="The rooms of today or another day: what is free, what is taken",
)
async def today(
    http: HttpRequest,
    unit: Unit = None,
    day: Annotated[Day | None, Query(description="A local day from today on, as far as can be booked.")] = None,
) -> dict[str, Any]:
    service = service_of(http)
    now, zone = service.clock(), service.installation.time_zone
    if day is not None and not local_day(now, zone) <= day <= local_day(now + AHEAD, zone):
        raise Problem(422, "malformed", "Ask for a day from today on, at most 365 days ahead.", pointer="/day")
    async with service.pool.acquire() as conn:
        return dict(await queries.today(conn, max(now, day_of(day, zone).start) if day else now, unit, zone))


@endpoint(
    router,
    "/v1/today/associations",
    may=PUBLIC,
    tags=["public"],
    summary="Which verified associations have the rooms of today",
)
async def associations_today(http: HttpRequest, unit: Unit = None) -> dict[str, Any]:
    """Show by room when which association has it, for boards at the door; notices tells its name. Rooms that somebody
    else has, or nobody, are left out: no word of who."""
    service = service_of(http)
    async with service.pool.acquire() as conn:
        found = await queries.held_today(conn, service.clock(), unit, service.installation.time_zone)
    return {"unit": unit, "spaces": [{"space": room, "held": spans} for room, spans in found.items()]}


@endpoint(router, "/v1/bookings", may=MINE, tags=["bookings"], summary="The bookings of who has signed in")
async def my_bookings(
    http: HttpRequest,
    by: Annotated[Caller, Depends(caller)],
    state: Annotated[Listing, Query(description="Upcoming are also those that go on now.")] = "upcoming",
    organisation: Annotated[
        UUID | None, Query(description="Of this association, which the person acts for; without it, their own.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> dict[str, Any]:
    """List upcoming ones the next first, others the last first. Their own are also what they booked in the name of an
    association that they act for now."""
    service = service_of(http)
    if organisation is not None and organisation not in by.acts_for:
        raise Problem(403, "not-acting-for", service.reason("not-acting-for", "en")[1], parameter="organisation")
    async with service.pool.acquire() as conn:
        found = await bookings.of_caller(conn, by, organisation, state, service.clock(), limit, offset)
        given = await codes.of(conn, [one.booking for one in found])
    shown = [queries.with_number(one) | queries.of_its_maker(one, given.get(one.booking)) for one in found]
    return {"bookings": shown}


@endpoint(
    router, "/v1/bookings/{booking}", may=BOOKING, tags=["bookings"], summary="A booking, for whose it is and the staff"
)
async def one_booking(
    http: HttpRequest, booking: UUID, by: Annotated[Caller, Depends(caller)], answer: Response
) -> dict[str, Any]:
    service = service_of(http)
    async with reading(service) as conn:
        found, given = await bookings.find(conn, booking), await codes.of(conn, [booking])
        if found is None or not BOOKING.allows(by, things.of(found)):
            raise Problem(404, "unknown-booking", "There is no such booking of yours.")
        shown = queries.with_number(found)
        shown = await tell_state(service, conn, booking, shown, answer)
    if OWN.allows(by, things.of(found)):
        shown |= queries.of_its_maker(found, given.get(booking))
    return shown | queries.of_the_house(found) if by.keeps(found.unit, found.owner) else shown


@endpoint(
    router, "/v1/tasks", may=OF_THEIR_HOUSES, tags=["staff"], summary="The service tasks, those due first at the front"
)
async def list_tasks(
    http: HttpRequest,
    by: Annotated[Caller, Depends(caller)],
    unit: Unit = None,
    state: TaskState = TaskState.OPEN,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> dict[str, Any]:
    service = service_of(http)
    async with reading(service) as conn:
        found = [asdict(task) for task in await tasks.in_state(conn, state, houses(by), unit, limit)]
        return {"tasks": await tell_states(service, conn, "task", found)}


async def resources(service: Service, conn: Connection, outcomes: Sequence[Outcome]) -> list[Resource | None]:
    """Return the bookings that outcomes are about, as they are now; of opening hours, the bookings outside them."""
    ids = [_booking_of(outcome) for outcome in outcomes]
    found = await bookings.find_all(conn, [id_ for id_ in ids if id_])
    shown = {id_: Resource(queries.booking(one), BOOKING, things.of(one)) for id_, one in found.items()}
    return [
        await _hours(service, conn, outcome) if outcome.type == HoursSet.TYPE else shown.get(id_) if id_ else None
        for id_, outcome in zip(ids, outcomes, strict=True)
    ]


async def _hours(service: Service, conn: Connection, outcome: Outcome) -> Resource | None:
    """Tell what whoever sets opening hours must know of them: which bookings lie outside."""
    premises, since = outcome.data["premises"], date.fromisoformat(outcome.data["valid_from"])
    of = await register.premises(conn, premises)
    zone = service.installation.time_zone
    outside = await queries.outside_hours(conn, premises, since, service.clock(), zone)
    document = {"premises": premises, "valid_from": since.isoformat(), "outside": outside}
    return Resource(document, KEEPERS, Thing(None, of.unit, department=of.owner)) if of else None


def _booking_of(outcome: Outcome) -> UUID | None:
    told = outcome.data.get("booking")
    # One that was refused is nowhere, and a task shows itself.
    if told is None or outcome.type == BookingRefused.TYPE or outcome.type.startswith("omatoimi.task."):
        return None
    return UUID(told)
