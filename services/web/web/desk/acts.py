"""What the desk asks of a service in somebody's name, and how that ended."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.problem import Problem
from uuid_utils.compat import uuid7

from web.overtaken import FAILED, code_of
from web.rendering import PAGES
from web.services import Services, Slot, slot_of
from web.visitors import Form

MOST = 100_000
YEARS = range(2000, 3000)


class Fault(Exception):
    """What was typed cannot be asked for: the field, and the key of the sentence that says what to do."""

    def __init__(self, field: str, key: str) -> None:
        super().__init__(key)
        self.field, self.key = field, key


@dataclass(frozen=True, slots=True)
class Ended:
    """How a request ended. `code` names why it could not be done and `detail` says so in the reader's language; both
    are empty where it was done. `told` is the whole answer, `first` in which role somebody else was first, and when,
    where they were."""

    status: int
    code: str = ""
    detail: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    first: dict[str, Any] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        return not self.code

    @property
    def overtaken(self) -> bool:
        """Whether somebody did something to the thing since the form showed it."""
        return self.code == FAILED


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says on top: what was done, or why not, with what was typed and what stands meanwhile."""

    status: int = 200
    done: str = ""
    fault: Fault | None = None
    refused: Ended | None = None
    overtaken: dict[str, Any] | None = None
    typed: Form | None = None

    def value(self, name: str, otherwise: object = "") -> object:
        """Return what stands in a field: what was typed, else what is known."""
        return self.typed.get(name, "") if self.typed is not None else ("" if otherwise is None else otherwise)

    def wrong(self, name: str) -> bool:
        """Tell whether it is this field that is wrong."""
        return self.fault is not None and self.fault.field == name


async def ask(
    services: Services, service: str, path: str, form: Form, lang: str, data: dict[str, Any], **how: str
) -> Ended:
    """Ask for what a form asks for, under the id that came with it, and by what it has `seen` of the thing: sent twice,
    it is done once, and over what somebody else did meanwhile nothing is done."""
    # While people does not vouch for them it would be asked as nobody.
    how = {"seen": form.get("seen", ""), **how}
    told = await services.ask(service, path, id_of(form), lang, data, **how) if services.knows("people") else None
    if told is None:
        return Ended(503, "away")
    if told.get("status", 200) < 400:
        return Ended(200, told=told)
    code, first = code_of(told), dict(told.get("first") or {})
    detail = PAGES.words[lang]["desk.overtaken.changed"] if code == FAILED else str(told.get("detail", ""))
    return Ended(told["status"], code, detail, told, first)


async def state_of(services: Services, service: str, subject: str) -> str:
    """Return the `etag` of a thing's state. Read before the thing itself: what is done in between is then unseen, and a
    form that shows it is told so once too often rather than not at all."""
    return str((await services.read(service, f"/v1/acts/{subject}") or {}).get("etag", ""))


def id_of(form: Form) -> UUID:
    """Return the id of the request that a form makes."""
    return thing(form, "id") if form.get("id") else uuid7()


def thing(form: Form, name: str) -> UUID:
    """Return the id of what a form is about, which no reader types."""
    try:
        return UUID(form.get(name, ""))
    except ValueError:
        raise Problem(422, "malformed", f"The form names no {name}: open its page anew.") from None


def number(form: Form, name: str, most: int = MOST) -> int | None:
    """Return a number that was typed, or None where the field was left empty."""
    typed = form.get(name, "").strip()
    if not typed:
        return None
    if not re.fullmatch("[0-9]{1,6}", typed) or int(typed) > most:
        raise Fault(name, name)
    return int(typed)


def local_moment(form: Form, day: str, clock: str, zone: ZoneInfo) -> datetime:
    """Return a local moment of a day and a time of day that were typed."""
    on = a_day(form, day)
    typed = form.get(clock, "").strip().replace(".", ":")
    if not re.fullmatch(r"([01]?\d|2[0-4])(:[0-5]\d)?", typed):
        raise Fault(clock, "clock")
    hour, _, minute = typed.partition(":")
    if int(hour) == 24:
        return datetime.combine(on + timedelta(days=1), time(), zone)
    return datetime.combine(on, time(int(hour), int(minute or 0)), zone)


def a_day(form: Form, name: str) -> date:
    """Return a day that was typed, as a field of days sends it or as people write it: 24.12.2026."""
    typed = form.get(name, "").strip()
    written = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", typed)
    try:
        found = date(*map(int, reversed(written.groups()))) if written else date.fromisoformat(typed)
    except ValueError:
        raise Fault(name, "day") from None
    if found.year not in YEARS:
        raise Fault(name, "day")
    return found


def slot(start: datetime, end: datetime, field: str) -> Slot:
    """Return a slot as the services take it. Raises Fault where it ends before it begins."""
    if start >= end:
        raise Fault(field, "backwards")
    return slot_of(start, end)


def chosen(form: Form, name: str, among: Iterable[str]) -> str:
    """Return what was chosen of a list."""
    told = form.get(name, "")
    if told not in among:
        raise Fault(name, "reason" if name == "reason" else "choose")
    return told
