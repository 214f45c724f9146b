"""The grid on which a space is booked: so many minutes from each full hour of the local clock."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from booking.domain.hours import FIRST, LAST


def beyond(moment: datetime, minutes: int, zone: ZoneInfo) -> timedelta:
    """Tell how far a moment (UTC) lies beyond the last one on the grid; nothing, when it lies on it."""
    offset = min(max(moment, FIRST), LAST).astimezone(zone).utcoffset() or timedelta()
    past = timedelta(minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond)
    return (past + offset) % timedelta(minutes=minutes)


def before(moment: datetime, minutes: int, zone: ZoneInfo) -> datetime:
    """Return the last moment on the grid that is not later."""
    while over := beyond(moment, minutes, zone):  # twice where the clock changes by less than the grid
        moment -= over
    return moment


def after(moment: datetime, minutes: int, zone: ZoneInfo) -> datetime:
    """Return the first moment on the grid that is not earlier."""
    while over := beyond(moment, minutes, zone):
        moment += timedelta(minutes=minutes) - over
    return moment
