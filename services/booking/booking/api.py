"""The doors of booking over HTTP: one resource an act, and what may be read."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from chassis import Connection, Door, Emission, Outcome, Principal, Problem, Service, Transaction, principal, service_of
from chassis.outbox import write_all
from fastapi import APIRouter, Depends, Header, Query
from fastapi import Request as HttpRequest
from fastapi.responses import JSONResponse
from omatoimi_contracts.outcomes import SearchPerformed
from omatoimi_contracts.requests import (
    AttendanceRequested,
    BlockingRequested,
    BookingRequested,
    CancellationRequested,
    HoursRequested,
    MoveRequested,
    PremisesRequested,
    SpaceRequested,
    TaskChangeRequested,
    WalkInRequested,
)
from omatoimi_contracts.vocabulary import CODE, Slot
from pydantic import AwareDatetime
from uuid_utils.compat import uuid7

from booking import views
from booking.store import bookings, tasks

router = APIRouter()

Asking = Annotated[Door, Depends()]
By = Annotated[Principal, Depends(principal)]
Unit = Annotated[str | None, Query(pattern=CODE, description="The library whose service area it is; all without it.")]
LONGEST_SEARCH = timedelta(days=366)


@router.post("/v1/bookings", tags=["bookings"], summary="May I have this space then", status_code=201)
async def book(body: BookingRequested, door: Asking) -> JSONResponse:
    return await door.ask(body)


@router.post("/v1/moves", tags=["bookings"], summary="Another time, or another space of the same premises")
async def move(body: MoveRequested, door: Asking) -> JSONResponse:
    return await door.ask(body)


@router.post("/v1/cancellations", tags=["bookings"], summary="Give a booking back")
async def cancel(body: CancellationRequested, door: Asking) -> JSONResponse:
    return await door.ask(body)


@router.post(
    "/v1/attendances", tags=["use"], summary="They came, they stayed away, so many were there", status_code=201
)
async def attend(body: AttendanceRequested, door: Asking) -> JSONResponse:
    return await door.ask(body)


@router.post("/v1/walk-ins", tags=["use"], summary="Use without a booking was seen", status_code=201)
async def walk_in(body: WalkInRequested, door: Asking) -> JSONResponse:
    return await door.ask(body)


@router.post("/v1/blockings", tags=["staff"], summary="Take a space out of booking, or lift a block", status_code=201)
async def block(body: BlockingRequested, door: Asking) -> JSONResponse:
    return await door.ask(body)


@router.post("/v1/task-changes", tags=["staff"], summary="A service task is done, or reopened", status_code=201)
async def change_task(body: TaskChangeRequested, door: Asking) -> JSONResponse:
    return await door.ask(body)


@router.post("/v1/premises", tags=["staff"], summary="Register, change or retire premises", status_code=201)
async def register_premises(body: PremisesRequested, door: Asking) -> JSONResponse:
    return await door.ask(body)


@router.post("/v1/spaces", tags=["staff"], summary="Register, change or retire a space", status_code=201)
async def register_space(body: SpaceRequested, door: Asking) -> JSONResponse:
    return await door.ask(body)


@router.post("/v1/hours", tags=["staff"], summary="Set opening hours from a local date on", status_code=201)
async def set_hours(body: HoursRequested, door: Asking) -> JSONResponse:
    return await door.ask(body)


@router.get("/v1/spaces", tags=["public"], summary="The spaces that can be booked")
async def list_spaces(http: HttpRequest, unit: Unit = None) -> dict[str, Any]:
    async with service_of(http).pool.acquire() as conn:
        return {"spaces": await views.spaces(conn, unit=unit)}


@router.get("/v1/spaces/{space}/free", tags=["public"], summary="When a space is free")
async def search(
    http: HttpRequest,
    space: str,
    start: Annotated[AwareDatetime, Query(alias="from", description="From when, with an offset.")],
    end: Annotated[AwareDatetime, Query(alias="to", description="Until when, with an offset; at most 366 days on.")],
    minutes: Annotated[int, Query(ge=1, le=720, description="How long it must be free at least.")] = 30,
    session: Annotated[UUID | None, Header(description="Random, one visit of one person.")] = None,
    content_language: Annotated[str, Header(pattern=r"^[a-z]{2,8}$")] = "fi",
) -> dict[str, Any]:
    """The stretches of time in which a booking of at least so many minutes may lie, its buffers counted in. Each search
    is counted, also one that finds nothing: that is demand not met."""
    service = service_of(http)
    if not timedelta() < end - start <= LONGEST_SEARCH:
        raise Problem(422, "malformed", "Search forward in time, at most 366 days.", pointer="/to")
    wanted = Slot(start=start, end=end)
    now = service.clock()
    async with service.pool.acquire() as conn:
        # What is gone cannot be had: a search that lies in the past finds nothing.
        rest = Slot(start=max(start, now), end=end) if end > now else None
        found = await views.free_times(conn, space, rest or wanted, timedelta(minutes=minutes))
    if found is None:
        raise Problem(404, "unknown-space", service.reasons["unknown-space"][1], pointer="/space")
    free = found[1] if rest else []
    await _count_search(
        service,
        found[0].unit,
        SearchPerformed(search=session or uuid7(), session=session, hits=len(free), wanted=wanted, space=space),
        content_language,
    )
    return {"space": space, "free": [views.slot(slot) for slot in free]}


async def _count_search(service: Service, unit: str, fact: SearchPerformed, language: str) -> None:
    async with service.pool.acquire() as conn, conn.transaction():
        tx = Transaction(conn, service.clock())
        tx.emit(Emission(fact, unit, "web", language=language))
        await write_all(service, tx)


@router.get("/v1/today", tags=["public"], summary="Today's rooms: what is free and what is taken")
async def today(http: HttpRequest, unit: Unit = None) -> dict[str, Any]:
    service = service_of(http)
    async with service.pool.acquire() as conn:
        return await views.today(conn, service.clock(), unit)


@router.get("/v1/bookings/{booking}", tags=["bookings"], summary="A booking, for its channel and the staff")
async def one_booking(http: HttpRequest, booking: UUID, by: By) -> dict[str, Any]:
    async with service_of(http).pool.acquire() as conn:
        found = await bookings.find(conn, booking)
    if found is None or not (by.staff or found.source == by.source):
        raise Problem(404, "unknown-booking", "There is no such booking of this channel.")
    return views.booking(found)


@router.get("/v1/tasks", tags=["staff"], summary="The service tasks, those due first at the front")
async def list_tasks(
    http: HttpRequest,
    by: By,
    unit: Unit = None,
    state: Literal["open", "done", "cancelled"] = "open",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> dict[str, Any]:
    if not by.staff:
        raise Problem(403, "not-allowed", "Tasks are shown to staff channels.")
    async with service_of(http).pool.acquire() as conn:
        return {"tasks": await tasks.in_state(conn, state, unit, limit)}


async def resource(conn: Connection, outcome: Outcome) -> dict[str, Any] | None:
    """The booking that an outcome is about, as it is now."""
    if "booking" not in outcome.data or outcome.type.startswith("omatoimi.task."):
        return None
    found = await bookings.find(conn, UUID(outcome.data["booking"]))
    return views.booking(found) if found else None
