"""The figures that a trial changes, before and now."""

import asyncio
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from web import moments
from web.doors import Doors
from web.moments import moment
from web.trial.ended import Ended
from web.trial.standing import Trial


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a month, before and now: `before` is empty where it was not known, `now` None while analytics does
    not answer. `address` has the events it was counted from."""

    metric: str
    before: str
    now: str | None
    month: str
    address: str


async def before(doors: Doors, unit: str, start: str) -> str:
    """The figures as they are now, to be compared with later; nothing while analytics is away."""
    bookings, attempts = await asyncio.gather(
        _figure(doors, unit, "M01", moment(start, doors.zone).date()),
        _figure(doors, unit, "M10", moments.now(doors.zone).date()),
    )
    if bookings is None or attempts is None:
        return ""
    return f"{bookings[0]}-{attempts[0]}-{attempts[1]}"


async def risen(doors: Doors, unit: str, trial: Trial, booked: Ended, lang: str) -> list[Figure]:
    """Before and now: M01 in the month of the booking, and M10 in this one once a request was refused."""
    bookings, without, attempts = trial.before.split("-") if trial.before else ("", "", "")
    then, today = moment(booked.data["slot"]["start"], doors.zone).date(), moments.now(doors.zone).date()

    def behind(metric: str, on: date, **more: str) -> str:
        first, end = moments.month(on)
        period = {"from": first, "to": end, "unit": unit, "lang": lang}
        return f"/analytics/metrics/{metric}/events?{urlencode(period | more)}"

    made = await _figure(doors, unit, "M01", then)
    told = [
        Figure(
            "M01",
            bookings,
            made and f"{made[0]}",
            moments.month_name(then, lang),
            behind("M01", then, subject=booked.outcome["subject"]),
        )
    ]
    if trial.refused:
        left = await _figure(doors, unit, "M10", today)
        told.append(
            Figure(
                "M10",
                f"{without} / {attempts}" if trial.before else "",
                left and f"{left[0]} / {left[1]}",
                moments.month_name(today, lang),
                behind("M10", today),
            )
        )
    return told


async def _figure(doors: Doors, unit: str, metric: str, on: date) -> tuple[int, int] | None:
    """Numerator and denominator of a figure in the month of a day."""
    first, end = moments.month(on)
    found = await doors.read("analytics", f"/v1/figures/{metric}", **{"from": first, "to": end, "unit": unit})
    whole = found and found["figure"]["whole"]
    return whole and (int(whole["numerator"] or 0), int(whole["denominator"] or 0))
