"""A booking that was made: its receipt, its calendar entry, and how it is moved or cancelled."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from chassis.pages import called, language
from chassis.problem import Problem
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from icalendar import Calendar, Event
from omatoimi_contracts.booking import Rule
from omatoimi_contracts.lists import known

from web import local_time
from web.overtaken import code_of, overtaken
from web.rendering import PAGES
from web.rooms import organisations
from web.rooms.about import Text, text
from web.rooms.days import span_of
from web.rooms.form import BookingForm
from web.services import Services, part, slot_of
from web.visitors import Form, SignedIn, Typed, Visitor, id_of

REASONS = ("not-needed", "illness", "double", "moved-elsewhere", "other")
RULES = known(Rule)
STANDING = ("already-cancelled", "already-over", "too-late-to-cancel", "attendance-known", "nothing-to-move")
DONE = ("omatoimi.booking.moved.v1", "omatoimi.booking.cancelled.v1")
EARLY = timedelta(days=1)


class ReceiptState(StrEnum):
    """How a booking stands at this moment, for whoever made it."""

    UPCOMING = "upcoming"
    NOW = "now"
    PAST = "past"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A booking as whoever made it sees it. `early` says whether cancelling it now still leaves others a day to book
    it."""

    id: str
    number: int
    state: ReceiptState
    space: str
    room: str
    house: str
    task: str | None
    start: datetime
    end: datetime
    when: str
    persons: int | None
    purpose: str
    public: bool
    organisation: str | None
    code: str | None
    early: bool
    too_late: bool
    cancellable_until: str | None
    etag: str
    rules_accepted: int | None

    @property
    def may_change(self) -> bool:
        """Whether it stands, and they have not come yet."""
        return self.cancellable_until is not None and self.state in (ReceiptState.UPCOMING, ReceiptState.NOW)

    @property
    def may_cancel(self) -> bool:
        """Whether it can still be given back."""
        return self.may_change and not self.too_late


@dataclass(frozen=True, slots=True)
class ReceiptPages:
    """The pages of one visitor about one booking, and the service that is asked."""

    request: Request
    visitor: Visitor
    services: Services

    @property
    def lang(self) -> str:
        return language(self.request)

    async def find(self, id_: UUID) -> Receipt:
        """Look up a booking of this visitor's. Raises a problem where there is none, or booking does not answer."""
        asked = self.services.speaks_for(self.visitor)
        answer = await self.services.own("booking", f"/v1/bookings/{id_}") if asked else None
        if answer is not None and answer.status != 200:
            raise Problem(404, "unknown", "You have no such booking.")
        spaces = await self.services.read("booking", "/v1/spaces")
        known = part(spaces, lambda spaces: {one["space"]: one for one in spaces["spaces"]}) or {}
        found = part(answer and answer.told, lambda told: self.receipt(told, known))
        if found is None:
            raise Problem(503, "try-again", "Booking does not answer just now; try again in a moment.")
        return found

    def receipt(self, told: dict[str, Any], spaces: dict[str, dict[str, Any]]) -> Receipt:
        """Return a booking as the service shows it, with the names of its room and house."""
        zone, lang = self.services.zone, self.lang
        start, end = span_of(told["slot"], zone)
        now, space = local_time.now(zone), spaces.get(told["space"], {})
        until = told.get("cancellable_until")
        return Receipt(
            told["booking"],
            told["number"],
            _state(told["state"] == "cancelled", start, end, now),
            told["space"],
            called(space.get("names", {}), lang, told["space"]),
            called(space.get("premises_names", {}), lang, told["premises"]),
            space.get("task"),
            start,
            end,
            local_time.on_day(start.isoformat(), end.isoformat(), lang, zone),
            told.get("persons"),
            told["purpose"],
            told["opentopublic"],
            told["organiser"].get("organisation"),
            told.get("code"),
            start - now >= EARLY,
            until is not None and local_time.moment(until, zone) < now,
            local_time.at(until, lang, zone) if until else None,
            told.get("etag", ""),
            told.get("rules_accepted"),
        )

    async def accepted(self, receipt: Receipt) -> Text | None:
        """Return the house rules in the words that were accepted."""
        if receipt.rules_accepted is None:
            return None
        path, version = f"/v1/spaces/{receipt.space}/house-rules", str(receipt.rules_accepted)
        told = await self.services.read("booking", path, version=version)
        return part(told, lambda told: text(told["words"], self.lang))

    async def page(self, template: str, receipt: Receipt, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page about a booking."""
        groups = await organisations.of(self.services, self.visitor) if receipt.organisation else []
        answer = PAGES.render(
            self.request,
            template,
            status,
            visitor=self.visitor,
            booking=receipt,
            group=dict(groups).get(receipt.organisation or "", ""),
            reasons=REASONS,
            today=local_time.now(self.services.zone).date(),
            **{"fault": None, "request_id": None, "form": None, "new": None, "seen": receipt.etag, **values},
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def receipt_address(self, id_: UUID, done: str) -> str:
        return f"/bookings/{id_}?{urlencode({'done': done, 'lang': self.lang})}"

    async def cancel(self, id_: UUID, typed: Form) -> Response:
        """Give the booking back, or say why that cannot be."""
        receipt = await self.find(id_)
        reason = typed.get("reason", "")
        data = {"booking": str(id_), "by": "user", "reason": reason if reason in REASONS else "not-needed"}
        request = id_of(typed)
        fault, status, kept = await self._asked("/v1/cancellations", request, data, typed)
        if fault is None:
            return RedirectResponse(self.receipt_address(id_, "cancelled"), 303)
        seen = typed.get("seen") if kept else (receipt := await self.find(id_)).etag
        return await self.page("booking-cancel.html", receipt, status, fault=fault, request_id=kept, seen=seen)

    async def move(self, id_: UUID, typed: Form) -> Response:
        """Move the booking once its new time was looked at, or say why that cannot be."""
        receipt, form = await self.find(id_), BookingForm.of(typed)
        slot = form.slot(self.services.zone)
        if slot is None or slot[1] <= slot[0]:
            wrong = PAGES.words[self.lang]["mine.fault.when" if slot is None else "mine.fault.backwards"]
            return await self.page("booking-move.html", receipt, 422, form=form, fault=wrong, seen=typed.get("seen"))
        new = local_time.on_day(slot[0].isoformat(), slot[1].isoformat(), self.lang, self.services.zone)
        if typed.get("act") != "send":
            shown = None if typed.get("act") == "change" else new
            return await self.page("booking-move.html", receipt, form=form, new=shown, seen=typed.get("seen"))
        request = id_of(typed)
        data = {"booking": str(id_), "slot": slot_of(*slot)}
        fault, status, kept = await self._asked("/v1/moves", request, data, typed)
        if fault is None:
            return RedirectResponse(self.receipt_address(id_, "moved"), 303)
        shown, seen = (new, typed.get("seen")) if kept else (None, (receipt := await self.find(id_)).etag)
        values = {"form": form, "new": shown, "fault": fault, "request_id": kept, "seen": seen}
        return await self.page("booking-move.html", receipt, status, **values)

    async def _asked(
        self, path: str, request: UUID, data: dict[str, Any], typed: Form
    ) -> tuple[str | None, int, UUID | None]:
        """Ask for a change: None when it was made, else the sentence that says why not, the status, and the id to ask
        again under where nobody answered."""
        words, seen = PAGES.words[self.lang], typed.get("seen")
        asked = self.services.speaks_for(self.visitor)
        answer = await self.services.ask("booking", path, request, self.lang, data, seen=seen) if asked else None
        if answer is None:
            return words["mine.fault.away"], 503, request
        if (answer.get("outcome") or {}).get("type") in DONE:
            return None, 200, None
        code = code_of(answer)
        why = words[f"mine.fault.{code if code in (*RULES, *STANDING) else 'other'}"]
        return overtaken(answer, self.lang, self.services.zone) or why, answer.get("status", 409), None


def _state(cancelled: bool, start: datetime, end: datetime, now: datetime) -> ReceiptState:
    if cancelled:
        return ReceiptState.CANCELLED
    return ReceiptState.PAST if end <= now else ReceiptState.NOW if start <= now else ReceiptState.UPCOMING


def icalendar(receipt: Receipt, name: str, address: str, stamp: datetime, more: str = "") -> bytes:
    """Return the booking for a calendar: a room and a time, no code and nobody's name. Its entry is known by the
    booking's id, so that one added again takes the place of the first."""
    event = Event()
    event.add("uid", receipt.id)
    event.add("dtstamp", stamp)
    event.add("dtstart", receipt.start.astimezone(UTC))
    event.add("dtend", receipt.end.astimezone(UTC))
    event.add("summary", name)
    event.add("location", f"{receipt.room}, {receipt.house}")
    event.add("url", address)
    if more:
        event.add("description", more)
    event.add("status", "CANCELLED" if receipt.state is ReceiptState.CANCELLED else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//Omatoimi//web//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def pages(services: Services) -> APIRouter:
    """Serve the pages at `/bookings/{id}`."""
    router = APIRouter()

    def of(request: Request, by: Visitor) -> ReceiptPages:
        return ReceiptPages(request, by, services.on_behalf_of(request, by))

    @router.get("/bookings/{booking}", response_class=HTMLResponse)
    async def show(request: Request, booking: UUID, by: SignedIn, done: str = "") -> HTMLResponse:
        bookings = of(request, by)
        found = await bookings.find(booking)
        return await bookings.page("booking.html", found, done=done, accepted=await bookings.accepted(found))

    @router.get("/bookings/{booking}/calendar.ics")
    async def calendar(request: Request, booking: UUID, by: SignedIn) -> Response:
        bookings = of(request, by)
        found = await bookings.find(booking)
        name = PAGES.words[bookings.lang]["mine.entry"].format(room=found.room)
        address = str(request.url.replace(path=f"/bookings/{booking}", query=""))
        rules = str(request.url.replace(path=f"/rooms/{found.space}", query="", fragment="house-rules"))
        more = PAGES.words[bookings.lang]["mine.entry.rules"].format(address=rules) if found.rules_accepted else ""
        content = icalendar(found, name, address, datetime.now(UTC), more)
        headers = {"Content-Disposition": f'attachment; filename="omatoimi-{found.number}.ics"'}
        return Response(content, media_type="text/calendar", headers={"Cache-Control": "no-store", **headers})

    @router.get("/bookings/{booking}/cancel", response_class=HTMLResponse)
    async def ask_to_cancel(request: Request, booking: UUID, by: SignedIn) -> HTMLResponse:
        bookings = of(request, by)
        return await bookings.page("booking-cancel.html", await bookings.find(booking))

    @router.post("/bookings/{booking}/cancel")
    async def cancel(request: Request, booking: UUID, by: SignedIn, typed: Typed) -> Response:
        return await of(request, by).cancel(booking, typed)

    @router.get("/bookings/{booking}/move", response_class=HTMLResponse)
    async def ask_to_move(request: Request, booking: UUID, by: SignedIn) -> HTMLResponse:
        bookings = of(request, by)
        found = await bookings.find(booking)
        return await bookings.page("booking-move.html", found, form=BookingForm().at(found.start, found.end))

    @router.post("/bookings/{booking}/move")
    async def move(request: Request, booking: UUID, by: SignedIn, typed: Typed) -> Response:
        return await of(request, by).move(booking, typed)

    return router
