"""Kokeile, "try it": book a room, be refused, take what is free instead, see each event arrive and the figures rise.

Every step is a plain form. The page posts it through booking's own HTTP door as the installation's web channel, whose
key never leaves the server; so only forms of this very page are taken. Nothing is kept: where somebody stands in the
trial is in the address, as the ids of their requests, and how these ended is asked of the doors.
"""

import asyncio
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

from chassis.pages import Pages, language
from chassis.problem import Problem
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from omatoimi import moments
from omatoimi.doors import Doors
from omatoimi.moments import HELSINKI, moment

PAGES = Pages(Path(__file__).parent)
ROOM = "kerhohuone"
PERSONS = 8
HOUR = timedelta(hours=1)
HALF_HOUR = timedelta(minutes=30)
DAYS_AHEAD = 14
AT_MOST = 5
LATE = timedelta(seconds=5)
"""An event that has not arrived so long after its request is late: Kafka, or who reads it, is away."""

FIGURES = re.compile(r"\d{1,9}(-\d{1,9}){2}", re.ASCII)
RULES = ("taken", "closed", "quota", "capacity", "too-long", "in-the-past", "too-far-ahead", "not-verified")
FAULTS = ("unknown-space", "other-content")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form asks for, as it was typed."""

    day: str = ""
    start: str = ""
    end: str = ""
    persons: str = str(PERSONS)

    def data(self) -> dict[str, Any]:
        """The request that it makes. Raises Refused with the fault, when it makes none."""
        try:
            on = date.fromisoformat(self.day)
            start, end = (datetime.combine(on, time.fromisoformat(at), HELSINKI) for at in (self.start, self.end))
        except ValueError:
            raise Refused("when") from None
        if end <= start:
            raise Refused("backwards")
        if not self.persons.isdecimal() or not 0 < int(self.persons) < 100_000:
            raise Refused("persons")
        return {"space": ROOM, "slot": _slot(start, end), "persons": int(self.persons)}


class Refused(Exception):
    """It came to no request; `fault` is the key of the sentence that says why."""

    def __init__(self, fault: str, status: int = 422) -> None:
        super().__init__(fault)
        self.fault, self.status = fault, status


@dataclass(frozen=True, slots=True)
class Trial:
    """Where somebody stands: the ids of what they asked for, and the figures as they were before, as
    `<bookings>-<attempts left without a room>-<attempts>`."""

    booked: UUID | None = None
    refused: UUID | None = None
    taken: UUID | None = None
    before: str = ""

    def address(self, lang: str, step: int) -> str:
        ids = {"booked": self.booked, "refused": self.refused, "taken": self.taken, "before": self.before or None}
        query = {name: value for name, value in ids.items() if value is not None}
        return f"/try?{urlencode({**query, 'lang': lang})}#step-{step}"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a request ended: its outcome, the sentence that tells it, and its event as it stands on the topic, once it
    has arrived there."""

    outcome: dict[str, Any]
    arrived: dict[str, Any] | None = None

    @property
    def confirmed(self) -> bool:
        return bool(self.outcome["type"] == "omatoimi.booking.confirmed.v1")

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.outcome["data"]
        return data

    @property
    def rule(self) -> str:
        rule = self.data.get("rule")
        return rule if rule in RULES else "other"

    @property
    def raw(self) -> str:
        """The event, laid out to be read."""
        return json.dumps(self.arrived and self.arrived["event"], indent=2, ensure_ascii=False)

    def late(self, now: datetime) -> bool:
        return self.arrived is None and now - moment(self.outcome["time"]) > LATE


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a month, before and now: `before` is empty where it was not known, `now` None while analytics does
    not answer. `address` has the events it was counted from."""

    metric: str
    before: str
    now: str | None
    month: str
    address: str


def pages(doors: Doors, unit: str) -> APIRouter:
    """The page at `/try`."""
    router = APIRouter()

    @router.get("/try", response_class=HTMLResponse)
    async def show(
        request: Request,
        booked: UUID | None = None,
        refused: UUID | None = None,
        taken: UUID | None = None,
        before: Annotated[str, Query(pattern=rf"^({FIGURES.pattern})?$")] = "",
    ) -> HTMLResponse:
        return await _page(request, doors, unit, Trial(booked, refused, taken, before))

    @router.post("/try")
    async def act(request: Request) -> Response:
        if not _is_of_this_page(request):
            raise Problem(
                403, "not-from-here", "This form is taken from its own page only: open /try and send it there."
            )
        form = await _form(request)
        booked, refused, taken = (_id(form.get(name)) for name in ("booked", "refused", "taken"))
        trial = Trial(booked, refused, taken, _figures(form.get("before")))
        wish = Wish(*(form.get(name, "") for name in ("day", "start", "end", "persons")))
        lang = language(request)
        try:
            after, step = await _ask(doors, unit, trial, wish, form, lang)
        except Refused as refusal:
            again = _id(form.get("request")) if refusal.status == 503 else None
            return await _page(request, doors, unit, trial, refusal, wish if wish.day else None, again)
        return RedirectResponse(after.address(lang, step), 303)

    return router


# -- what is asked --------------------------------------------------------------------------------------------------


async def _ask(
    doors: Doors, unit: str, trial: Trial, wish: Wish, form: Mapping[str, str], lang: str
) -> tuple[Trial, int]:
    """Do one step: `book` the wish, ask `again` for the same, or `take` an alternative. Where the trial then stands,
    and the step to look at. The id of the request came with the form, so that one sent twice is done once."""
    match form.get("act"):
        case "again" if trial.booked:
            first = await _known(doors, trial.booked)
            data = {name: first.data[name] for name in ("space", "slot", "persons")}
        case "take":
            wanted = await _known(doors, trial.refused or trial.booked)
            data = {"space": form.get("space", ""), "slot": _alternative(form), "wanted": wanted.data["wanted"]}
            data["persons"] = wanted.data["persons"]
        case _:
            data = wish.data()
            trial = Trial(before=await _before(doors, unit, data["slot"]["start"]))
    asked = _id(form.get("request")) or uuid4()
    answer = await doors.ask("booking", "/v1/bookings", asked, lang, data)
    if answer is None:
        raise Refused("away", 503)
    if "outcome" not in answer or answer["outcome"]["type"] == "omatoimi.request.rejected.v1":
        code = answer["type"].rpartition(":")[2]
        raise Refused(code if code in FAULTS else "not-understood", answer["status"])
    if not Ended(answer["outcome"]).confirmed:
        return replace(trial, refused=asked), 2 if trial.booked else 1
    if trial.booked is None:
        return Trial(booked=asked, before=trial.before), 2
    return replace(trial, taken=asked), 3


async def _known(doors: Doors, request: UUID | None) -> Ended:
    ended = request and await doors.ended("booking", request)
    if not ended:
        raise Refused("unknown", 404)
    return Ended(ended["outcome"])


def _alternative(form: Mapping[str, str]) -> dict[str, str]:
    try:
        return _slot(*(datetime.fromisoformat(form.get(edge, "")).astimezone(HELSINKI) for edge in ("start", "end")))
    except ValueError:
        raise Refused("when") from None


def _slot(start: datetime, end: datetime) -> dict[str, str]:
    return {"start": start.isoformat(), "end": end.isoformat()}


def _is_of_this_page(request: Request) -> bool:
    """Whether a form of this very page sent it: a page of somebody else's must not book in the name of who looks at it.
    Browsers tell where a form came from, and no page can make them lie."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("origin", "")).netloc == request.url.netloc


async def _form(request: Request) -> dict[str, str]:
    sent = await request.form(max_files=0, max_fields=20)
    return {name: value.strip()[:200] for name, value in sent.items() if isinstance(value, str)}


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _figures(text: str | None) -> str:
    return text if text and FIGURES.fullmatch(text) else ""


# -- what is shown --------------------------------------------------------------------------------------------------


async def _page(
    request: Request,
    doors: Doors,
    unit: str,
    trial: Trial,
    refusal: Refused | None = None,
    wish: Wish | None = None,
    again: UUID | None = None,
) -> HTMLResponse:
    """The four steps as far as they were gone. After a refusal the form stands as it was typed, and what may yet have
    come about is asked again under the same id."""
    lang = language(request)
    asked = (trial.booked, trial.refused, trial.taken)
    ended, names, free = await asyncio.gather(
        asyncio.gather(*(_ended(doors, one) for one in asked)), _names(doors, lang), _next_free(doors, unit)
    )
    booked, refused, taken = ended
    if refusal is None and any(one is None for one, id_ in zip(ended, asked, strict=True) if id_):
        refusal = Refused("unknown", 404)
    now = moments.now()
    told = [one for one in ended if one]
    answer = PAGES.render(
        request,
        "try.html",
        refusal.status if refusal else 200,
        trial=trial,
        fault=refusal and refusal.fault,
        wish=wish or _typed(free),
        today=now.date(),
        request_id=again or uuid4(),
        again_id=uuid4(),
        take_ids=[uuid4() for _ in range(AT_MOST)],
        booked=booked,
        refused=refused,
        taken=taken,
        told=told,
        waiting=any(one.arrived is None for one in told),
        late=any(one.late(now) for one in told),
        figures=booked and await _risen(doors, unit, trial, booked, lang),
        room=lambda code: names.get(code, code),
        on_day=lambda slot: moments.on_day(slot["start"], slot["end"], lang),
        curl=free and _curl(str(request.base_url).rstrip("/"), *free),
        base=str(request.base_url).rstrip("/"),
        unit=unit,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def _ended(doors: Doors, request: UUID | None) -> Ended | None:
    """How a request ended, with its event once the ledger has it."""
    told = request and await doors.ended("booking", request)
    if not told:
        return None
    outcome = told["outcome"]
    found = await doors.read("analytics", "/v1/events", subject=outcome["subject"], demo="include")
    events = found["events"] if found else ()
    return Ended(outcome, next((one for one in events if one["event"]["id"] == outcome["id"]), None))


async def _names(doors: Doors, lang: str) -> dict[str, str]:
    """What the rooms are called."""
    found = await doors.read("booking", "/v1/spaces")
    spaces = found["spaces"] if found else ()
    return {each["space"]: each["names"].get(lang) or each["names"].get("fi") or each["space"] for each in spaces}


async def _next_free(doors: Doors, unit: str) -> tuple[datetime, datetime] | None:
    """The next full hour in which the room is free, within two weeks."""
    today = moments.now()
    for ahead in range(DAYS_AHEAD):
        on = (today + timedelta(days=ahead)).date()
        rooms = await doors.read("booking", "/v1/today", unit=unit, day=on.isoformat())
        room = rooms and next((each for each in rooms["spaces"] if each["space"] == ROOM), None)
        if not room:
            return None
        spans = [(_half_hour(moment(span["start"])), moment(span["end"])) for span in room["free"]]
        if found := next((start for start, end in spans if start + HOUR <= end), None):
            return found, found + HOUR
    return None


def _half_hour(at: datetime) -> datetime:
    """The next full or half hour."""
    whole = at.replace(minute=0, second=0, microsecond=0)
    return next(whole + n * HALF_HOUR for n in range(3) if whole + n * HALF_HOUR >= at)


def _typed(free: tuple[datetime, datetime] | None) -> Wish:
    """A form filled in with what is free."""
    if free is None:
        return Wish()
    start, end = free
    return Wish(start.date().isoformat(), f"{start:%H:%M}", f"{end:%H:%M}")


async def _before(doors: Doors, unit: str, start: str) -> str:
    """The figures as they are now, to be compared with later; nothing while analytics is away."""
    bookings, attempts = await asyncio.gather(
        _figure(doors, unit, "M01", moment(start).date()), _figure(doors, unit, "M10", moments.now().date())
    )
    if bookings is None or attempts is None:
        return ""
    return f"{bookings[0]}-{attempts[0]}-{attempts[1]}"


async def _figure(doors: Doors, unit: str, metric: str, on: date) -> tuple[int, int] | None:
    """Numerator and denominator of a figure in the month of a day."""
    first, end = moments.month(on)
    found = await doors.read("analytics", f"/v1/figures/{metric}", **{"from": first, "to": end, "unit": unit})
    whole = found and found["figure"]["whole"]
    return whole and (int(whole["numerator"] or 0), int(whole["denominator"] or 0))


async def _risen(doors: Doors, unit: str, trial: Trial, booked: Ended, lang: str) -> list[Figure]:
    """M01 in the month of the booking and M10 in this one, before and now."""
    bookings, without, attempts = trial.before.split("-") if trial.before else ("", "", "")
    then, today = moment(booked.data["slot"]["start"]).date(), moments.now().date()
    made, left = await asyncio.gather(_figure(doors, unit, "M01", then), _figure(doors, unit, "M10", today))

    def behind(metric: str, on: date, **more: str) -> str:
        first, end = moments.month(on)
        return f"/analytics/?{urlencode({'from': first, 'to': end, 'unit': unit, 'lang': lang, **more})}#{metric}"

    return [
        Figure(
            "M01",
            bookings,
            made and f"{made[0]}",
            moments.month_name(then, lang),
            behind("M01", then, subject=booked.outcome["subject"]),
        ),
        Figure(
            "M10",
            f"{without} / {attempts}" if trial.before else "",
            left and f"{left[0]} / {left[1]}",
            moments.month_name(today, lang),
            behind("M10", today),
        ),
    ]


def _curl(base: str, start: datetime, end: datetime) -> str:
    """The same by hand, in the terminal of who runs the installation."""
    data = json.dumps({"space": ROOM, "slot": _slot(start, end), "persons": PERSONS})
    return "\n".join(
        (
            f"curl -sS {shlex.quote(f'{base}/booking/v1/bookings')} \\",
            '  -H "Authorization: Bearer $(.venv/bin/omatoimi key web)" \\',
            """  -H "Idempotency-Key: $(.venv/bin/python -c 'import uuid; print(uuid.uuid4())')" \\""",
            "  -H 'Content-Type: application/json' \\",
            f"  -d {shlex.quote(data)}",
        )
    )
