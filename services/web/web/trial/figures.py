"""The figures that a trial changes, before and now."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from web import local_time
from web.local_time import moment
from web.services import Services, part
from web.trial.ended import ArrivedEvent, EndedRequest
from web.trial.standing import Trial

TRIES = 3
"""So often figures are asked for anew that were not of one position."""


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


@dataclass(frozen=True, slots=True)
class FiguresAt:
    """Figures at one position of the log, numerator and denominator each; None where analytics does not answer."""

    position: str
    figures: list[tuple[int, int] | None]

    def reaches(self, arrived: ArrivedEvent | None) -> bool:
        """Tell whether an event that stands on its topic was read before these figures were counted."""
        if arrived is None or not self.position:
            return arrived is not None
        read = dict(one.split(":") for one in self.position.split(",") if ":" in one)
        offsets = read.get(arrived["topic"], "").split(".")
        partition, offset = int(arrived["partition"]), int(arrived["offset"])
        return partition < len(offsets) and int(offsets[partition] or 0) > offset


async def before(services: Services, unit: str, start: str) -> str:
    """Return the figures as they are now, to be compared with later; nothing while analytics is away."""
    asked = [("M01", moment(start, services.zone).date()), ("M10", local_time.now(services.zone).date())]
    bookings, attempts = (await _known(services, unit, asked)).figures
    if bookings is None or attempts is None:
        return ""
    return f"{bookings[0]}-{attempts[0]}-{attempts[1]}"


async def risen(
    services: Services, unit: str, trial: Trial, booked: EndedRequest, lang: str
) -> tuple[list[RisenFigure], FiguresAt]:
    """Tell before and now: M01 in the month of the booking, and M10 in this one once a request was refused; both as
    they are known at one position, which is told beside."""
    bookings, without, attempts = trial.before.split("-") if trial.before else ("", "", "")
    then, today = moment(booked.data["slot"]["start"], services.zone).date(), local_time.now(services.zone).date()

    def behind(metric: str, on: date, **more: str) -> str:
        first, end = local_time.month(on)
        period = {"from": first, "to": end, "unit": unit, "lang": lang}
        return f"/analytics/metrics/{metric}/events?{urlencode(period | more)}"

    asked = [("M01", then), *([("M10", today)] if trial.refused else [])]
    known = await _known(services, unit, asked)
    made, left = known.figures[0], known.figures[-1]
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
        told.append(
            RisenFigure(
                "M10",
                f"{without} / {attempts}" if trial.before else "",
                left and f"{left[0]} / {left[1]}",
                local_time.month_name(today, lang),
                behind("M10", today),
            )
        )
    return told, known


async def _known(services: Services, unit: str, asked: Sequence[tuple[str, date]]) -> FiguresAt:
    """Return figures, each in the month of a day, as known at one position. While the log is read on between two
    answers they are asked for again; then the others at the position of the first, which analytics has to count
    anew."""

    async def figure(metric: str, on: date, **at: str) -> Any:
        first, end = local_time.month(on)
        period = {"from": first, "to": end, "unit": unit}
        return await services.read("analytics", f"/v1/figures/{metric}", **period, **at)

    for _ in range(TRIES):
        found = await asyncio.gather(*(figure(*one) for one in asked))
        positions = {one["position"] for one in found if one}
        if len(positions) <= 1:
            break
    else:
        positions = {found[0]["position"]} if found[0] else set()
        found = [found[0], *[await figure(*one, position=at) for one in asked[1:] for at in positions]]
    return FiguresAt(
        next(iter(positions), ""), [part(one, lambda one: _counts(one["figure"]["whole"])) for one in found]
    )


def _counts(whole: dict[str, Any] | None) -> tuple[int, int] | None:
    return None if whole is None else (int(whole["numerator"] or 0), int(whole["denominator"] or 0))
