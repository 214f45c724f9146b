"""The form of a booking: what was typed, what is wrong with it, and the request that it makes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from web.rooms.days import in_address, of_address
from web.services import slot_of

PURPOSES = ("meeting", "hobby", "study", "event", "course", "hearing", "other")
YEARS = range(2000, 3000)
LONGEST_TYPED = 40


@dataclass(frozen=True, slots=True)
class BookingForm:
    """What somebody typed, as text. `organiser` is the association that they act for, empty where they book for
    themselves; `public` is `yes` where anybody may come; `rules` is the version of the house rules that they accept;
    `wanted` is the slot first asked for, where another is taken instead."""

    space: str = ""
    day: str = ""
    start: str = ""
    end: str = ""
    persons: str = ""
    purpose: str = ""
    organiser: str = ""
    public: str = ""
    rules: str = ""
    wanted_start: str = ""
    wanted_end: str = ""

    @classmethod
    def of(cls, typed: Mapping[str, str]) -> Self:
        """Read the fields of a form that was sent."""
        return cls(**{one.name: typed.get(one.name, "").strip()[:LONGEST_TYPED] for one in fields(cls)})

    @classmethod
    def begun(cls, space: str, start: str, end: str, persons: str, zone: ZoneInfo) -> Self:
        """Read the form as a link to it fills it in; what cannot be read is left out."""
        begins, ends = of_address(start, zone), of_address(end, zone)
        made = cls(space=space, persons=persons)
        return made.at(begins, ends) if begins and ends else made

    def at(self, begins: datetime, ends: datetime) -> Self:
        """Return the same at another local time."""
        return replace(self, day=begins.date().isoformat(), start=f"{begins:%H:%M}", end=f"{ends:%H:%M}")

    def instead(self, space: str, begins: datetime, ends: datetime, zone: ZoneInfo) -> Self:
        """Return the same for what is free instead; what was wanted first is kept."""
        first = self.slot(zone)
        kept = self
        if first and not self.wanted_start:
            kept = replace(self, wanted_start=in_address(first[0]), wanted_end=in_address(first[1]))
        return replace(kept.at(begins, ends), space=space, rules=self.rules if space == self.space else "")

    def slot(self, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """Read from when until when, in local time; until midnight is typed as 0.00 or 24.00. None where it is no
        time."""
        begins = of_address(f"{self.day}T{self.start}", zone)
        ends = of_address(f"{self.day}T{'00:00' if self.end == '24:00' else self.end}", zone)
        if begins is None or ends is None or begins.year not in YEARS:
            return None
        if self.end in ("00:00", "24:00"):
            ends = _next_midnight(begins)
        return begins, ends

    def faults(self, zone: ZoneInfo, organisations: tuple[UUID, ...]) -> dict[str, str]:
        """Tell what is wrong, by the field that it is about: the keys of the sentences that say so."""
        found: dict[str, str] = {}
        slot = self.slot(zone)
        if slot is None:
            found["day" if not _is_day(self.day) else "start"] = "when"
        elif slot[1] <= slot[0]:
            found["end"] = "backwards"
        if not re.fullmatch(r"[1-9][0-9]{0,4}", self.persons):
            found["persons"] = "persons"
        if self.purpose not in PURPOSES:
            found["purpose"] = "purpose"
        if self.organiser and self.organiser not in {str(one) for one in organisations}:
            found["organiser"] = "organiser"
        return found

    def data(self, zone: ZoneInfo, session: UUID) -> dict[str, Any]:
        """Return the request that it makes, of a form without faults."""
        slot = self.slot(zone)
        assert slot is not None
        data: dict[str, Any] = {
            "space": self.space,
            "slot": slot_of(*slot),
            "persons": int(self.persons),
            "purpose": self.purpose,
            "opentopublic": self.public == "yes",
            "session": str(session),
        }
        if re.fullmatch(r"[1-9][0-9]{0,5}", self.rules):
            data["rules_accepted"] = int(self.rules)
        if self.organiser:
            data["organiser"] = {"class": "association", "organisation": self.organiser}
        first = of_address(self.wanted_start, zone), of_address(self.wanted_end, zone)
        if first[0] and first[1] and first[0] < first[1]:
            data["wanted"] = slot_of(first[0], first[1])
        return data


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _next_midnight(begins: datetime) -> datetime:
    return datetime.combine(begins.date() + timedelta(days=1), time(), begins.tzinfo)
