"""The pages at `/tell`."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from chassis import local_time as local
from chassis.pages import called, language, languages
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from web import local_time
from web.notices.draft import KINDS, TEXT, TITLE, BookingOfNotice, Draft
from web.overtaken import code_of, overtaken
from web.rendering import PAGES
from web.services import Services, part
from web.visitors import Away, Form, SignedIn, Typed, Visitor, id_of

FAULTS = (
    "booking-cancelled",
    "already-over",
    "never-shown",
    "too-far-ahead",
    "needs-approval",
    "not-acting-for",
    "nothing-to-change",
)
"""The refusals that have a sentence of their own."""
AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Telling:
    """The pages of one visitor who tells something."""

    request: Request
    visitor: Visitor
    services: Services
    unit: str

    @property
    def lang(self) -> str:
        return language(self.request)

    def draft(self, typed: Form | dict[str, str]) -> Draft:
        return Draft.of(typed, languages(self.request))

    async def bookings(self, **of: str) -> dict[str, BookingOfNotice] | None:
        """Return the visitor's own bookings that are still to come, or those `of` an organisation, with their words, by
        id; None where booking does not answer."""
        found, spaces = await asyncio.gather(
            self.services.read("booking", "/v1/bookings", state="upcoming", limit=str(AT_MOST), **of),
            self.services.read("booking", "/v1/spaces"),
        )
        names = part(spaces, lambda told: {one["space"]: one["names"] for one in told["spaces"]}) or {}
        return part(found, lambda told: {one["booking"]: self._booking(one, names) for one in told["bookings"]})

    def _booking(self, told: dict[str, Any], names: dict[str, dict[str, str]]) -> BookingOfNotice:
        room = called(names.get(told["space"], {}), self.lang, told["space"])
        slot = told["slot"]
        return BookingOfNotice(
            told,
            room=room,
            when=local_time.on_day(slot["start"], slot["end"], self.lang, self.services.zone),
        )

    async def groups(self) -> list[tuple[str, str]]:
        """Return the associations that the visitor acts for, by name."""
        ids = [str(one) for one in self.visitor.organisations[:AT_MOST]]
        told = await asyncio.gather(*(self.services.read("notices", f"/v1/organisations/{one}") for one in ids))
        return [(id_, str((one or {}).get("name") or id_[:8])) for id_, one in zip(ids, told, strict=True)]

    async def page(
        self,
        step: int,
        draft: Draft,
        faults: dict[str, str] | None = None,
        refusal: str = "",
        status: int = 200,
        id_: UUID | None = None,
    ) -> HTMLResponse:
        """Show one of the three steps, with all that was typed."""
        listed = self.mine() if step == 1 else _none()
        bookings, groups, mine = await asyncio.gather(self.bookings(), self.groups(), listed)
        if bookings is None and draft.booking:
            raise Away
        booking, zone = (bookings or {}).get(draft.booking), self.services.zone
        when = booking["when"] if booking else ""
        if not booking and (slot := draft.slot(zone)):
            when = local_time.on_day(slot[0].isoformat(), slot[1].isoformat(), self.lang, zone)
        answer = PAGES.render(
            self.request,
            "tell.html",
            status,
            visitor=self.visitor,
            step=step,
            draft=draft,
            faults=faults or {},
            refusal=refusal,
            kinds=KINDS,
            longest={"title": TITLE, "text": TEXT},
            bookings=bookings,
            booking=booking,
            groups=groups,
            mine=mine,
            when=when,
            until=local.moment(draft.ends(zone, booking), self.lang, zone) if step == 3 else "",
            today=local_time.now(zone).date(),
            id=id_,
            language_name=self.language_name,
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def language_name(self, code: str) -> str:
        return str(local.LOCALES[self.lang].languages.get(code, code))

    async def look(self, draft: Draft, to: int) -> Response:
        """Go to a step, or stay where something is wrong."""
        if to > 1 and (faults := draft.faults_in_words(self.visitor.organisations)):
            return await self.page(1, draft, faults, status=422)
        if to > 2:
            faults = draft.faults_in_times(await self._chosen(draft), local_time.now(self.services.zone))
            if faults:
                return await self.page(2, draft, faults, status=422)
        return await self.page(to, draft)

    async def _chosen(self, draft: Draft) -> dict[str, BookingOfNotice]:
        """Return the bookings of which one may have been chosen."""
        bookings = await self.bookings() if draft.booking else {}
        if bookings is None:
            raise Away
        return bookings

    async def send(self, draft: Draft, id_: UUID) -> Response:
        """Ask notices to publish it, and lead to how it stands; or show why not."""
        bookings, zone = await self._chosen(draft), self.services.zone
        if draft.faults_in_words(self.visitor.organisations) or draft.faults_in_times(bookings, local_time.now(zone)):
            return await self.look(draft, 3)
        data = draft.data(zone, self.unit, bookings.get(draft.booking))
        vouched = self.services.speaks_for(self.visitor)
        answer = await self.services.ask("notices", "/v1/notices", id_, self.lang, data) if vouched else None
        if answer is None:
            return await self.page(3, draft, refusal="away", status=503, id_=id_)
        if told := answer.get("outcome", {}).get("data", {}).get("notice"):
            return RedirectResponse(f"/tell/{told}?{urlencode({'lang': self.lang})}", 303)
        return await self.page(3, draft, refusal=refusal_of(answer), status=int(answer.get("status", 422)))

    async def mine(self, **of: str) -> list[dict[str, Any]] | None:
        """Return the visitor's own notices, or those `of` an organisation, the last first; None where notices does not
        answer."""
        found = await self.services.read("notices", "/v1/notices/mine", limit=str(AT_MOST), **of)
        return part(found, lambda told: [self.shown(one) for one in told["items"]])

    def shown(self, told: dict[str, Any]) -> dict[str, Any]:
        """Return a notice with its words in the reader's language, and how it stands."""
        zone = self.services.zone
        spoken = next((code for code in (self.lang, "fi", "sv", "en") if code in told["titles"]), "")
        now = datetime.now(zone)
        standing = told.get("standing") or _standing(told, now)
        return {
            **told,
            "language": spoken,
            "title": told["titles"].get(spoken, ""),
            "standing": standing,
            "ended": standing in ("withdrawn", "expired", "rejected"),
            "shown_until": local.moment(datetime.fromisoformat(told["until"]), self.lang, zone),
            "shown_from": local.moment(datetime.fromisoformat(told["publish_from"]), self.lang, zone),
            "when": local_time.on_day(told["slot"]["start"], told["slot"]["end"], self.lang, zone)
            if told.get("slot")
            else "",
        }

    async def one(
        self, notice: UUID, refusal: str = "", status: int = 200, *, typed: Draft | None = None, why: str = ""
    ) -> HTMLResponse:
        """Tell how a notice of one's own stands, and what can be done with it."""
        found = await self.services.read("notices", f"/v1/notices/{notice}", lang=self.lang)
        told = part(found, lambda told: self.shown(told))
        if told is None and not self.services.knows("notices"):
            raise Away
        answer = PAGES.render(
            self.request,
            "told.html",
            status if told else 404,
            visitor=self.visitor,
            notice=told,
            typed=typed,
            refusal=why or (refusal and PAGES.words[self.lang][f"tell.refusal.{refusal}"]),
            language_name=self.language_name,
            longest={"title": TITLE, "text": TEXT},
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    async def change(self, notice: UUID, typed: Form, data: dict[str, Any]) -> Response:
        """Change or withdraw a notice, and show how it stands then."""
        asked, seen = {"notice": str(notice), **data}, typed.get("seen")
        answer = await self.services.ask("notices", "/v1/notice-changes", id_of(typed), self.lang, asked, seen=seen)
        if answer is None:
            return await self.one(notice, "away", 503)
        if answer.get("outcome", {}).get("data", {}).get("notice"):
            return RedirectResponse(f"/tell/{notice}?{urlencode({'lang': self.lang})}", 303)
        kept = self.draft(typed) if "titles" in data else None
        why = overtaken(answer, self.lang, self.services.zone)
        return await self.one(notice, refusal_of(answer), int(answer.get("status", 422)), typed=kept, why=why)


async def _none() -> None:
    return None


def _standing(told: dict[str, Any], now: datetime) -> str:
    if told["state"] in ("waiting", "approved") and datetime.fromisoformat(told["until"]) <= now:
        return "expired"
    if told["state"] == "approved":
        return "shown" if datetime.fromisoformat(told["publish_from"]) <= now else "scheduled"
    return str(told["state"])


def refusal_of(answer: dict[str, Any]) -> str:
    """Return the key of the sentence that says why it could not be done."""
    code = code_of(answer)
    return code if code in FAULTS else "other"


def pages(services: Services, unit: str) -> APIRouter:
    """Serve `/tell` in three steps, and `/tell/{notice}`."""
    router = APIRouter()

    async def telling(request: Request, by: SignedIn) -> Telling:
        return Telling(request, by, services.on_behalf_of(request, by), unit)

    Tells = Annotated[Telling, Depends(telling)]

    @router.get("/tell", response_class=HTMLResponse)
    async def begin(tell: Tells, booking: UUID | None = None) -> HTMLResponse:
        return await tell.page(1, tell.draft({"booking": str(booking) if booking else ""}))

    @router.post("/tell")
    async def act(tell: Tells, typed: Typed) -> Response:
        draft = tell.draft(typed)
        match typed.get("go"):
            case "send":
                return await tell.send(draft, id_of(typed))
            case "what":
                return await tell.page(1, draft)
            case "preview":
                return await tell.look(draft, 3)
            case _:
                return await tell.look(draft, 2)

    @router.get("/tell/{notice}", response_class=HTMLResponse)
    async def show(tell: Tells, notice: UUID) -> HTMLResponse:
        return await tell.one(notice)

    @router.post("/tell/{notice}")
    async def change(tell: Tells, notice: UUID, typed: Typed) -> Response:
        if typed.get("go") == "withdraw":
            return await tell.change(notice, typed, {"withdraw": True})
        draft = tell.draft(typed)
        return await tell.change(notice, typed, {"titles": draft.titles, "texts": draft.texts})

    return router
