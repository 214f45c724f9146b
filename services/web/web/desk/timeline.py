"""The day of the rooms as a table: a row a room, a column a quarter of an hour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TypedDict
from zoneinfo import ZoneInfo

from web.desk.houses import Taking
from web.services import Slot

QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
COLUMNS_AN_HOUR = HOUR // QUARTER
FIRST, LAST = 8, 20
"""The hours shown of a day on which nothing is open and nothing booked."""
MORNING = HOUR * 6
"""Before it a house that never closes has a line of its own only where something is booked."""


@dataclass(frozen=True, slots=True)
class TimelineCell:
    """A stretch of a room's day, so many columns wide: `free`, `closed`, `taken`, `blocked`, or `part` where only a
    part of the room is taken. `about` is what takes it."""

    columns: int
    kind: str
    about: Taking | None = None


class OpenRoom(TypedDict):
    """A room with its leaves, and when it is open on a day."""

    space: str
    leaves: Sequence[str]
    open: list[Slot]


@dataclass(frozen=True, slots=True)
class Timeline:
    """`hours` are the local hours over the columns, `rows` the cells of each room by its code, `now` how far the day
    is, in thousandths of its width."""

    hours: tuple[int, ...]
    rows: dict[str, list[TimelineCell]]
    now: int | None

    @property
    def columns(self) -> int:
        return len(self.hours) * COLUMNS_AN_HOUR


def timeline(
    rooms: Sequence[OpenRoom],
    bookings: Sequence[Taking],
    blocks: Sequence[Taking],
    midnight: datetime,
    now: datetime,
    zone: ZoneInfo,
) -> Timeline:
    """Lay out a day that begins at a local midnight."""
    spans, booked = [span for room in rooms for span in room["open"]], [one["slot"] for one in bookings]
    begin, end = _window(spans, booked, midnight, zone)
    hours = tuple((begin + HOUR * at).astimezone(zone).hour for at in range(round((end - begin) / HOUR)))
    rows = {room["space"]: _row(room, bookings, blocks, begin, len(hours) * COLUMNS_AN_HOUR) for room in rooms}
    shown = begin <= now < end
    return Timeline(hours, rows, round(1000 * ((now - begin) / (end - begin))) if shown else None)


def _window(
    open_: Iterable[Slot], booked: Iterable[Slot], midnight: datetime, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    """Tell the window: from the whole hour at which the first begins until the one at which the last ends, within the
    day."""
    first, last = midnight.astimezone(UTC), _next_midnight(midnight, zone)
    spans = [(max(moment(span["start"]), first + MORNING), moment(span["end"])) for span in open_]
    spans += [(max(moment(span["start"]), first), moment(span["end"])) for span in booked]
    spans = [(start, min(end, last)) for start, end in spans if start < min(end, last)]
    if not spans:
        return first + HOUR * FIRST, first + HOUR * LAST
    begin, end = min(start for start, _ in spans), max(end for _, end in spans)
    return first + HOUR * ((begin - first) // HOUR), first - HOUR * ((first - end) // HOUR)


def _next_midnight(midnight: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(midnight.date() + timedelta(days=1), midnight.timetz()).replace(tzinfo=zone).astimezone(UTC)


def _row(
    room: OpenRoom,
    bookings: Sequence[Taking],
    blocks: Sequence[Taking],
    begin: datetime,
    columns: int,
) -> list[TimelineCell]:
    cells: list[tuple[str, Taking | None]] = [("closed", None)] * columns

    def fill(span: Slot, kind: str, about: Taking | None = None) -> None:
        first = max(0, (moment(span["start"]) - begin) // QUARTER)
        last = min(columns, -(-(moment(span["end"]) - begin) // QUARTER))
        for at in range(first, last):
            cells[at] = kind, about

    leaves = set(room["leaves"])
    for span in room["open"]:
        fill(span, "free")
    for other in (*blocks, *bookings):
        if other["space"] != room["space"] and leaves.intersection(other["leaves"]):
            fill(other["slot"], "part")
    for kind, own in (("blocked", blocks), ("taken", bookings)):
        for one in own:
            if one["space"] == room["space"]:
                fill(one["slot"], kind, one)
    runs = [list(run) for _, run in groupby(cells, lambda cell: (cell[0], id(cell[1])))]
    return [TimelineCell(len(run), *run[0]) for run in runs]


def moment(told: str) -> datetime:
    """Read a moment from its text with an offset."""
    return datetime.fromisoformat(told).astimezone(UTC)
