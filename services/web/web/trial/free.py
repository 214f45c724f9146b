"""What can be had next, so that the form is filled in when it comes."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from web import local_time
from web.local_time import moment
from web.services import SECONDS, Services, part
from web.trial.asking import ROOM, TrialForm

HOUR = timedelta(hours=1)
HALF_HOUR = timedelta(minutes=30)
DAYS_AHEAD = 14


async def next_free(services: Services, unit: str) -> tuple[datetime, datetime] | None:
    """Return the next full hour in which the room is free, within two weeks; None too where booking takes long to
    tell."""
    try:
        async with asyncio.timeout(SECONDS):
            return await _look(services, unit)
    except TimeoutError:
        return None


async def _look(services: Services, unit: str) -> tuple[datetime, datetime] | None:
    today = local_time.now(services.zone)
    for ahead in range(DAYS_AHEAD):
        on = (today + timedelta(days=ahead)).date()
        rooms = await services.read("booking", "/v1/today", unit=unit, day=on.isoformat())
        spans = part(rooms, lambda rooms: _spans(rooms["spaces"], services.zone))
        if spans is None:
            return None
        if found := next((start for start, end in spans if start + HOUR <= end), None):
            return found, found + HOUR
    return None


def _spans(spaces: list[dict[str, Any]], zone: ZoneInfo) -> list[tuple[datetime, datetime]] | None:
    """Tell when the room is free, from a full or half hour; None where there is no such room."""
    room = next((each for each in spaces if each["space"] == ROOM), None)
    if room is None:
        return None
    return [(_half_hour(moment(one["start"], zone)), moment(one["end"], zone)) for one in room["free"]]


def _half_hour(at: datetime) -> datetime:
    """Return the next full or half hour."""
    whole = at.replace(minute=0, second=0, microsecond=0)
    return next(whole + n * HALF_HOUR for n in range(3) if whole + n * HALF_HOUR >= at)


def filled_in(free: tuple[datetime, datetime] | None) -> TrialForm:
    """Return a form filled in with what is free."""
    if free is None:
        return TrialForm()
    start, end = free
    return TrialForm(start.date().isoformat(), f"{start:%H:%M}", f"{end:%H:%M}")
