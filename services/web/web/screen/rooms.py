"""How the rooms of a library stand from now until the day ends, one use after another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import groupby, pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from chassis.pages import called

from web.local_time import moment

MINUTE = timedelta(minutes=1)
FREE, TAKEN, BETWEEN, CLOSED = "free", "taken", "between", "closed"
"""`BETWEEN`: open, and neither taken nor to be had, as the time to clean between two bookings."""


class HeldByAssociation(NamedTuple):
    """From when until when an association has a room, and its name."""

    start: datetime
    end: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Use:
    """How a room stands from a moment until another; `by` is the name of the association that has it."""

    kind: str
    start: datetime
    end: datetime
    by: str = ""


@dataclass(frozen=True, slots=True)
class ScreenRoom:
    """A room and its uses without a gap, that of now first."""

    name: str
    uses: Sequence[Use]


@dataclass(frozen=True, slots=True)
class House:
    """Premises and their rooms. `closed` where nothing is open any more on this day: it is said once."""

    name: str
    rooms: Sequence[ScreenRoom]

    @property
    def closed(self) -> bool:
        return all(use.kind == CLOSED for room in self.rooms for use in room.uses)

    @property
    def until(self) -> datetime:
        """When the day ends."""
        return self.rooms[0].uses[-1].end


def houses(
    told: Mapping[str, Any], held: Mapping[str, Sequence[HeldByAssociation]], now: datetime, lang: str
) -> list[House]:
    """Return the rooms of `/v1/today` house by house, those that are closed last."""
    found = []
    for premises, inside in groupby(told["spaces"], lambda room: room["premises"]):
        rooms = list(inside)
        name = called(rooms[0]["premises_names"], lang, premises)
        found.append(
            House(name, [ScreenRoom(called(one["names"], lang, one["space"]), uses(one, held, now)) for one in rooms])
        )
    return sorted(found, key=lambda house: house.closed)


def uses(room: Mapping[str, Any], held: Mapping[str, Sequence[HeldByAssociation]], now: datetime) -> list[Use]:
    """Tell how a room stands from now on until the day ends."""
    zone = now.tzinfo
    assert isinstance(zone, ZoneInfo)
    until = datetime.combine(now.date() + timedelta(days=1), time(), zone)
    free, taken, open_ = ([_span(one, zone) for one in room[name]] for name in ("free", "taken", "open"))
    named = held.get(room["space"], ())
    spans = [*free, *taken, *open_, *((one.start, one.end) for one in named)]
    edges = {edge for span in spans for edge in span}
    # What changes within the minute has changed: the service's now is a moment after this one.
    within = sorted({now, until, *(edge for edge in edges if now + MINUTE < edge < until)})

    def each() -> Iterator[Use]:
        for start, end in pairwise(within):
            at = start + (end - start) / 2
            if _covers(taken, at):
                yield Use(TAKEN, start, end, next((one.by for one in named if one.start <= at < one.end), ""))
            else:
                yield Use(FREE if _covers(free, at) else BETWEEN if _covers(open_, at) else CLOSED, start, end)

    alike = (list(run) for _, run in groupby(each(), lambda one: (one.kind, one.by)))
    return [replace(run[0], end=run[-1].end) for run in alike]


def held(told: Mapping[str, Any], names: Mapping[str, str], zone: ZoneInfo) -> dict[str, list[HeldByAssociation]]:
    """Read `/v1/today/associations`: when an association has which room, by name; without one it is only taken."""
    return {
        room["space"]: [
            HeldByAssociation(*_span(one, zone), names.get(one["organisation"], "")) for one in room["held"]
        ]
        for room in told["spaces"]
    }


def _span(told: Mapping[str, str], zone: ZoneInfo) -> tuple[datetime, datetime]:
    return moment(told["start"], zone), moment(told["end"], zone)


def _covers(spans: Iterable[tuple[datetime, datetime]], at: datetime) -> bool:
    return any(start <= at < end for start, end in spans)
