"""What is asked: a room by the form, the same again, or what is free instead."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any, Self
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from web.local_time import moment
from web.services import Services, Slot, slot_of
from web.trial import figures
from web.trial.ended import EndedRequest, ended
from web.trial.standing import Trial, id_of

ROOM = "kerhohuone"
PERSONS = 8
SOUGHT = ("taken", "capacity")
"""The rules after which booking looks for other rooms, so that their want is worth a word."""
FAULTS = {
    "unknown-space": "unknown-space",
    "other-content": "other-content",
    "key-missing": "no-key",
    "key-unknown": "no-key",
}
"""The sentences for what booking told as a problem."""
YEARS = range(2000, 3000)


class FormRefused(Exception):
    """It came to no request; `fault` is the key of the sentence that says why."""

    def __init__(self, fault: str, status: int = 422) -> None:
        super().__init__(fault)
        self.fault, self.status = fault, status


@dataclass(frozen=True, slots=True)
class TrialForm:
    """What the form asks for, as it was typed; `of` a request is the form that made it."""

    day: str = ""
    start: str = ""
    end: str = ""
    persons: str = str(PERSONS)

    @classmethod
    def of(cls, asked: EndedRequest, zone: ZoneInfo) -> Self:
        start, end = (moment(asked.data["wanted"][edge], zone) for edge in ("start", "end"))
        return cls(start.date().isoformat(), f"{start:%H:%M}", f"{end:%H:%M}", str(asked.data["persons"]))

    def data(self, zone: ZoneInfo) -> dict[str, Any]:
        """Return the request that it makes. Raises Refused with the fault, when it makes none."""
        try:
            on = date.fromisoformat(self.day)
            start, end = (datetime.combine(on, time.fromisoformat(at), zone) for at in (self.start, self.end))
        except ValueError:
            raise FormRefused("when") from None
        if on.year not in YEARS:
            raise FormRefused("when")
        if end <= start:
            raise FormRefused("backwards")
        if not self.persons.isdecimal() or not 0 < int(self.persons) < 100_000:
            raise FormRefused("persons")
        return {"space": ROOM, "slot": slot_of(start, end), "persons": int(self.persons)}


async def ask(
    services: Services, unit: str, trial: Trial, typed: TrialForm, form: Mapping[str, str], lang: str
) -> tuple[Trial, int]:
    """Do one step: `book` the wish, ask `again` for the same, or `take` an alternative. Where the trial then stands,
    and the step to look at. The id of the request came with the form, so that one sent twice is done once."""
    match form.get("act"):
        case "again" if trial.booked:
            first = await _known(services, trial.booked)
            data = {name: first.data[name] for name in ("space", "slot", "persons")}
        case "take":
            wanted = await _known(services, trial.refused or trial.booked)
            data = {
                "space": form.get("space", ""),
                "slot": _alternative(form, services.zone),
                "wanted": wanted.data["wanted"],
            }
            data["persons"] = wanted.data["persons"]
        case _:
            data = typed.data(services.zone)
            trial = Trial(before=await figures.before(services, unit, data["slot"]["start"]))
    asked = id_of(form.get("request")) or uuid4()
    answer = await services.ask("booking", "/v1/bookings", asked, lang, data)
    if answer is None:
        raise FormRefused("away", 503)
    if "outcome" not in answer or answer["outcome"]["type"] == "omatoimi.request.rejected.v1":
        code = answer["type"].rpartition(":")[2]
        raise FormRefused(FAULTS.get(code, "not-understood"), answer["status"])
    if not EndedRequest(answer["outcome"]).confirmed:
        return replace(trial, refused=asked), 2 if trial.booked else 1
    if trial.booked is None:
        return Trial(booked=asked, before=trial.before), 2
    return replace(trial, taken=asked), 3


async def _known(services: Services, request: UUID | None) -> EndedRequest:
    found = request and await ended(services, request)
    if not found:
        raise FormRefused("unknown", 404) if services.knows("booking") else FormRefused("away", 503)
    return found


def _alternative(form: Mapping[str, str], zone: ZoneInfo) -> Slot:
    try:
        return slot_of(*(datetime.fromisoformat(form.get(edge, "")).astimezone(zone) for edge in ("start", "end")))
    except (ValueError, OverflowError):
        raise FormRefused("when") from None
