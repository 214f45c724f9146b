"""Book a room: the form, the look at it before it is sent, and the refusal with what is free instead.

The id of the request comes with the form that confirms, so that one which is sent twice books once and leads to one
receipt. Nothing is kept here: what was typed goes from page to page in the forms themselves.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from chassis.pages import called, language
from chassis.problem import Problem
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from omatoimi_contracts.booking import Rule
from omatoimi_contracts.lists import known
from omatoimi_contracts.primitives import CODE

from web import local_time
from web.rendering import PAGES
from web.rooms import about, organisations
from web.rooms.about import About
from web.rooms.days import joined, span_of
from web.rooms.form import PURPOSES, BookingForm
from web.services import Services, part
from web.visitors import SignedIn, Typed, Visitor, id_of

CONFIRMED, REFUSED = "omatoimi.booking.confirmed.v1", "omatoimi.booking.refused.v1"
RULES = known(Rule)
ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class RoomToBook:
    """The room that somebody is about to book: what it and its house are called, and what holds there."""

    space: str
    name: str
    house: str
    about: About
    task: str | None
    opens: list[str]
    bounds: Mapping[str, int]

    def asks_for(self, accepted: str) -> bool:
        """Tell whether its house rules are still to be accepted as they are now."""
        rules = self.about.rules
        return rules is not None and rules.to_accept and accepted != str(rules.version)


@dataclass(frozen=True, slots=True)
class Instead:
    """What is free instead: its words, the fields of the form that takes it, and the id of that request."""

    words: str
    fields: dict[str, str]
    id: UUID


@dataclass(frozen=True, slots=True)
class BookingPages:
    """The pages of one visitor's booking: whom they are for, and of what service they are asked."""

    request: Request
    visitor: Visitor
    services: Services

    @property
    def lang(self) -> str:
        return language(self.request)

    async def place(self, form: BookingForm) -> RoomToBook | None:
        """Look up the room, and when its house is open on the day. Raises a problem where there is no such room."""
        slot = form.slot(self.services.zone)
        on = {"from": slot[0].date().isoformat()} if slot and slot[0] >= local_time.now(self.services.zone) else {}
        path = f"/v1/spaces/{form.space}"
        answer = await self.services.find("booking", path, days="1", **on)
        if answer is None and on:
            answer = await self.services.find("booking", path, days="1")
        if answer is not None and answer.status == 404:
            raise Problem(404, "unknown", "There is no such room.")
        return part(answer and answer.told, lambda told: self._place(told, bool(on)))

    def _place(self, told: dict[str, Any], on_that_day: bool) -> RoomToBook:
        zone, lang = self.services.zone, self.lang
        spans = joined(span_of(one, zone) for one in told["days"][0]["open"])
        opens = [local_time.span(start.isoformat(), end.isoformat(), lang, zone) for start, end in spans]
        return RoomToBook(
            told["space"],
            called(told["names"], lang, told["space"]),
            called(told["premises_names"], lang, told["premises"]),
            about.of(told, lang),
            told["task"],
            opens if on_that_day else [],
            told["rules"],
        )

    async def page(self, template: str, form: BookingForm, status: int = 200, **values: Any) -> HTMLResponse:
        """Show a page of the way to a booking, with what was typed so far."""
        if not _is_code(form.space):
            raise Problem(404, "unknown", "There is no such room.")
        groups = await organisations.of(self.services, self.visitor)
        place = values.pop("place", None) or await self.place(form)
        zone, slot = self.services.zone, form.slot(self.services.zone)
        answer = PAGES.render(
            self.request,
            template,
            status if place else 503,
            visitor=self.visitor,
            form=form,
            fields=asdict(form),
            place=place,
            groups=groups,
            purposes=PURPOSES,
            today=local_time.now(zone).date(),
            when=slot and local_time.on_day(slot[0].isoformat(), slot[1].isoformat(), self.lang, zone),
            **{"faults": {}, "fault": None, "request_id": None, **values},
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    async def look(self, form: BookingForm) -> HTMLResponse:
        """Show what is about to be sent, or the form again with what is wrong."""
        faults = form.faults(self.services.zone, self.visitor.organisations)
        place = await self.place(form) if _is_code(form.space) else None
        if place is not None and place.asks_for(form.rules):
            faults["rules"] = "rules"
        if faults:
            return await self.page("book.html", form, 422, faults=faults, place=place)
        return await self.page("book-check.html", form, place=place)

    async def send(self, form: BookingForm, id_: UUID) -> Response:
        """Ask booking for it, and lead to the receipt, or show why not."""
        if form.faults(self.services.zone, self.visitor.organisations):
            return await self.look(form)
        data = form.data(self.services.zone, self.visitor.session)
        asked = self.services.speaks_for(self.visitor)
        answer = await self.services.ask("booking", "/v1/bookings", id_, self.lang, data) if asked else None
        if answer is None:
            return await self.page("book-check.html", form, 503, fault="away", request_id=id_)
        outcome = answer.get("outcome") or {}
        if outcome.get("type") == CONFIRMED:
            address = f"/bookings/{outcome['data']['booking']}?{urlencode({'lang': self.lang})}"
            return RedirectResponse(address, 303)
        if outcome.get("type") == REFUSED:
            return await self.refused(form, outcome["data"])
        code = str(answer.get("type", "")).rpartition(":")[2]
        if code == "rules-not-accepted":
            return await self.page("book.html", form, 409, faults={"rules": "rules"})
        fault = (
            code if code in ("other-content", "not-acting-for", "not-allowed", "unknown-space") else "not-understood"
        )
        return await self.page("book.html", form, answer.get("status", 422), fault=fault)

    async def refused(self, form: BookingForm, data: dict[str, Any]) -> HTMLResponse:
        """Show the rule that refused, what would pass, and what is free instead."""
        told = await self.services.read("booking", "/v1/spaces")
        names = part(told, lambda told: {one["space"]: one["names"] for one in told["spaces"]}) or {}
        return await self.page(
            "book-refused.html",
            form,
            409,
            rule=data["rule"] if data["rule"] in RULES else "other",
            instead=[self._instead(form, one, names) for one in data["alternatives"][:ALTERNATIVES]],
        )

    def _instead(self, form: BookingForm, told: dict[str, Any], names: dict[str, dict[str, str]]) -> Instead:
        start, end = span_of(told["slot"], self.services.zone)
        when = local_time.on_day(start.isoformat(), end.isoformat(), self.lang, self.services.zone)
        room = called(names.get(told["space"], {}), self.lang, told["space"])
        taken = form.instead(told["space"], start, end, self.services.zone)
        return Instead(f"{room}, {when}", asdict(taken), self.visitor.new_id())


def pages(services: Services) -> APIRouter:
    """Serve the pages at `/book`."""
    router = APIRouter()

    @router.get("/book", response_class=HTMLResponse)
    async def begin(
        request: Request,
        by: SignedIn,
        space: Annotated[str, Query(pattern=CODE)],
        start: Annotated[str, Query(max_length=40)] = "",
        end: Annotated[str, Query(max_length=40)] = "",
        persons: Annotated[str, Query(pattern=r"^[0-9]{0,5}$")] = "",
    ) -> HTMLResponse:
        booking = BookingPages(request, by, services.on_behalf_of(request, by))
        return await booking.page("book.html", BookingForm.begun(space, start, end, persons, services.zone))

    @router.post("/book")
    async def act(request: Request, by: SignedIn, typed: Typed) -> Response:
        booking = BookingPages(request, by, services.on_behalf_of(request, by))
        form = BookingForm.of(typed)
        match typed.get("act"):
            case "send":
                return await booking.send(form, id_of(typed))
            case "change":
                return await booking.page("book.html", form)
            case _:
                return await booking.look(form)

    return router


def _is_code(text: str) -> bool:
    return re.fullmatch(CODE, text) is not None
