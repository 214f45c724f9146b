"""What can be had: the free times of all spaces on some days, and the days of one space. No word of who has what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from chassis import Connection
from omatoimi_contracts.vocabulary import Slot

from booking.domain import free
from booking.domain.claims import Claims
from booking.domain.hours import DAY, Hours, day_of
from booking.domain.spaces import Space
from booking.entries import AboutShown, SpaceRules, about, rules_of
from booking.queries import OpenHours, as_space, hours_within, open_within, taken_within
from booking.store import register
from booking.store.look import claims_within
from booking.store.register import ListedSpace
from booking.views import Span, slot

OPENS_WITHIN = timedelta(days=60)
"""So far ahead it is looked when premises that are closed open again."""
NEXT_WITHIN = timedelta(days=14)
"""So far ahead it is looked when a space is free again."""
NEXT_FOR = timedelta(minutes=30)
"""So long a space is free at least when it is next free."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody looks for: in the spaces of a library, of premises or anywhere, for how long and how many,
    and what must all be there."""

    unit: str | None
    premises: str | None
    length: timedelta
    persons: int | None = None
    equipment: frozenset[str] = frozenset()
    accessibility: frozenset[str] = frozenset()

    def fits(self, row: ListedSpace) -> bool:
        """Tell whether a space is what is looked for: for so many persons, and with all that must be there."""
        about = row.about
        return (
            as_space(row).is_for(self.persons)
            and self.equipment.issubset(about.equipment)
            and self.accessibility.issubset(about.accessibility)
        )


class FreeSpace(TypedDict):
    """A space that is what was looked for, and where a booking may lie; empty where there is no such time."""

    space: str
    names: dict[str, str]
    capacity: int
    minimum: int
    equipment: list[str]
    accessibility: list[str]
    price: str
    rules: SpaceRules
    free: list[Span]


class FreePremises(TypedDict):
    """Premises on a day: when they are open, when they open next where they do not any more, and their spaces."""

    premises: str
    names: dict[str, str]
    open: list[OpenHours]
    next_open: OpenHours | None
    spaces: list[FreeSpace]


class FreeDay(TypedDict):
    date: str
    premises: list[FreePremises]


class SpaceDay(TypedDict):
    """A day of one space: when its premises are open, when it is taken and when it can be had."""

    date: str
    open: list[OpenHours]
    taken: list[Span]
    free: list[Span]


class SpaceDays(AboutShown):
    """All that may be known of a space: its entry, the rules that hold there, its days in order, when it is next
    free."""

    space: str
    names: dict[str, str]
    premises: str
    premises_names: dict[str, str]
    capacity: int
    parts: list[str]
    task: str | None
    rules: SpaceRules
    next_free: Span | None
    days: list[SpaceDay]


async def spaces_of(conn: Connection, sought: Sought) -> list[ListedSpace]:
    """Return the spaces that are looked among, those that are not what is looked for too."""
    listed = await register.listed(conn, unit=sought.unit)
    return [row for row in listed if sought.premises in (None, row.premises)]


async def free_days(
    conn: Connection, rows: Sequence[ListedSpace], sought: Sought, days: Sequence[date], now: datetime, zone: ZoneInfo
) -> list[FreeDay]:
    """Tell for each day, in order, where in these spaces a booking may lie, from now on."""
    whole = Slot(start=day_of(days[0], zone).start, end=day_of(days[-1], zone).end)
    around = Slot(start=whole.start, end=whole.end + OPENS_WITHIN)
    hours = await hours_within(conn, [row.premises for row in rows], around, zone)
    fitting = {row.space for row in rows if sought.fits(row)}
    claims = await _claims(conn, [row for row in rows if row.space in fitting], whole)
    found: list[FreeDay] = []
    for day in days:
        left, there = _left(day, now, zone), dict[str, FreePremises]()
        for row in rows:
            of_premises = hours.get(row.premises, Hours(zone))
            if row.premises not in there:
                there[row.premises] = _premises(row, of_premises, day, left, zone)
            if row.space in fitting:
                times = free.bookable(as_space(row), of_premises, claims, left, sought.length, now)
                there[row.premises]["spaces"].append(_space(row, times))
        found.append({"date": day.isoformat(), "premises": list(there.values())})
    return found


def _space(row: ListedSpace, times: Sequence[Slot]) -> FreeSpace:
    return {
        "space": row.space,
        "names": row.names,
        "capacity": row.capacity,
        "minimum": row.about.minimum,
        "equipment": list(row.about.equipment),
        "accessibility": list(row.about.accessibility),
        "price": row.about.price,
        "rules": rules_of(row),
        "free": [slot(one) for one in times],
    }


def _premises(row: ListedSpace, hours: Hours, day: date, left: Slot, zone: ZoneInfo) -> FreePremises:
    is_open = any(True for _ in hours.within(left))
    return {
        "premises": row.premises,
        "names": row.premises_names,
        "open": open_within(hours, day_of(day, zone)),
        "next_open": None if is_open else next(iter(open_within(hours, _after(left, OPENS_WITHIN))), None),
        "spaces": [],
    }


async def space_days(
    conn: Connection, row: ListedSpace, days: Sequence[date], now: datetime, zone: ZoneInfo
) -> SpaceDays:
    """Tell all that may be known of a space."""
    whole = Slot(start=day_of(days[0], zone).start, end=day_of(days[-1], zone).end)
    ahead = Slot(start=now, end=now + NEXT_WITHIN)
    reached = Slot(start=min(whole.start, ahead.start), end=max(whole.end, ahead.end))
    hours = (await hours_within(conn, [row.premises], reached, zone)).get(row.premises, Hours(zone))
    claims, space = await _claims(conn, [row], reached), as_space(row)
    following = free.bookable(space, hours, claims, ahead, NEXT_FOR, now)
    return {
        "space": row.space,
        "names": row.names,
        "premises": row.premises,
        "premises_names": row.premises_names,
        "capacity": row.capacity,
        "parts": row.parts,
        "task": row.task,
        **about(row),
        "rules": rules_of(row),
        "next_free": slot(following[0]) if following else None,
        "days": [_day(space, hours, claims, day, now, zone) for day in days],
    }


async def taken_times(conn: Connection, row: ListedSpace, within: Slot) -> list[Slot]:
    """Tell when a space is taken within a span, cut to it."""
    return taken_within(as_space(row), await _claims(conn, [row], within), within)


def _day(space: Space, hours: Hours, claims: Claims, day: date, now: datetime, zone: ZoneInfo) -> SpaceDay:
    whole, left = day_of(day, zone), _left(day, now, zone)
    return {
        "date": day.isoformat(),
        "open": open_within(hours, whole),
        "taken": [slot(one) for one in taken_within(space, claims, whole)],
        "free": [slot(one) for one in free.bookable(space, hours, claims, left, timedelta(), now)],
    }


def _left(day: date, now: datetime, zone: ZoneInfo) -> Slot:
    """Tell what is left of a day from now on; never nothing at all."""
    whole = day_of(day, zone)
    return Slot(start=min(max(now, whole.start), whole.end - timedelta.resolution), end=whole.end)


def _after(left: Slot, length: timedelta) -> Slot:
    return Slot(start=left.end, end=left.end + length)


async def _claims(conn: Connection, rows: Sequence[ListedSpace], within: Slot) -> Claims:
    around = Slot(start=within.start - DAY, end=within.end + DAY)
    return await claims_within(conn, [(leaf, around) for leaf in {leaf for row in rows for leaf in row.leaves}])
