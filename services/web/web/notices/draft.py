"""A notice as it is being written: what it is, its words, when and where it is, and until when it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

KINDS = ("event", "announcement", "hobby", "volunteering", "other")
"""What residents tell; hearings and decisions are the city's own."""
TITLE, TEXT = 200, 10_000
"""Characters of a title and of a text."""
YEARS = range(2000, 3000)


class BookingOfNotice(dict[str, Any]):
    """A booking that a notice may be tied to, as booking tells it, with its words."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed so far, as it was typed. `words` has `title` and `text` by language; `booking` and `organisation`
    are ids, or empty."""

    kind: str
    organisation: str
    words: Mapping[str, tuple[str, str]]
    booking: str = ""
    day: str = ""
    start: str = ""
    end: str = ""
    until: str = ""

    @classmethod
    def of(cls, typed: Mapping[str, str], languages: Sequence[str]) -> Self:
        def field(name: str) -> str:
            return typed.get(name, "").strip()

        words = {code: (field(f"title-{code}"), field(f"text-{code}")) for code in languages}
        rest = {name: field(name) for name in ("booking", "day", "start", "end", "until")}
        return cls(field("kind") or KINDS[0], field("organisation"), words, **rest)

    @property
    def titles(self) -> dict[str, str]:
        return {code: title for code, (title, _) in self.words.items() if title}

    @property
    def texts(self) -> dict[str, str]:
        return {code: text for code, (_, text) in self.words.items() if text}

    def faults_in_words(self, organisations: Sequence[UUID]) -> dict[str, str]:
        """Return what is wrong with what it says, by field."""
        found = {}
        if not self.titles:
            found[f"title-{next(iter(self.words))}"] = "title"
        for code, (title, text) in self.words.items():
            if text and not title:
                found[f"title-{code}"] = "title"
            if len(title) > TITLE:
                found[f"title-{code}"] = "title-long"
            if len(text) > TEXT:
                found[f"text-{code}"] = "text-long"
        if self.kind not in KINDS:
            found["kind"] = "kind"
        if self.organisation and self.organisation not in map(str, organisations):
            found["organisation"] = "organisation"
        return found

    def faults_in_times(self, bookings: Mapping[str, BookingOfNotice], now: datetime) -> dict[str, str]:
        """Return what is wrong with its times, by field."""
        if self.booking:
            return {} if self.booking in bookings else {"booking": "booking"}
        zone = now.tzinfo
        assert isinstance(zone, ZoneInfo)
        slot = self.slot(zone)
        found = {}
        if any((self.day, self.start, self.end)) and slot is None:
            found["day"] = "when"
        elif slot and slot[0] >= slot[1]:
            found["end"] = "backwards"
        if until := self._day(self.until):
            if until < now.date():
                found["until"] = "past"
        elif self.until or slot is None:
            found["until"] = "until"
        if slot and slot[1] <= now:
            found["day"] = "past"
        return found

    def slot(self, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """Return when it is, where that was typed and is understood."""
        on = self._day(self.day)
        try:
            start, end = (time.fromisoformat(at.replace(".", ":")) for at in (self.start, self.end))
        except ValueError:
            return None
        return (datetime.combine(on, start, zone), datetime.combine(on, end, zone)) if on else None

    def ends(self, zone: ZoneInfo, booking: BookingOfNotice | None) -> datetime:
        """Return until when it is shown: the end of the last day that was typed, else of what it tells about."""
        if booking:
            return datetime.fromisoformat(booking["slot"]["end"])
        if until := self._day(self.until):
            return datetime.combine(until + timedelta(days=1), time(), zone)
        slot = self.slot(zone)
        assert slot is not None
        return slot[1]

    def data(self, zone: ZoneInfo, unit: str, booking: BookingOfNotice | None) -> dict[str, Any]:
        """Return the request that it makes."""
        asked: dict[str, Any] = {
            "kind": self.kind,
            "titles": self.titles,
            "texts": self.texts,
            "unit": unit,
            "until": self.ends(zone, booking).isoformat(),
        }
        if self.organisation:
            asked["organiser"] = {"class": "association", "organisation": self.organisation}
        slot = self.slot(zone)
        if booking:
            asked["booking"] = booking["booking"]
        elif slot:
            asked["slot"] = {"start": slot[0].isoformat(), "end": slot[1].isoformat()}
        return asked

    @staticmethod
    def _day(typed: str) -> date | None:
        try:
            if "." in typed:
                day, month, year = map(int, typed.rstrip(".").split("."))
                found = date(year, month, day)
            else:
                found = date.fromisoformat(typed)
        except ValueError:
            return None
        return found if found.year in YEARS else None
