"""The strip of days from which one is chosen, and days and times as addresses have them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date
from chassis.local_time import LOCALES

DAY = timedelta(days=1)
IN_A_STRIP = 7
AHEAD = timedelta(days=365)
"""So far ahead booking lets anybody look."""


class StripDay(NamedTuple):
    """A day of the strip: its date, its weekday in short, and its number in the month."""

    date: date
    weekday: str
    number: str


@dataclass(frozen=True, slots=True)
class Strip:
    """Seven days around a chosen one, those before today left out; `before` and `after` begin the strips beside it."""

    chosen: date
    days: tuple[StripDay, ...]
    before: date | None
    after: date | None


def chosen_day(told: str, today: date) -> date:
    """Read a day from an address: today where it tells none, or one that is over; the last one where it is too far."""
    try:
        return min(max(date.fromisoformat(told), today), today + AHEAD)
    except ValueError:
        return today


def strip(chosen: date, today: date, lang: str) -> Strip:
    """Return the strip in which a day stands: strips follow each other from today on."""
    first = today + (chosen - today) // (IN_A_STRIP * DAY) * IN_A_STRIP * DAY
    days = [first + n * DAY for n in range(IN_A_STRIP)]
    last = today + AHEAD
    return Strip(
        chosen,
        tuple(StripDay(day, _weekday(day, lang), f"{day.day}.{day.month}.") for day in days if day <= last),
        first - IN_A_STRIP * DAY if first > today else None,
        first + IN_A_STRIP * DAY if first + IN_A_STRIP * DAY <= last else None,
    )


def _weekday(day: date, lang: str) -> str:
    return str(format_date(day, "ccc", locale=LOCALES[lang])).rstrip(".")


def in_address(at: datetime) -> str:
    """Write a local moment as an address has it: 2026-12-01T18:00."""
    return f"{at:%Y-%m-%dT%H:%M}"


def of_address(told: str, zone: ZoneInfo) -> datetime | None:
    """Read a moment from an address, local where it has no offset; None where it is none."""
    try:
        at = datetime.fromisoformat(told)
        return at.astimezone(zone) if at.tzinfo else at.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def joined(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Return spans of which those that follow each other without a break are one."""
    found: list[tuple[datetime, datetime]] = []
    for start, end in spans:
        if found and found[-1][1] == start:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return found


def span_of(told: dict[str, Any], zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Read a span that a service told, in local time."""
    start, end = (datetime.fromisoformat(told[edge]).astimezone(zone) for edge in ("start", "end"))
    return start, end
