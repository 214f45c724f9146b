"""The figures that a trial changes, before and now."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from web import local_time
from web.local_time import moment
from web.services import Services, part
from web.trial.ended import EndedRequest
from web.trial.standing import Trial


@dataclass(frozen=True, slots=True)
class RisenFigure:
    """A figure of a month, before and now: `before` is empty where it was not known, `now` None while analytics does
    not answer. `address` has the events it was counted from; `count` is the number that its unit goes with."""

    metric: str
    before: str
    now: str | None
    month: str
    address: str
    count: int = 0


async def before(services: Services, unit: str, start: str) -> str:
    """The figures as they are now, to be compared with later; nothing while analytics is away."""
    bookings, attempts = await asyncio.gather(
        _figure(services, unit, "M01", moment(start, services.zone).date()),
        _figure(services, unit, "M10", local_time.now(services.zone).date()),
    )
    if bookings is None or attempts is None:
        return ""
    return f"{bookings[0]}-{attempts[0]}-{attempts[1]}"


async def risen(services: Services, unit: str, trial: Trial, booked: EndedRequest, lang: str) -> list[RisenFigure]:
    """Before and now: M01 in the month of the booking, and M10 in this one once a request was refused."""
    bookings, without, attempts = trial.before.split("-") if trial.before else ("", "", "")
    then, today = moment(booked.data["slot"]["start"], services.zone).date(), local_time.now(services.zone).date()

    def behind(metric: str, on: date, **more: str) -> str:
        first, end = local_time.month(on)
        period = {"from": first, "to": end, "unit": unit, "lang": lang}
        return f"/analytics/metrics/{metric}/events?{urlencode(period | more)}"

    made = await _figure(services, unit, "M01", then)
    told = [
        RisenFigure(
            "M01",
            bookings,
            made and f"{made[0]}",
            local_time.month_name(then, lang),
            behind("M01", then, subject=booked.outcome["subject"]),
            made[0] if made else 0,
        )
    ]
    if trial.refused:
        left = await _figure(services, unit, "M10", today)
        told.append(
            RisenFigure(
                "M10",
                f"{without} / {attempts}" if trial.before else "",
                left and f"{left[0]} / {left[1]}",
                local_time.month_name(today, lang),
                behind("M10", today),
            )
        )
    return told


async def _figure(services: Services, unit: str, metric: str, on: date) -> tuple[int, int] | None:
    """Numerator and denominator of a figure in the month of a day."""
    first, end = local_time.month(on)
    found = await services.read("analytics", f"/v1/figures/{metric}", **{"from": first, "to": end, "unit": unit})
    return part(found, lambda found: _counts(found["figure"]["whole"]))


def _counts(whole: dict[str, Any] | None) -> tuple[int, int] | None:
    return None if whole is None else (int(whole["numerator"] or 0), int(whole["denominator"] or 0))
