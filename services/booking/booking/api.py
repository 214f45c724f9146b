"""What of booking may be read over HTTP. What may be asked for stands beside its handler."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, TypedDict
from uuid import UUID

from chassis import (
    KEEPERS,
    MINE,
    OF_THEIR_HOUSES,
    OWN,
    PUBLIC,
    Caller,
    Connection,
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
from chassis.last_acts import Tagged, reading, tell_state, tell_states
from fastapi import APIRouter, Depends, Query
from fastapi import Request as HttpRequest
from fastapi.responses import Response
from omatoimi_contracts.booking import BookingRefused
from omatoimi_contracts.premises import HoursSet
from omatoimi_contracts.primitives import CODE, Day, Instant
from omatoimi_contracts.vocabulary import Slot

from booking import queries, quotas, rooms, views
from booking.domain.hours import day_of, local_day
from booking.domain.rules import AHEAD
from booking.domain.tasks import TaskState
from booking.entries import SpaceInShort
from booking.searcher import Searcher, searcher
from booking.store import bookings, codes, register, tasks, things
from booking.store.bookings import Listing
from booking.store.register import ListedPremises
from booking.store.tasks import ListedTask

router = APIRouter()
router.include_router(quotas.router)
router.include_router(rooms.router)

BOOKING = KEEPERS | OWN
"""Who may see a booking."""
UnitQuery = Annotated[
    str | None, Query(pattern=CODE, description="The library whose service area it is; all without it.")
]
LONGEST_SEARCH = timedelta(days=366)


class ListedSpaces(TypedDict):
    """The spaces that can be booked."""

    spaces: list[SpaceInShort]


class PremisesOfRegister(TypedDict):
    """The premises of the register, those without a space too."""

    premises: list[ListedPremises]


class PremisesHours(Tagged):
    """The opening hours of premises: the period in force today, and those that follow."""

    premises: str
    periods: list[queries.HoursPeriod]


class FreeStretches(TypedDict):
    """The stretches of time in which a booking of a space may lie."""

    space: str
    free: list[views.Span]


class HeldSpace(TypedDict):
    """When which verified association has a room today."""

    space: str
    held: list[queries.HeldSpan]


class HeldSpaces(TypedDict):
    """The rooms that verified associations have today, of a unit or of all."""

    unit: str | None
    spaces: list[HeldSpace]


class ListedBookings(TypedDict):
    """The bookings of whoever asked."""

    bookings: list[views.BookingOfMaker]


class ListedTasks(TypedDict):
    """The service tasks in one state, those due first at the front."""

    tasks: list[ListedTask]


@endpoint(router, "/v1/spaces", may=PUBLIC, tags=["public"], summary="The spaces that can be booked")
async def list_spaces(http: HttpRequest, unit: UnitQuery = None) -> ListedSpaces:
    async with service_of(http).pool.acquire() as conn:
        return {"spaces": await queries.spaces(conn, unit=unit)}


@endpoint(router, "/v1/premises", may=PUBLIC, tags=["public"], summary="The premises of the register")
async def list_premises(http: HttpRequest, unit: UnitQuery = None) -> PremisesOfRegister:
    async with service_of(http).pool.acquire() as conn:
        return {"premises": await register.listed_premises(conn, unit)}


@endpoint(router, "/v1/premises/{premises}/hours", may=PUBLIC, tags=["public"], summary="The opening hours of premises")
async def list_hours(http: HttpRequest, premises: str, answer: Response) -> PremisesHours:
    """Show the periods of opening hours: the one in force today, and those that follow."""
    service = service_of(http)
    async with reading(service) as conn:
        found = await register.premises(conn, premises)
        if found is None or found.retired:
            raise Problem(404, "unknown-premises", service.reason("unknown-premises", "en")[1], pointer="/premises")
        today = local_day(service.clock(), service.installation.time_zone)
        told: PremisesHours = {"premises": premises, "periods": await queries.opening_hours(conn, premises, today)}
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
    unit: UnitQuery = None,
    premises: Annotated[str | None, Query(pattern=CODE, description="Of these premises alone.")] = None,
    limit: Annotated[int, Query(ge=1, le=2000)] = 1000,
) -> queries.Schedule:
    """Show bookings that stand, each with its service tasks, and blocks, by their start. `complete` tells whether
    these are all."""
    service, within = service_of(http), _forward(start, end)
    async with reading(service) as conn:
        found = await queries.schedule(conn, within, houses(by), unit=unit, premises=premises, limit=limit)
        await tell_states(service, conn, "booking", found["bookings"])
        await tell_states(service, conn, "block", found["blocks"])
        await tell_states(service, conn, "task", [task for one in found["bookings"] for task in one["tasks"]])
    return found


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
    by: Annotated[Searcher, Depends(searcher)],
    minutes: Annotated[int, Query(ge=1, le=1440, description="How long it must be free at least.")] = 30,
) -> FreeStretches:
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
                conn, found, within, timedelta(minutes=minutes), now, service.installation.time_zone
            )
    by.found(service, found.unit, wanted, len(free), space=found.space)
    return {"space": space, "free": [views.slot(slot) for slot in free]}


@endpoint(
    router,
    "/v1/today",
    may=PUBLIC,
    tags=["public"],
    summary="The rooms of today or another day: what is free, what is taken",
)
async def today(
    http: HttpRequest,
    unit: UnitQuery = None,
    day: Annotated[Day | None, Query(description="A local day from today on, as far as can be booked.")] = None,
) -> queries.Today:
    service = service_of(http)
    now, zone = service.clock(), service.installation.time_zone
    if day is not None and not local_day(now, zone) <= day <= local_day(now + AHEAD, zone):
        raise Problem(422, "malformed", "Ask for a day from today on, at most 365 days ahead.", pointer="/day")
    async with service.pool.acquire() as conn:
        return await queries.today(conn, max(now, day_of(day, zone).start) if day else now, unit, zone)


@endpoint(
    router,
    "/v1/today/associations",
    may=PUBLIC,
    tags=["public"],
    summary="Which verified associations have the rooms of today",
)
async def associations_today(http: HttpRequest, unit: UnitQuery = None) -> HeldSpaces:
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
) -> ListedBookings:
    """List upcoming ones the next first, others the last first. Their own are also what they booked in the name of an
    association that they act for now."""
    service = service_of(http)
    if organisation is not None and organisation not in by.acts_for:
        raise Problem(403, "not-acting-for", service.reason("not-acting-for", "en")[1], parameter="organisation")
    async with service.pool.acquire() as conn:
        found = await bookings.of_caller(conn, by, organisation, state, service.clock(), limit, offset)
        given = await codes.of(conn, [one.booking for one in found])
    return {
        "bookings": [{**views.with_number(one), **views.of_its_maker(one, given.get(one.booking))} for one in found]
    }


@endpoint(
    router, "/v1/bookings/{booking}", may=BOOKING, tags=["bookings"], summary="A booking, for whose it is and the staff"
)
async def one_booking(
    http: HttpRequest, booking: UUID, by: Annotated[Caller, Depends(caller)], answer: Response
) -> views.BookingInFull:
    service = service_of(http)
    async with reading(service) as conn:
        found, given = await bookings.find(conn, booking), await codes.of(conn, [booking])
        if found is None or not BOOKING.allows(by, things.of(found)):
            raise Problem(404, "unknown-booking", "There is no such booking of yours.")
        shown = await tell_state(service, conn, booking, views.with_number(found), answer)
    own, kept = OWN.allows(by, things.of(found)), by.keeps(found.unit, found.owner)
    of_maker = views.of_its_maker(found, given.get(booking)) if own else views.SeenByMaker()
    return {**shown, **of_maker, **(views.of_the_house(found) if kept else views.SeenByHouse())}


@endpoint(
    router, "/v1/tasks", may=OF_THEIR_HOUSES, tags=["staff"], summary="The service tasks, those due first at the front"
)
async def list_tasks(
    http: HttpRequest,
    by: Annotated[Caller, Depends(caller)],
    unit: UnitQuery = None,
    state: TaskState = TaskState.OPEN,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> ListedTasks:
    service = service_of(http)
    async with reading(service) as conn:
        found = await tasks.in_state(conn, state, houses(by), unit, limit)
        return {"tasks": await tell_states(service, conn, "task", found)}


async def resources(service: Service, conn: Connection, outcomes: Sequence[Outcome]) -> list[Resource | None]:
    """Return the bookings that outcomes are about, as they are now; of opening hours, the bookings outside them."""
    ids = [_booking_of(outcome) for outcome in outcomes]
    found = await bookings.find_all(conn, [id_ for id_ in ids if id_])
    shown = {id_: Resource(views.booking(one), BOOKING, things.of(one)) for id_, one in found.items()}
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
