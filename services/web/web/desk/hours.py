"""Desk: opening hours (`/desk/hours`): by period and for a single day, with a preview of the bookings that a change
would leave before a closed door."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Literal, TypedDict
from uuid import NAMESPACE_OID, UUID, uuid5

from chassis.local_time import LOCALES
from chassis.pages import language
from chassis.problem import Problem
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from omatoimi_contracts.primitives import CODE

from web import local_time
from web.desk.acts import Ended, Fault, Said, a_day, ask, id_of
from web.desk.houses import BookingOfHouse, House
from web.desk.rooms import Register, read
from web.desk.shell import Done, options, render, serve_forms
from web.services import Services
from web.visitors import AtDesk, Form, Visitor

KINDS = ("staffed", "self-service", "unserved")
WEEKDAYS = range(1, 8)
EDGES: tuple[Literal["opens", "closes", "kind"], ...] = ("opens", "closes", "kind")
SPANS = 3
"""So many spans of a day have fields."""
DAY = timedelta(days=1)


class WeekdaySpan(TypedDict):
    """From when until when premises are open (local, `HH:MM`), and in which way."""

    opens: str
    closes: str
    kind: str


class WeekdayHours(TypedDict):
    """When premises are open on a weekday, Monday = 1."""

    weekday: int
    spans: list[WeekdaySpan]


Week = list[WeekdayHours]


class HoursPeriod(TypedDict):
    """A week, and the local day from which on it is in force."""

    valid_from: str
    week: Week


Code = Annotated[str, Query(pattern=f"^$|{CODE}")]


@dataclass(frozen=True)
class HoursChange:
    """What a form asks for: weeks, each from a day on. A single day is two: its own week, and before that from the day
    after the week that was in force, so that whatever is cut short in between changes nothing."""

    premises: str
    weeks: tuple[tuple[date, Week], ...]


@dataclass(frozen=True)
class _Page:
    services: Services

    async def listed(
        self,
        request: Request,
        visitor: Visitor,
        premises: str,
        said: Said,
        outside: list[BookingOfHouse] | None = None,
    ) -> HTMLResponse:
        lang, zone = language(request), self.services.zone
        asked = self.services.on_behalf_of(request, visitor)
        register = await read(asked, visitor, lang)
        house = _chosen(register, premises)
        hours = house and await asked.read("booking", f"/v1/premises/{house['premises']}/hours")
        if house and hours is None:
            raise asked.missing("booking", "unknown-premises", "There are no such premises among yours.")
        periods: list[HoursPeriod] = list(hours["periods"]) if hours else []
        today = local_time.now(zone).date()
        return render(
            request,
            "desk/hours.html",
            visitor,
            zone,
            said.status,
            known=register is not None,
            said=said,
            seen=(hours or {}).get("etag", ""),
            register=register,
            house=house,
            periods=periods,
            from_iso=date.fromisoformat,
            spans_of=spans_of,
            fields=fields(said.typed, periods[0]["week"] if periods else []),
            single=said.typed is not None and said.typed.get("act", "").endswith("day"),
            outside=outside,
            today=today,
            weekdays=[(day, LOCALES[lang].days["stand-alone"]["wide"][day - 1]) for day in WEEKDAYS],
            kinds=options(lang, "hours", KINDS),
        )

    async def act(self, request: Request, visitor: Visitor, form: Form) -> Response:
        """Show first what a change would break; then, when it is confirmed, set it."""
        asked, lang, act = self.services.on_behalf_of(request, visitor), language(request), form.get("act", "")
        premises = form.get("premises", "")
        if act not in ("preview", "set", "preview-day", "set-day") or not re.fullmatch(CODE, premises):
            raise Problem(422, "malformed", "The form says not what to do: open its page anew.")
        told = await asked.read("booking", f"/v1/premises/{premises}/hours")
        if told is None:
            raise asked.missing("booking", "unknown-premises", "There are no such premises.")
        try:
            change = change_of(form, list(told["periods"]))
        except Fault as fault:
            return await self.listed(request, visitor, premises, Said(422, fault=fault, typed=form))
        if act.startswith("preview"):
            since, week = change.weeks[-1]
            body = {"premises": premises, "valid_from": since.isoformat(), "week": week}
            ended = await ask(asked, "booking", "/v1/hours", form, lang, body, **{"validate-only": "true"})
            if not ended.done:
                return await self.listed(request, visitor, premises, Said(ended.status, refused=ended, typed=form))
            outside: list[BookingOfHouse] = list((ended.told.get("resource") or {}).get("outside", ()))
            if act.endswith("day"):
                outside = [
                    one for one in outside if local_time.moment(one["slot"]["start"], asked.zone).date() == since
                ]
            return await self.listed(request, visitor, premises, Said(typed=form), outside)
        ended = await self._set(asked, form, lang, change)
        if not ended.done:
            return await self.listed(request, visitor, premises, Said(ended.status, refused=ended, typed=form))
        return RedirectResponse(f"/desk/hours?premises={premises}&lang={lang}&done=hours#said", 303)

    async def _set(self, asked: Services, form: Form, lang: str, change: HoursChange) -> Ended:
        ended, seen = Ended(200), form.get("seen", "")
        for since, week in change.weeks:
            body = {"premises": change.premises, "valid_from": since.isoformat(), "week": week}
            id_ = _id_of(form, since)
            ended = await ask(asked, "booking", "/v1/hours", Form([("id", str(id_)), ("seen", seen)]), lang, body)
            if not ended.done:
                return ended
            seen = ended.told.get("etag", "")
        return ended


def _id_of(form: Form, since: date) -> UUID:
    """Return the id of the request that sets one of the weeks. Each has an id of its own that follows from the form's:
    sent twice, each is set once."""
    return uuid5(NAMESPACE_OID, f"{id_of(form)}/{since}")


def _chosen(register: Register | None, premises: str) -> House | None:
    if register is None or not register.premises:
        return None
    found = register.house(premises)
    if premises and found is None:
        raise Problem(404, "unknown-premises", "There are no such premises among yours.")
    return found or register.premises[0]


def change_of(form: Form, periods: list[HoursPeriod]) -> HoursChange:
    """Read what a form asks for. `periods` are the weeks in force now and later, as booking tells them."""
    since, premises = a_day(form, "valid_from"), form.get("premises", "")
    if form.get("act", "").endswith("day"):
        before = week_on(periods, since)
        spans = [] if form.get("closed") == "yes" else _spans(form, "day")
        own = [one for one in before if one["weekday"] != since.isoweekday()]
        own.append({"weekday": since.isoweekday(), "spans": spans})
        own.sort(key=lambda one: one["weekday"])
        after = since + DAY
        kept = () if any(date.fromisoformat(one["valid_from"]) == after for one in periods) else ((after, before),)
        return HoursChange(premises, (*kept, (since, own)))
    week: Week = [{"weekday": day, "spans": spans} for day in WEEKDAYS if (spans := _spans(form, str(day)))]
    return HoursChange(premises, ((since, week),))


def week_on(periods: list[HoursPeriod], day: date) -> Week:
    """Return the week that is in force on a day."""
    begun = [one for one in periods if date.fromisoformat(one["valid_from"]) <= day]
    return list(begun[-1]["week"]) if begun else []


def _spans(form: Form, of: str) -> list[WeekdaySpan]:
    found: list[WeekdaySpan] = []
    for at in range(SPANS):
        opens, closes = (_clock(form, f"{edge}-{of}-{at}") for edge in ("opens", "closes"))
        if not opens and not closes:
            continue
        if not opens or not closes:
            raise Fault(f"{'opens' if not opens else 'closes'}-{of}-{at}", "clock")
        if opens >= closes:
            raise Fault(f"closes-{of}-{at}", "backwards")
        kind = form.get(f"kind-{of}-{at}", "")
        if kind not in KINDS:
            raise Fault(f"kind-{of}-{at}", "choose")
        found.append({"opens": opens, "closes": closes, "kind": kind})
    found.sort(key=lambda span: span["opens"])
    for at, (one, other) in enumerate(pairwise(found)):
        if other["opens"] < one["closes"]:
            raise Fault(f"opens-{of}-{at + 1}", "overlap")
    return found


def _clock(form: Form, name: str) -> str:
    typed = form.get(name, "").strip().replace(".", ":")
    if not typed:
        return ""
    if not re.fullmatch(r"([01]?\d|2[0-3])(:[0-5]\d)?|24(:00)?", typed):
        raise Fault(name, "clock")
    hour, _, minute = typed.partition(":")
    return f"{int(hour):02}:{minute or '00'}"


def fields(typed: Form | None, week: Week) -> dict[str, str]:
    """Return what stands in the fields of a week: what was typed, else the week in force."""
    if typed is not None:
        return {name: typed[name] for name in typed}
    found = {}
    for day in week:
        for at, span in enumerate(day["spans"][:SPANS]):
            for edge in EDGES:
                found[f"{edge}-{day['weekday']}-{at}"] = span[edge]
    return found


def spans_of(week: Week, weekday: int) -> list[WeekdaySpan]:
    """Return the spans of a weekday."""
    return next((list(day["spans"]) for day in week if day["weekday"] == weekday), [])


def pages(services: Services) -> APIRouter:
    """Serve the page of opening hours."""
    page = _Page(services)
    router = serve_forms("/desk/hours", page)

    @router.get("/desk/hours", response_class=HTMLResponse)
    async def listed(
        request: Request,
        visitor: AtDesk,
        premises: Code = "",
        done: Done = "",
    ) -> HTMLResponse:
        return await page.listed(request, visitor, premises, Said(done="hours" if done == "hours" else ""))

    return router
