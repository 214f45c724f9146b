"""The town that is troubled: rooms to be fought over, and what its residents ask for."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis import Caller
from chassis.access import by_channel
from uuid_utils.compat import uuid7

STAFF = by_channel("/helsinki/channels/staff", "staff", "vallila")
WEB = by_channel("/helsinki/channels/web", "web", "vallila")
CHANNELS = {caller.channel.name: caller for caller in (STAFF, WEB)}

ALL_DAY = [{"weekday": day, "spans": [{"opens": "00:00", "closes": "24:00", "kind": "staffed"}]} for day in range(1, 8)]
ROOMS = {
    "kirjasto": ("kerhohuone", "lukusali", "paja", "puoli-1", "puoli-2", "juhlasali"),
    "koulu": ("luokka-1", "luokka-2", "liikuntasali"),
}
PARTS = {"juhlasali": ["puoli-1", "puoli-2"]}
PREMISES = {room: premises for premises, rooms in ROOMS.items() for room in rooms}
DAYS = 4
"""So many days ahead is asked for a room: few enough that many want the same."""


@dataclass(frozen=True)
class Act:
    """What is asked: of which service, on which request topic, and at which of its resources."""

    service: str
    topic: str
    path: str


ACTS = {
    "premises": Act("booking", "booking.requests.v1", "premises"),
    "hours": Act("booking", "booking.requests.v1", "hours"),
    "space": Act("booking", "booking.requests.v1", "spaces"),
    "booking": Act("booking", "booking.requests.v1", "bookings"),
    "move": Act("booking", "booking.requests.v1", "moves"),
    "cancellation": Act("booking", "booking.requests.v1", "cancellations"),
    "notice": Act("notices", "notices.requests.v1", "notices"),
    "notice-change": Act("notices", "notices.requests.v1", "notice-changes"),
    "record": Act("decisions", "decisions.requests.v1", "records"),
    "visit": Act("analytics", "usage.requests.v1", "visits"),
}


@dataclass(frozen=True)
class Request:
    """What a channel asks for, under an id that it keeps however often it has to ask."""

    act: str
    data: Mapping[str, Any]
    by: Caller = WEB
    id: UUID = field(default_factory=uuid7)

    @property
    def to(self) -> Act:
        return ACTS[self.act]

    def event(self) -> dict[str, Any]:
        """The request as a CloudEvent."""
        return {
            "specversion": "1.0",
            "id": str(self.id),
            "source": self.by.channel.source,
            "type": f"omatoimi.{self.act}.requested.v1",
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "datacontenttype": "application/json",
            "language": "fi",
            "data": self.data,
        }


def register() -> list[Request]:
    """The premises, open day and night, and their rooms; in this order."""
    asked = []
    for premises, rooms in ROOMS.items():
        asked.append(Request("premises", {"premises": premises, "owner": "library", "unit": "vallila"}, STAFF))
        asked.append(Request("hours", {"premises": premises, "valid_from": "2014-01-01", "week": ALL_DAY}, STAFF))
        for room in rooms:
            data = {"premises": premises, "space": room, "capacity": 50, "parts": PARTS.get(room, [])}
            asked.append(Request("space", data, STAFF))
    return asked


@dataclass
class Known:
    """What residents have heard of: bookings with a room of theirs, and notices. All of them know all of it, so that
    they get into each other's way."""

    today: datetime
    bookings: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def learn(self, outcome: Mapping[str, Any]) -> None:
        """Remember what an outcome tells."""
        match outcome["type"].split("."):
            case [_, "booking", "confirmed", _]:
                self.bookings[outcome["subject"]] = outcome["data"]["space"]
            case [_, "booking", "cancelled", _]:
                self.bookings.pop(outcome["subject"], None)
            case [_, "notice", "published" | "submitted", _]:
                self.notices.append(outcome["subject"])


def wish(chance: random.Random, known: Known) -> Request:
    """What a resident wants next."""
    booking = chance.choice(list(known.bookings)) if known.bookings else None
    notice = chance.choice(known.notices) if known.notices else None
    match chance.choices(("book", "move", "cancel", "post", "change", "push", "count"), (10, 4, 3, 4, 3, 1, 1))[0]:
        case "move" if booking:
            data: dict[str, Any] = {"booking": booking, "slot": _slot(chance, known)}
            if chance.random() < 0.3:
                data["space"] = chance.choice(ROOMS[PREMISES[known.bookings[booking]]])
            return Request("move", data)
        case "cancel" if booking:
            return Request("cancellation", {"booking": booking, "reason": "illness"})
        case "post":
            return Request("notice", _notice(chance, known, booking), chance.choice((STAFF, WEB)))
        case "change" if notice:
            change = {"withdraw": True} if chance.random() < 0.3 else {"titles": {"fi": f"Talkoot {uuid7()}"}}
            return Request("notice-change", {"notice": notice, **change}, STAFF)
        case "push":
            content = {"CaseID": chance.choice(CASE_IDS), "Title": f"Asemakaava {uuid7()}", "Status": "Vireillä"}
            return Request("record", {"kind": "case", "content": content}, STAFF)
        case "count":
            slot = {"start": "2026-01-20T10:00:00+02:00", "end": "2026-01-20T11:00:00+02:00"}
            counted = {"unit": "vallila", "counter": "ovi", "slot": slot, "persons": chance.randint(1, 50)}
            return Request("visit", counted, STAFF)
        case _:
            return Request("booking", _booking(chance, known))


CASE_IDS = [f"HEL 2026-{number:06}" for number in range(1, 9)]


def _booking(chance: random.Random, known: Known) -> dict[str, Any]:
    data = {"space": chance.choice(list(PREMISES)), "slot": _slot(chance, known)}
    if chance.random() < 0.2:
        data |= {"purpose": "hearing", "case": chance.choice(CASE_IDS).replace(" ", "-")}
    return data


def _notice(chance: random.Random, known: Known, booking: str | None) -> dict[str, Any]:
    data: dict[str, Any] = {
        "titles": {"fi": f"Korttelin ilta {uuid7()}"},
        "until": (known.today + timedelta(days=90)).isoformat(),
    }
    if booking and chance.random() < 0.6:
        data |= {"booking": booking, "slot": _slot(chance, known)}
    return data


def _slot(chance: random.Random, known: Known) -> dict[str, str]:
    start = known.today + timedelta(days=1, minutes=30 * chance.randrange(DAYS * 48))
    return {
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=chance.choice((30, 60, 90, 120)))).isoformat(),
    }
