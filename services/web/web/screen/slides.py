"""What stands on the slides of a screen, in one language, and until when each part of it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from chassis.pages import said

from web import local_time
from web.rendering import PAGES
from web.screen.rooms import House, Use

EVENTS = 12
"""So many are shown at most."""


@dataclass(frozen=True, slots=True)
class SlideEntry:
    """An event or a decision. `until` is when it is over, where it ever is."""

    title: str
    language: str
    when: str
    where: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Slides:
    """The slides of one language; None in the place of what its service did not tell."""

    language: str
    library: str
    houses: Sequence[House] | None
    events: Sequence[SlideEntry] | None
    decisions: Sequence[SlideEntry] | None

    def t(self, key: str, /, **fields: object) -> str:
        """Return a word in this language."""
        return said(PAGES.words[self.language], self.language, key, **fields)

    def use(self, of: Use, when: str) -> str:
        """Say how a room stands `now`, or `next`: "Varattu klo 16.00 asti", "16.00–18.00 vapaa". Of what lasts until
        the day ends no hour is said."""
        kind = "held" if of.by else of.kind
        rest = ".rest" if of.end.time() == time() else ""
        start, end = (local_time.clock(edge, self.language) for edge in (of.start, of.end))
        return self.t(f"screen.{when}.{kind}{rest}", start=start, end=end, name=of.by)


def events(told: Mapping[str, Any], now: datetime, lang: str) -> list[SlideEntry]:
    """Tell what is on today, by its time; where nothing is, what comes next."""
    zone = now.tzinfo
    assert isinstance(zone, ZoneInfo)

    def at(item: Mapping[str, Any], edge: str) -> datetime:
        return local_time.moment(item["slot"][edge], zone)

    coming = [item for item in told["items"] if item.get("slot") and at(item, "end") > now]
    coming.sort(key=lambda item: (at(item, "start"), item["id"]))
    today = [item for item in coming if at(item, "start").date() <= now.date()]

    def entry(item: Mapping[str, Any]) -> SlideEntry:
        slot, organiser = item["slot"], item.get("organiser") or {}
        when = local_time.span if at(item, "start").date() == now.date() else local_time.on_day
        where = " · ".join(told for told in (item.get("place"), organiser.get("name")) if told)
        until = min(at(item, "end"), local_time.moment(item.get("until") or slot["end"], zone))
        return SlideEntry(item["title"], item["language"], when(slot["start"], slot["end"], lang, zone), where, until)

    return [entry(item) for item in (today or coming)[:EVENTS]]


def decisions(told: Mapping[str, Any], lang: str) -> list[SlideEntry]:
    """Tell the newest decisions of the area."""
    return [
        SlideEntry(
            item["title"],
            item["language"],
            local_time.day(date.fromisoformat(item["decided"]), lang) if item["decided"] else "",
            item["body"]["name"],
        )
        for item in told["items"]
    ]
