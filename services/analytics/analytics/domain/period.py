"""The period a figure is about: whole local days, the last one not included.

Days of 23 and 25 hours are real (R1): a period's length follows from its local midnights.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST = timedelta(days=3660)


class NoPeriod(ValueError):
    """The two days are no period."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Local days of a time zone, from `first` until before `end`."""

    first: date
    end: date
    zone: ZoneInfo = field(compare=False)

    def __post_init__(self) -> None:
        if self.first >= self.end:
            raise NoPeriod("the period must end after it begins; its last day is not included")
        if self.end - self.first > LONGEST:
            raise NoPeriod("a period has at most ten years")
        if not date(1900, 1, 1) <= self.first <= self.end <= date(9000, 1, 1):
            raise NoPeriod("a period lies between the years 1900 and 9000")

    @property
    def last(self) -> date:
        """The last local day, which is included."""
        return self.end - timedelta(days=1)

    @property
    def starts(self) -> datetime:
        """The moment the first day begins, UTC."""
        return midnight(self.first, self.zone)

    @property
    def ends(self) -> datetime:
        """The moment after the last day, UTC."""
        return midnight(self.end, self.zone)

    @property
    def whole_months(self) -> bool:
        """Whether it begins and ends with calendar months."""
        return self.first.day == 1 == self.end.day

    def __str__(self) -> str:
        return f"{self.first}..{self.end}"

    @classmethod
    def parse(cls, text: str, zone: ZoneInfo) -> "Period":
        """Return the period that `str` told."""
        first, _, end = text.partition("..")
        return cls(date.fromisoformat(first), date.fromisoformat(end), zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Tell when a local day begins, UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the local date at that moment."""
    return at.astimezone(zone).date()


def month_of(day: date, zone: ZoneInfo) -> Period:
    """Return the calendar month that a day lies in."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=32)).replace(day=1), zone)


def months(period: Period) -> Iterator[Period]:
    """Yield the calendar months that a period touches."""
    month = month_of(period.first, period.zone)
    while month.first < period.end:
        yield month
        month = month_of(month.end, period.zone)
