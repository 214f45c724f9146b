"""Desk: today (`/desk`): the rooms of a day, who is coming, what is to be done, and what waits for an answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, TypedDict
from zoneinfo import ZoneInfo

from chassis.installation import Installation
from chassis.pages import language
from chassis.problem import Problem
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from omatoimi_contracts.primitives import Day

from web import local_time
from web.desk import waiting
from web.desk.acts import Fault, Said, ask, local_moment, number, slot, thing
from web.desk.houses import (
    BlockOfHouse,
    BookingOfHouse,
    House,
    HouseNames,
    Room,
    ScheduledBooking,
    TaskOfBooking,
    keeps_houses,
    kept_by,
)
from web.desk.shell import Done, render
from web.desk.timeline import Timeline, moment, timeline
from web.kiosk import Devices
from web.rendering import PAGES
from web.services import Services, Slot
from web.visitors import AtDesk, Form, Typed, Visitor

SOON = timedelta(hours=2)
A_DAY = timedelta(days=1)
EARLY = timedelta(minutes=30)
"""So long before a booking begins booking takes that they came."""
MOST_MINUTES = 1440


@dataclass(frozen=True)
class DeskAct:
    """What a button asks for: where, and the data of the request from the form, its times in local time."""

    path: str
    data: Callable[[Form, ZoneInfo], dict[str, Any]]


def _attendance(form: Form, attended: bool) -> dict[str, Any]:
    persons = number(form, "persons") if attended else None
    told = {"booking": str(thing(form, "booking")), "attended": attended}
    return told | ({} if persons is None else {"persons": persons})


def _task(form: Form, state: str) -> dict[str, Any]:
    minutes = number(form, "minutes", MOST_MINUTES) if state == "done" else None
    told = {"task": str(thing(form, "task")), "state": state}
    return told | ({} if minutes is None else {"minutes": minutes})


def _walk_in(form: Form, zone: ZoneInfo) -> dict[str, Any]:
    start, end = (local_moment(form, "on", edge, zone) for edge in ("start", "end"))
    persons = number(form, "walk-in-persons")
    if not persons:
        raise Fault("walk-in-persons", "persons")
    return {"space": form.get("space", ""), "slot": slot(start, end, "end"), "persons": persons}


ACTS = {
    "came": DeskAct("/v1/attendances", lambda form, _: _attendance(form, True)),
    "stayed-away": DeskAct("/v1/attendances", lambda form, _: _attendance(form, False)),
    "task-done": DeskAct("/v1/task-changes", lambda form, _: _task(form, "done")),
    "task-reopened": DeskAct("/v1/task-changes", lambda form, _: _task(form, "reopened")),
    "walk-in": DeskAct("/v1/walk-ins", _walk_in),
}


def pages(services: Services, installation: Installation, devices: Devices) -> APIRouter:
    """Serve the page of a day."""
    router = APIRouter()
    page = _Page(services, installation, devices)

    @router.get("/desk", response_class=HTMLResponse)
    async def show(
        request: Request,
        visitor: AtDesk,
        day: Annotated[Day | None, Query()] = None,
        done: Done = "",
    ) -> HTMLResponse:
        return await page.render(request, visitor, day, Said(done=done if done in ACTS else ""))

    @router.post("/desk")
    async def act(
        request: Request,
        visitor: AtDesk,
        form: Typed,
        day: Annotated[Day | None, Query()] = None,
    ) -> Response:
        name, lang = form.get("act", ""), language(request)
        if name not in ACTS:
            raise Problem(422, "malformed", "The form says not what to do: open its page anew.")
        asked = services.on_behalf_of(request, visitor)
        try:
            data = ACTS[name].data(form, services.zone)
        except Fault as fault:
            return await page.render(request, visitor, day, Said(422, fault=fault, typed=form))
        ended = await ask(asked, "booking", ACTS[name].path, form, lang, data)
        if not ended.done:
            other = await asked.read("booking", f"/v1/bookings/{data['booking']}") if "booking" in data else None
            # Only what was told of who came is shown by itself; else the form is there again as it stands.
            overtaken = other if ended.overtaken and other and other.get("attended") is not None else None
            said = Said(ended.status, refused=ended, overtaken=overtaken, typed=form)
            return await page.render(request, visitor, day, said)
        on = f"&day={day}" if day else ""
        return RedirectResponse(f"/desk?lang={lang}{on}&done={name}#said", 303)

    return router


def _told(booking: BookingOfHouse, lang: str) -> str:
    """Say who came."""
    words = PAGES.words[lang]
    if not booking["attended"]:
        return words["desk.told.away"]
    if booking.get("counted") is None:
        return words["desk.told.came"]
    return words["desk.told.persons"].format(number=booking["counted"])


@dataclass(frozen=True)
class _Page:
    services: Services
    installation: Installation
    devices: Devices

    async def render(self, request: Request, visitor: Visitor, day: date | None, said: Said) -> HTMLResponse:
        lang, zone = language(request), self.services.zone
        asked = self.services.on_behalf_of(request, visitor)
        now = local_time.now(zone)
        on = day or now.date()
        house, wait, calls = await asyncio.gather(
            _houses(asked, visitor, lang, on, now, zone) if keeps_houses(visitor) else _nothing(),
            waiting.read(asked, visitor),
            self.devices.calls(visitor),
        )
        return render(
            request,
            "desk/today.html",
            visitor,
            zone,
            said.status,
            said=said,
            day=on,
            today=now.date(),
            title=local_time.weekday(on, lang),
            told=lambda booking: _told(booking, lang),
            next_day=(on + timedelta(days=1)).isoformat(),
            day_before=(on - timedelta(days=1)).isoformat(),
            house=house,
            waiting=wait,
            calls=calls,
            count=wait.count + (len(house.tasks) + len(house.arrivals) if house else 0),
            keeps=keeps_houses(visitor),
        )


async def _nothing() -> None:
    return None


class RoomOfDay(Room):
    """A room, and when it is open on the day."""

    open: list[Slot]


class Arrival(ScheduledBooking):
    """A booking, and what may be told of it at this moment."""

    may_come: bool
    may_stay_away: bool


class TaskPlace(TypedDict):
    """The booking of a task: where and when it is."""

    booking: str
    premises: str
    space: str
    slot: Slot


class HouseTask(TaskOfBooking):
    """A service task, and the booking that it belongs to."""

    booking: ScheduledBooking | TaskPlace


class ListedTask(TaskOfBooking):
    """A service task as the list of all open ones has it."""

    booking: str
    premises: str
    space: str
    starts: str
    ends: str


@dataclass(frozen=True)
class _Houses:
    """The day in the houses that somebody looks after. `arrivals` are whom to expect within two hours, or who was not
    told of yet; `tasks` those that are due till then; the rest of the day is `later`, what was told `told`."""

    names: HouseNames
    premises: list[House]
    rooms: list[RoomOfDay]
    timeline: Timeline
    arrivals: list[Arrival]
    tasks: list[HouseTask]
    later: list[ScheduledBooking]
    told: list[ScheduledBooking]
    tasks_later: list[HouseTask]
    tasks_done: list[HouseTask]
    tasks_older: list[HouseTask]


async def _houses(
    asked: Services, visitor: Visitor, lang: str, on: date, now: datetime, zone: ZoneInfo
) -> _Houses | None:
    """Return the houses; None where booking does not answer."""
    asked = replace(asked, silent=set())
    midnight = datetime.combine(on, time(), zone)
    end = datetime.combine(on + timedelta(days=1), time(), zone)
    between = {"from": midnight.astimezone(UTC).isoformat(), "to": end.astimezone(UTC).isoformat()}
    premises, spaces, hours, schedule, overdue, known = await asyncio.gather(
        asked.read("booking", "/v1/premises"),
        asked.read("booking", "/v1/spaces"),
        asked.read("booking", "/v1/today", **({"day": on.isoformat()} if on > now.date() else {})),
        asked.read("booking", "/v1/schedule", **between),
        asked.read("booking", "/v1/tasks"),
        asked.read("notices", "/v1/organisations"),
    )
    # Without the hours all would look closed, and without the tasks nothing overdue.
    if "booking" in asked.silent or premises is None or spaces is None or schedule is None:
        return None
    kept = kept_by(visitor, premises["premises"])
    codes = {one["premises"] for one in kept}
    open_ = {one["space"]: one["open"] for one in (hours or {}).get("spaces", ()) if on >= now.date()}
    listed: list[Room] = spaces["spaces"]
    rooms: list[RoomOfDay] = [
        {**one, "open": open_.get(one["space"], [])} for one in listed if one["premises"] in codes
    ]
    bookings: list[ScheduledBooking] = [one for one in schedule["bookings"] if one["premises"] in codes]
    blocks: list[BlockOfHouse] = [one for one in schedule["blocks"] if one["premises"] in codes]
    tasks: list[HouseTask] = [{**task, "booking": one} for one in bookings for task in one["tasks"]]
    here = {task["task"] for task in tasks}
    if overdue and on == now.date():
        late = [one for one in overdue["tasks"] if one["premises"] in codes and moment(one["due"]) < midnight]
        tasks += [_of_list(one) for one in late if one["task"] not in here]
    tasks.sort(key=lambda task: task["due"])
    soon = now + SOON if on == now.date() else end
    untold = [one for one in bookings if one.get("attended") is None]
    undone = [task for task in tasks if task["state"] == "open"]
    return _Houses(
        HouseNames.of(lang, kept, spaces["spaces"], known),
        kept,
        rooms,
        timeline(rooms, bookings, blocks, midnight, now, zone),
        [_arriving(one, now) for one in untold if moment(one["slot"]["start"]) < soon],
        [task for task in undone if now - A_DAY <= moment(task["due"]) < soon],
        [one for one in untold if moment(one["slot"]["start"]) >= soon],
        [one for one in bookings if one.get("attended") is not None],
        [task for task in undone if moment(task["due"]) >= soon],
        [task for task in tasks if task["state"] == "done"],
        [task for task in undone if moment(task["due"]) < now - A_DAY],
    )


def _arriving(booking: ScheduledBooking, now: datetime) -> Arrival:
    """Return it with what may be told of it at this moment."""
    start = moment(booking["slot"]["start"])
    return {**booking, "may_come": start - EARLY <= now, "may_stay_away": start <= now}


def _of_list(task: ListedTask) -> HouseTask:
    """Return a task of the list of all open ones, as one of the schedule is."""
    return {
        "task": task["task"],
        "kind": task["kind"],
        "due": task["due"],
        "state": task["state"],
        "etag": task["etag"],
        "booking": {
            "booking": task["booking"],
            "premises": task["premises"],
            "space": task["space"],
            "slot": {"start": task["starts"], "end": task["ends"]},
        },
    }
