"""Opening hours (aukioloajat): weeks of local spans, each in force from a local date until the next.

Times of day are of the installation's time zone. A day of 23 hours and one of 25 are real: a span that the clock
springs over is shorter, one in which it falls back is longer.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from omatoimi_contracts.premises import OpenSpan, WeeklyHours, clock
from omatoimi_contracts.vocabulary import Slot

DAY = timedelta(days=1)
CLOSED, MIXED = "closed", "mixed"
OPEN_KINDS = frozenset(("staffed", "unserved", "self-service"))
"""The three national kinds of opening hours: what is none of them opens no door."""
FIRST, LAST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
JUDGED = timedelta(days=31)
"""A slot that is longer is judged by its first days: nobody can make us go through eight thousand years."""


@lru_cache(maxsize=8192)
def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which the clock of that day first shows that time or, where it springs over it, a
    later one. It never runs backwards: a later time of day is never an earlier moment."""
    local = datetime.combine(day, at, zone)
    told = local.astimezone(UTC)
    if told.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return told
    # Sprung over: by the offset of before it is after the change, by that of after it is before it.
    before, change = local.replace(fold=1).astimezone(UTC), told
    offset = before.astimezone(zone).utcoffset()
    while change - before > timedelta(seconds=1):
        middle = (before + (change - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            change = middle
    return change


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the local date at that moment. At both ends of the calendar two days are left out, which have no time in
    UTC or no next day."""
    return min(max(instant, FIRST), LAST).astimezone(zone).date()


def day_of(day: date, zone: ZoneInfo) -> Slot:
    """Return the whole local day: 23, 24 or 25 hours."""
    return Slot(start=moment(day, time(), zone), end=moment(day + DAY, time(), zone))


def month_of(instant: datetime, zone: ZoneInfo) -> date:
    """Return the first day of the local month at that moment."""
    return local_day(instant, zone).replace(day=1)


def months_of(slot: Slot, zone: ZoneInfo) -> tuple[date, ...]:
    """Return the first days of the local months that a slot touches; of a very long one, those of its first days."""
    if slot.end - slot.start > JUDGED:
        slot = Slot(start=slot.start, end=slot.start + JUDGED)
    months = [month_of(slot.start, zone)]
    last = month_of(slot.end - timedelta.resolution, zone)
    while months[-1] < last:
        months.append((months[-1] + JUDGED).replace(day=1))
    return tuple(months)


def begins(month: date, zone: ZoneInfo) -> datetime:
    """Tell when a local month begins."""
    return moment(max(month, FIRST.date()), time(), zone)


@dataclass(frozen=True, slots=True)
class OpenTime:
    """Open from `start` to `end`, UTC, with one kind of hours."""

    start: datetime
    end: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of premises: whose clock they go by, the dates from which a week is in force, ascending, and the
    weeks."""

    zone: ZoneInfo
    dates: tuple[date, ...] = ()
    weeks: tuple[tuple[WeeklyHours, ...], ...] = ()

    def on(self, day: date) -> tuple[OpenSpan, ...]:
        """Return the spans of a local day."""
        position = bisect_right(self.dates, day) - 1
        if position < 0:
            return ()
        return next((hours.spans for hours in self.weeks[position] if hours.weekday == day.isoweekday()), ())

    def within(self, slot: Slot) -> Iterator[OpenTime]:
        """Tell when it is open between two moments, in order, not cut to them."""
        day, last = local_day(slot.start, self.zone), local_day(slot.end, self.zone)
        while day <= last:
            for start, end, kind in sorted(_moments(day, span, self.zone) for span in self.on(day)):
                if start < end and start < slot.end and slot.start < end and kind in OPEN_KINDS:
                    yield OpenTime(start, end, kind)
            day += DAY

    def kind(self, slot: Slot) -> str:
        """Return the kind of hours of a slot: `mixed` when it meets several, `closed` unless it is open all through."""
        if slot.end - slot.start > JUDGED:
            slot = Slot(start=slot.start, end=slot.start + JUDGED)
        reached, kinds = slot.start, set()
        for span in self.within(slot):
            if span.start > reached:
                return CLOSED
            reached = max(reached, span.end)
            kinds.add(span.kind)
        if reached < slot.end:
            return CLOSED
        return kinds.pop() if len(kinds) == 1 else MIXED

    def stretches(self, slot: Slot) -> Iterator[tuple[datetime, datetime]]:
        """Tell when it is open without a break, whatever the kind, cut to the slot."""
        start = end = None
        for span in self.within(slot):
            if end is not None and span.start <= end:
                end = max(end, span.end)
                continue
            if start is not None and end is not None:
                yield max(start, slot.start), min(end, slot.end)
            start, end = span.start, span.end
        if start is not None and end is not None:
            yield max(start, slot.start), min(end, slot.end)


def _moments(day: date, span: OpenSpan, zone: ZoneInfo) -> tuple[datetime, datetime, str]:
    opens, closes = clock(span.opens), clock(span.closes)
    start = moment(day, opens, zone) if opens is not None else moment(day + DAY, time(), zone)
    end = moment(day, closes, zone) if closes is not None else moment(day + DAY, time(), zone)
    return start, end, span.kind


def of_weeks(weeks: Iterable[tuple[date, Sequence[WeeklyHours]]], zone: ZoneInfo) -> Hours:
    """Return hours from their weeks, in any order."""
    ordered = sorted(weeks, key=lambda week: week[0])
    return Hours(zone, tuple(day for day, _ in ordered), tuple(tuple(week) for _, week in ordered))


def is_possible(week: Sequence[WeeklyHours]) -> bool:
    """Tell whether each weekday is told once and no two spans of a day overlap."""
    weekdays = [hours.weekday for hours in week]
    if len(weekdays) != len(set(weekdays)):
        return False
    for hours in week:
        # "24:00" sorts after every other time of day, as it should.
        spans = sorted((span.opens, span.closes) for span in hours.spans)
        if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
            return False
    return True
