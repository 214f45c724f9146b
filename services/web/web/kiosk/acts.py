"""What can be touched at a kiosk, what is asked of the services for it, and what is shown of how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from web.kiosk.devices import Device, Devices, Moment
from web.services import Services
from web.store import kiosks
from web.visitors import Form, id_of

A_MOMENT, A_QUARTER = timedelta(minutes=1), timedelta(minutes=15)
AN_HOUR = timedelta(hours=1)
MOST = 10_000
REFUSALS = {"taken": "taken", "closed": "taken", "rules-not-accepted": "rules"}
CONFIRMED = "omatoimi.booking.confirmed.v1"


@dataclass(frozen=True, slots=True)
class ActDone:
    """How an act ended: its status, what the page shows of it, and the step of the page that it leads to."""

    status: int
    shown: Mapping[str, Any] | None = None
    step: str = "shown"


@dataclass(frozen=True, slots=True)
class Touched:
    """A form that was sent at a device, when it was touched, and the services as they are asked there."""

    devices: Devices
    services: Services
    device: Device
    typed: Form
    moment: Moment
    lang: str

    @property
    def id(self) -> UUID:
        """The id of the request that the form makes."""
        return id_of(self.typed)

    def number(self, *names: str) -> int | None:
        """Return the first whole number from 1 on that stands in one of these fields."""
        for name in names:
            told = self.typed.get(name, "").strip()
            if told.isascii() and told.isdigit() and 1 <= int(told[:6]) <= MOST:
                return int(told[:6])
        return None

    async def ask(self, service: str, path: str, data: dict[str, Any], *, at: bool = False) -> Any:
        """Ask a service; with `at` as of when it was touched."""
        services = replace(self.services, happened=self.moment.at.astimezone(UTC)) if at else self.services
        return await services.ask(service, path, self.id, self.lang, data)


def _code(told: Any) -> str:
    """Tell why a service refused; empty where it did not, `away` where it does not answer."""
    if told is None:
        return "away"
    return "" if told.get("status", 200) < 400 else str(told.get("type", "")).rpartition(":")[2]


def _failed(told: Any, step: str) -> ActDone:
    """Say where something could not be done: that nobody answers, or that it was not understood."""
    if told is None:
        return ActDone(503, {"said": "away"}, step)
    return ActDone(int(told["status"]), {"said": "not-taken"}, step)


async def check_in(by: Touched) -> ActDone:
    """Say by the code of their booking that they came. Five wrong ones in ten minutes, and the staff must help."""
    code = "".join(by.typed.get("code", "").split())
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return ActDone(422, {"said": "six-digits"}, "check-in")
    database, now = by.devices.database, by.devices.now
    if not await kiosks.may_try(database, by.device.id, by.id, now, kiosks.TRIED_WITHIN):
        return ActDone(429, {"said": "too-many"}, "check-in")
    told = await by.ask("booking", "/v1/check-ins", {"unit": by.device.unit, "code": code}, at=True)
    if _code(told) == "unknown-code":
        return ActDone(404, {"said": "unknown-code"}, "check-in")
    await kiosks.was_right(database, by.device.id, by.id)
    if _code(told):
        return _failed(told, "check-in")
    of = told["outcome"]["data"]
    return ActDone(200, {"said": "checked-in", "space": of.get("space"), "slot": of.get("slot")})


async def book(by: Touched) -> ActDone:
    """Book a room that is free now for the next hour, or as long as it is free. It is the device's, by a code. Who
    touches it accepts the house rules in the version that the device showed."""
    space = by.typed.get("space", "")
    today = await by.services.read("booking", "/v1/today", unit=by.device.unit)
    if today is None:
        return ActDone(503, {"said": "away"}, "book")
    slot = next_hour(next((one for one in today["spaces"] if one["space"] == space), None), by.devices.now)
    if slot is None:
        return ActDone(409, {"said": "taken"}, "book")
    accepted = by.number(f"rules-{space}")
    shown = {"rules_accepted": accepted} if accepted else {}
    told = await by.ask("booking", "/v1/bookings", {"space": space, "slot": slot, **shown})
    if _code(told) in REFUSALS:
        return ActDone(409, {"said": REFUSALS[_code(told)]}, "book")
    if _code(told) or told["outcome"]["type"] != CONFIRMED:
        return _failed(told, "book")
    booking = told["resource"]["booking"]
    mine = await by.services.own("booking", f"/v1/bookings/{booking}")
    code = mine.told.get("code") if mine is not None and mine.status == 200 else None
    return ActDone(201, {"said": "booked", "space": space, "slot": slot, "booking": booking, "code": code})


def next_hour(room: Mapping[str, Any] | None, now: datetime) -> dict[str, str] | None:
    """Return the next hour of a room that can be had now, on its grid, or what of it is free; None where that is less
    than a quarter of one."""
    if room is None or room["from_now"] is None:
        return None
    start, until = (datetime.fromisoformat(room["from_now"][edge]) for edge in ("start", "end"))
    step = timedelta(minutes=room["rules"]["grid_minutes"])
    if start < now and start + step - now <= A_MOMENT:
        start += step  # it would be the next slot by the time that somebody touches the button
    shortest = timedelta(minutes=room["rules"]["shortest_minutes"])
    end = min(until, start + max(-((start - now - AN_HOUR) // step) * step, shortest))
    if end - start < shortest or end - now < A_QUARTER:
        return None
    return {"start": start.astimezone(UTC).isoformat(), "end": end.astimezone(UTC).isoformat()}


async def undo(by: Touched) -> ActDone:
    """Give back what was booked here just now."""
    shown, until = by.device.kept.shown, by.device.kept.shown_until
    if shown is None or until is None or until <= by.devices.now or "booking" not in shown:
        return ActDone(409, {"said": "not-taken"}, "shown")
    data = {"booking": shown["booking"], "by": "user", "reason": "not-needed"}
    told = await by.ask("booking", "/v1/cancellations", data)
    return _failed(told, "shown") if _code(told) else ActDone(200, {"said": "undone"})


async def count(by: Touched) -> ActDone:
    """Tell how many use a room without a booking, for an hour from then on; dated by us alone it is an estimate."""
    persons = by.number("persons", "more")
    if not persons or not by.typed.get("space"):
        return ActDone(422, {"said": "room-and-persons"}, "count")
    start = by.moment.at.astimezone(UTC).replace(microsecond=0)
    data = {
        "space": by.typed["space"],
        "slot": {"start": start.isoformat(), "end": (start + AN_HOUR).isoformat()},
        "persons": persons,
        "method": "reported" if by.moment.believed else "estimated",
    }
    told = await by.ask("booking", "/v1/walk-ins", data, at=True)
    return _failed(told, "count") if _code(told) else ActDone(201, {"said": "counted"})


async def rate(by: Touched) -> ActDone:
    """Say how it was, from 1 to 5."""
    rating = by.number("rating")
    if rating is None or rating > 5:
        return ActDone(422, {"said": "not-taken"}, "shown")
    told = await by.ask("analytics", "/v1/ratings", {"unit": by.device.unit, "rating": rating}, at=True)
    return _failed(told, "shown") if _code(told) else ActDone(201, {"said": "rated"})


async def call(by: Touched) -> ActDone:
    """Call the staff: they see it at the desk, also where the figures do not answer."""
    await kiosks.call(by.devices.database, by.id, by.device.kept, by.devices.now)
    data = {"unit": by.device.unit, "help": str(by.id), "topic": "kiosk"}
    await by.ask("analytics", "/v1/help-calls", data)
    return ActDone(201, {"said": "called"})
