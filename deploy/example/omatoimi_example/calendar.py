"""Days and hours of the made-up town: local time in, UTC out."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")
DAY = timedelta(days=1)
MONTHS_BACK = 14
AHEAD = 14 * DAY
"""So far ahead of its day the example content has bookings."""


def at(day: date, clock: str, minutes: int = 0) -> datetime:
    """Return the moment of a local time of day ("18:30"), some minutes later or earlier."""
    local = datetime.combine(day, time.fromisoformat(clock), HELSINKI)
    return local.astimezone(UTC) + timedelta(minutes=minutes)


def local_day(moment: datetime) -> date:
    return moment.astimezone(HELSINKI).date()


def first_day(day: date) -> date:
    """Return the first day of the month fourteen months before the month of `day`."""
    months = day.year * 12 + day.month - 1 - MONTHS_BACK
    return date(months // 12, months % 12 + 1, 1)


def days(first: date, until: date) -> Iterator[date]:
    """Yield each day from `first` to the one before `until`."""
    while first < until:
        yield first
        first += DAY


def terms(first: date, until: date) -> Iterator[tuple[date, date]]:
    """Yield spring and autumn, when clubs meet, as far as they lie between `first` and `until`."""
    for year in range(first.year, until.year + 1):
        for begins, ends in ((date(year, 1, 8), date(year, 6, 3)), (date(year, 8, 15), date(year, 12, 16))):
            begins, ends = max(begins, first), min(ends, until)
            if begins < ends:
                yield begins, ends


def julys(first: date, until: date) -> list[date]:
    """Return the first of July of each year in which it lies between the two days."""
    return [july for year in range(first.year, until.year + 1) if first <= (july := date(year, 7, 1)) < until]


def nobody_meets(day: date) -> bool:
    """Tell whether it is Christmas, the new year or Midsummer."""
    if (day.month, day.day) in {(12, 24), (12, 25), (12, 26), (12, 31), (1, 1), (1, 6), (5, 1), (12, 6)}:
        return True
    return day.month == 6 and 19 <= day.day <= 26 and day.weekday() in (4, 5)
