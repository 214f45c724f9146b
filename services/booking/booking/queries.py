"""What booking shows of itself: the register, bookings, tasks, and a day. Shared by the API and the pages."""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, NotRequired, TypedDict
from zoneinfo import ZoneInfo

from chassis import Connection
from chassis.access import EVERY_HOUSE, Houses
from chassis.last_acts import Tagged
from omatoimi_contracts.vocabulary import Slot
from pydantic_core import to_jsonable_python

from booking.domain import free
from booking.domain.claims import BLOCK, CORE, Claims
from booking.domain.free import RoomUse
from booking.domain.hours import CLOSED, DAY, FIRST, Hours, day_of, local_day
from booking.domain.rules import AHEAD
from booking.domain.spaces import Space
from booking.domain.tasks import Task, TaskState
from booking.entries import FirstLine, SpaceInShort, SpaceRules, first_line, in_short, rules_of
from booking.store import register
from booking.store import schedule as timetable
from booking.store.blocks import Block
from booking.store.look import claims_within, hours_by_premises
from booking.store.register import ListedSpace
from booking.store.schedule import Held
from booking.views import BookingShown, SeenByHouse, Span, booking, of_the_house, slot

SHORTEST = timedelta(minutes=15)
MOST_JUDGED = 2000
"""Bookings that are held against changed hours."""


class TaskShown(Tagged):
    """A service task of a booking, `due` with an offset; `minutes` where it was told how long it took."""

    task: str
    kind: str
    due: str
    state: TaskState
    minutes: NotRequired[int]


class ScheduledBooking(BookingShown, SeenByHouse):
    """A booking as its house sees it, with its service tasks."""

    tasks: list[TaskShown]


class BlockedSpace(Tagged):
    """A space that is out of booking for a time."""

    premises: str
    space: str
    leaves: list[str]
    block: str
    slot: Span


class Schedule(Span):
    """What is booked and blocked in some houses between two moments; `complete` where these are all."""

    bookings: list[ScheduledBooking]
    blocks: list[BlockedSpace]
    complete: bool


async def schedule(
    conn: Connection, within: Slot, of: Houses, *, unit: str | None, premises: str | None, limit: int
) -> Schedule:
    """Return what is booked and blocked in some houses between two moments, for their staff: each booking with its
    service tasks."""
    where: dict[str, Any] = {"of": of, "unit": unit, "premises": premises, "limit": limit}
    booked = await timetable.booked(conn, within.start, within.end, **where)
    blocked = await timetable.blocked(conn, within.start, within.end, **where)
    tasks = await timetable.tasks(conn, [one.booking for one in booked])
    return {
        **slot(within),
        "bookings": [
            {**booking(one), **of_the_house(one), "tasks": [_task(task) for task in tasks.get(one.booking, ())]}
            for one in booked
        ],
        "blocks": [_block(one) for one in blocked],
        "complete": len(booked) < limit and len(blocked) < limit,
    }


def _task(of: Task) -> TaskShown:
    told: TaskShown = {"task": str(of.task), "kind": of.kind, "due": to_jsonable_python(of.due), "state": of.state}
    return told if of.minutes is None else {**told, "minutes": of.minutes}


def _block(of: Block) -> BlockedSpace:
    return {
        "premises": of.premises,
        "space": of.space,
        "leaves": list(of.leaves),
        "block": str(of.block),
        "slot": slot(of.slot),
    }


async def opening_hours(conn: Connection, premises: str, today: date) -> list["HoursPeriod"]:
    """Return the periods of opening hours of premises: the one in force on a day, and those that follow."""
    rows = await register.hours(conn, [premises], today, date.max)
    return [{"valid_from": since.isoformat(), "week": json.loads(week)} for _, since, week in sorted(rows)]


async def outside_hours(
    conn: Connection, premises: str, since: date, now: datetime, zone: ZoneInfo
) -> list[BookingShown]:
    """Return what is booked, from now on, in the period of opening hours that begins on a day, and no longer lies
    within them."""
    weeks = await register.hours(conn, [premises], since, date.max)
    last = local_day(now + AHEAD + DAY, zone)  # nothing is booked later; and the calendar has an end
    if since > last:
        return []
    later = [valid_from for _, valid_from, _ in weeks if since < valid_from <= last]
    start = max(now, day_of(max(since, FIRST.date()), zone).start)
    end = min([now + AHEAD + DAY, *(day_of(day, zone).start for day in later)])
    if start >= end:
        return []
    hours = hours_by_premises(weeks, zone)[premises]
    booked = await timetable.booked(conn, start, end, of=EVERY_HOUSE, unit=None, premises=premises, limit=MOST_JUDGED)
    return [booking(one) for one in booked if hours.kind(one.slot) == CLOSED]


class WeekdaySpan(TypedDict):
    """From when until when premises are open (`HH:MM`), and in which way."""

    opens: str
    closes: str
    kind: str


class WeekdayHours(TypedDict):
    """When premises are open on a weekday, Monday = 1."""

    weekday: int
    spans: list[WeekdaySpan]


class HoursPeriod(TypedDict):
    """The opening hours of a week, and from which day on they are in force."""

    valid_from: str
    week: list[WeekdayHours]


class OpenHours(Span):
    """When premises are open, and in which way (`staffed`, `self-service`)."""

    kind: str


class RoomNow(TypedDict):
    """How a room stands at this moment, and until when; for `later` it is from when on it is free."""

    state: RoomUse
    until: str | None


class RoomToday(TypedDict):
    """One room of a day: when it is open, taken and to be had; `from_now` is where a booking may lie that begins with
    the slot of its grid that is under way, or the next."""

    space: str
    names: dict[str, str]
    premises: str
    premises_names: dict[str, str]
    capacity: int
    minimum: int
    house_rules: FirstLine | None
    open: list[OpenHours]
    taken: list[Span]
    free: list[Span]
    now: RoomNow
    from_now: Span | None
    rules: SpaceRules


class Today(TypedDict):
    """The rooms of a local day, of a unit or of all."""

    date: str
    unit: str | None
    spaces: list[RoomToday]


async def spaces(conn: Connection, *, unit: str | None = None) -> list[SpaceInShort]:
    """Return the register: every space that can be booked, with its premises, without the long texts."""
    return [in_short(row) for row in await register.listed(conn, unit=unit)]


async def space(conn: Connection, code: str) -> Space | None:
    """Return the space, if it can be booked."""
    rows = await register.listed(conn, space=code)
    return as_space(rows[0]) if rows else None


async def free_times(
    conn: Connection, space: Space, within: Slot, minimum: timedelta, now: datetime, zone: ZoneInfo
) -> list[Slot]:
    """Tell where a booking of the space may lie within a span, as it may be booked now."""
    hours = await hours_within(conn, [space.premises], within, zone)
    around = Slot(start=within.start - space.before, end=within.end + space.after)
    claims = await claims_within(conn, [(leaf, around) for leaf in space.leaves])
    return free.bookable(space, hours.get(space.premises, Hours(zone)), claims, within, minimum, now)


async def today(conn: Connection, now: datetime, unit: str | None, zone: ZoneInfo) -> Today:
    """Return the rooms of this local day: when they are open, when they are taken, when they can be had from now on,
    and how they stand now. No word of who has them."""
    day = local_day(now, zone)
    whole = day_of(day, zone)
    rows = await register.listed(conn, unit=unit)
    hours = await hours_within(conn, [row.premises for row in rows], whole, zone)
    around = Slot(start=whole.start - DAY, end=whole.end + DAY)
    leaves = {leaf for row in rows for leaf in row.leaves}
    claims = await claims_within(conn, [(leaf, around) for leaf in leaves])
    left = Slot(start=min(max(now, whole.start), whole.end - SHORTEST), end=whole.end)
    return {
        "date": day.isoformat(),
        "unit": unit,
        "spaces": [_room(row, hours.get(row.premises, Hours(zone)), claims, whole, left, now) for row in rows],
    }


class HeldSpan(Span):
    """From when until when a verified association has a room."""

    organisation: str


async def held_today(conn: Connection, now: datetime, unit: str | None, zone: ZoneInfo) -> dict[str, list[HeldSpan]]:
    """Return when verified associations have the rooms of this local day, by room: also where they have a part of it,
    or a room of which it is one. Of whom else it is taken, no word."""
    whole = day_of(local_day(now, zone), zone)
    rows = await register.listed(conn, unit=unit)
    booked = await timetable.held(conn, whole.start, whole.end, unit)
    of_rooms = {row.space: [one for one in booked if set(one.leaves) & set(row.leaves)] for row in rows}
    return {room: [_held(one) for one in found] for room, found in of_rooms.items() if found}


def _held(of: Held) -> HeldSpan:
    return {**slot(of.slot), "organisation": str(of.organisation)}


def _room(row: ListedSpace, hours: Hours, claims: Claims, whole: Slot, left: Slot, now: datetime) -> RoomToday:
    space = as_space(row)
    taken, stretches = taken_within(space, claims, whole), free.stretches(space, hours, claims, left, SHORTEST)
    standing, from_now = free.standing(stretches, taken, now), free.from_now(space, hours, claims, whole, now)
    return {
        "space": space.space,
        "names": row.names,
        "premises": space.premises,
        "premises_names": row.premises_names,
        "capacity": space.capacity,
        "minimum": space.minimum,
        "house_rules": first_line(row),
        "open": open_within(hours, whole),
        "taken": [slot(one) for one in taken],
        "free": [slot(one) for one in stretches],
        "now": {"state": standing.use, "until": to_jsonable_python(standing.until)},
        "from_now": slot(from_now) if from_now else None,
        "rules": rules_of(row),
    }


def open_within(hours: Hours, within: Slot) -> list[OpenHours]:
    """Tell when premises are open within a span, not cut to it."""
    return [{"start": o.start.isoformat(), "end": o.end.isoformat(), "kind": o.kind} for o in hours.within(within)]


def taken_within(space: Space, claims: Claims, whole: Slot) -> list[Slot]:
    """Tell when any part of it is booked or blocked, told as whole spans, without buffers."""
    spans = sorted(
        (max(claim.start, whole.start), min(claim.end, whole.end))
        for leaf in space.leaves
        for claim in claims.on(leaf)
        if claim.layer in (CORE, BLOCK) and claim.start < whole.end and whole.start < claim.end
    )
    joined: list[tuple[datetime, datetime]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return [Slot(start=start, end=end) for start, end in joined]


async def hours_within(conn: Connection, premises: Iterable[str], within: Slot, zone: ZoneInfo) -> dict[str, Hours]:
    """Return the hours of premises that are in force within a span."""
    first, last = local_day(within.start, zone), local_day(within.end, zone)
    return hours_by_premises(await register.hours(conn, premises, first, last), zone)


def as_space(row: ListedSpace) -> Space:
    """Make a space of its row in the register."""
    return Space(
        row.space,
        row.premises,
        row.owner,
        row.unit,
        tuple(row.leaves),
        row.capacity,
        timedelta(minutes=row.buffer_before),
        timedelta(minutes=row.buffer_after),
        row.task,
        row.about.minimum,
        row.house_rules.version if row.house_rules else None,
        row.house_rules is not None and row.house_rules.to_accept,
        row.booking_rules,
    )
