"""What can be had next, so that the form is filled in when it comes."""

from datetime import datetime, timedelta

from web import local_time
from web.local_time import moment
from web.services import Services
from web.trial.asking import ROOM, BookingForm

HOUR = timedelta(hours=1)
HALF_HOUR = timedelta(minutes=30)
DAYS_AHEAD = 14


async def next_free(services: Services, unit: str) -> tuple[datetime, datetime] | None:
    """The next full hour in which the room is free, within two weeks."""
    today = local_time.now(services.zone)
    for ahead in range(DAYS_AHEAD):
        on = (today + timedelta(days=ahead)).date()
        rooms = await services.read("booking", "/v1/today", unit=unit, day=on.isoformat())
        room = rooms and next((each for each in rooms["spaces"] if each["space"] == ROOM), None)
        if not room:
            return None
        spans = [
            (_half_hour(moment(span["start"], services.zone)), moment(span["end"], services.zone))
            for span in room["free"]
        ]
        if found := next((start for start, end in spans if start + HOUR <= end), None):
            return found, found + HOUR
    return None


def _half_hour(at: datetime) -> datetime:
    """The next full or half hour."""
    whole = at.replace(minute=0, second=0, microsecond=0)
    return next(whole + n * HALF_HOUR for n in range(3) if whole + n * HALF_HOUR >= at)


def filled_in(free: tuple[datetime, datetime] | None) -> BookingForm:
    """A form filled in with what is free."""
    if free is None:
        return BookingForm()
    start, end = free
    return BookingForm(start.date().isoformat(), f"{start:%H:%M}", f"{end:%H:%M}")
