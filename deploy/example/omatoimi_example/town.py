"""Who and what there is: the rooms of the start content, the channels, and associations that nobody has founded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid5

from omatoimi_contracts import requests as ask
from omatoimi_contracts.catalogue import REQUESTS

from omatoimi_example import start_content
from omatoimi_example.acts import NAMESPACE, Act, act
from omatoimi_example.calendar import at, julys, local_day

UNIT = "vallila"
"""The library of the content; an installation of another library has it as its own."""


@dataclass(frozen=True, slots=True)
class StartSpace:
    """A space as the start content registers it; buffers in minutes."""

    space: str
    premises: str
    leaves: tuple[str, ...]
    capacity: int
    before: timedelta
    after: timedelta
    task: str | None
    rules_to_accept: bool = False

    @property
    def accepted(self) -> dict[str, int]:
        """What a request says where the house rules must be accepted: those that the room begins with."""
        return {"rules_accepted": 1} if self.rules_to_accept else {}


@dataclass(frozen=True, slots=True)
class Association:
    """An association with proof. `language` is the one it writes in."""

    code: str
    name: str
    register: str
    language: str = "fi"

    @property
    def id(self) -> UUID:
        return uuid5(NAMESPACE, self.code)


ASSOCIATIONS = {
    one.code: one
    for one in (
        Association("lukupiiri", "Rivien välissä -lukupiiri ry", "999.101"),
        Association("neulojat", "Kerä ja Puikko ry", "999.102"),
        Association("kuoro", "Vallilan Villit Alttoviulut ry", "999.103"),
        Association("shakki", "Sturenkadun Sotilasaloitus ry", "999.104"),
        Association("pelimannit", "Puutalojen Pelimannit ry", "999.105"),
        Association("kutojat", "Kudotaan Kaupunkia ry", "999.106"),
        Association("viljelijat", "Palstat ja Porkkanat ry", "999.107"),
        Association("pyorapaja", "Kettinki ja Kumi ry", "999.108"),
        Association("salibandy", "Konepajan Pilli ja Pallo ry", "999.109"),
        Association("sulkapallo", "Hyvä Syöttö ry", "999.110"),
        Association("voimistelijat", "Kuperkeikka ja Kärrynpyörä ry", "999.111"),
        Association("bandit", "Neljä Sointua ry", "999.112"),
        Association("kokit", "Kattilan Äärellä ry", "999.113"),
        Association("vanhemmat", "Koulun Kulmilla ry", "999.114"),
        Association("lasecirkel", "Läsecirkeln Bokmal i Vallgård rf", "999.115", "sv"),
        Association("newcomers", "Tea and Small Talk ry", "999.116", "en"),
    )
}


@cache
def content() -> list[dict[str, Any]]:
    """Return the start content's requests to booking: premises, spaces and hours."""
    return start_content.content()["booking"]


@cache
def spaces() -> dict[str, StartSpace]:
    """Return the spaces by code."""
    found: dict[str, StartSpace] = {}
    for request in content():
        if request["type"] == ask.SpaceRequested.TYPE:
            data = request["data"]
            found[data["space"]] = StartSpace(
                space=data["space"],
                premises=data["premises"],
                leaves=tuple(data.get("parts", ())) or (data["space"],),
                capacity=data["capacity"],
                before=timedelta(minutes=data.get("buffer_before", 0)),
                after=timedelta(minutes=data.get("buffer_after", 0)),
                task=data.get("task"),
                rules_to_accept=data.get("rules_to_accept", False),
            )
    return found


@cache
def week(premises: str) -> dict[int, list[tuple[str, str]]]:
    """Tell when premises are open: spans of local time by weekday, Monday = 1, neighbouring ones joined."""
    (hours,) = (
        r["data"] for r in content() if r["type"] == ask.HoursRequested.TYPE and r["data"]["premises"] == premises
    )
    return {day["weekday"]: [(day["spans"][0]["opens"], day["spans"][-1]["closes"])] for day in hours["week"]}


SHUT_IN_JULY = ("koulu", "nuorisotalo")
"""The premises that keep closed all of July."""


def is_open(premises: str, start: datetime, end: datetime) -> bool:
    """Tell whether premises are open all that time."""
    day = local_day(start)
    if day.month == 7 and premises in SHUT_IN_JULY:
        return False
    return any(
        at(day, opens) <= start and end <= at(day, closes) for opens, closes in week(premises).get(day.isoweekday(), [])
    )


def founding(first: date, until: date) -> Iterator[Act]:
    """Yield the register, and the associations with their proof, on the first morning; then each July's closure."""
    for number, request in enumerate(content()):
        kind = REQUESTS[request["type"]]
        data = dict(request["data"]) | ({"unit": UNIT} if "unit" in request["data"] else {})
        yield act(at(first, "08:00", number), "staff", kind, data)
    for number, one in enumerate(ASSOCIATIONS.values()):
        data = {"organisation": one.id, "registernumber": one.register, "name": one.name}
        yield act(at(first, "09:00", number), "staff", ask.VerificationRequested, data, label=one.code)
    for july in julys(first, until):
        for premises in SHUT_IN_JULY:
            yield from _closure(max(first, july.replace(month=4)), july, premises)


def _closure(told: date, july: date, premises: str) -> Iterator[Act]:
    """Tell in spring of the summer: closed from the first of July, as usual again from the first of August."""
    usual = next(r["data"]["week"] for r in content() if r["data"].get("premises") == premises and "week" in r["data"])
    for number, (since, hours) in enumerate(((july, []), (july.replace(month=8), usual))):
        data = {"premises": premises, "valid_from": since.isoformat(), "week": hours}
        yield act(at(told, "10:00", number), "staff", ask.HoursRequested, data, label=f"{premises} {since}")
