"""One booking at the desk (`/desk/bookings/{id}`): who has it, who came, and moving or cancelling it for the house."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.pages import language
from chassis.problem import Problem
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from omatoimi_contracts.lists import known
from omatoimi_contracts.vocabulary import CancelReason

from web.desk.acts import Fault, Said, ask, chosen, local_moment, slot
from web.desk.houses import HouseNames, kept_by
from web.desk.shell import Done, options, render
from web.desk.timeline import moment
from web.services import Services
from web.visitors import AtDesk, Form, Typed, Visitor

REASONS = known(CancelReason)
SIDES = ("house", "user")
"""On whose part a booking is cancelled: the city's own doing, or that of whoever rang."""
ACTS = ("moved", "cancelled")


@dataclass(frozen=True)
class _Page:
    services: Services

    async def render(self, request: Request, visitor: Visitor, id_: UUID, said: Said) -> HTMLResponse:
        lang, zone = language(request), self.services.zone
        asked = self.services.on_behalf_of(request, visitor)
        booking, premises, spaces, organisations = await asyncio.gather(
            asked.read("booking", f"/v1/bookings/{id_}"),
            asked.read("booking", "/v1/premises"),
            asked.read("booking", "/v1/spaces"),
            asked.read("notices", "/v1/organisations"),
        )
        if booking is None or premises is None or spaces is None:
            raise asked.missing("booking", "unknown-booking", "There is no such booking of your houses.")
        start, end = (moment(booking["slot"][edge]).astimezone(zone) for edge in ("start", "end"))
        names = HouseNames.of(lang, kept_by(visitor, premises["premises"]), spaces["spaces"], organisations)
        return render(
            request,
            "desk/booking.html",
            visitor,
            zone,
            said.status,
            said=said,
            booking=booking,
            names=names,
            start=start,
            end=end,
            rooms=[
                (one["space"], names.room(one["space"]))
                for one in spaces["spaces"]
                if one["premises"] == booking["premises"]
            ],
            reasons=options(lang, "reason", REASONS),
            sides=options(lang, "side", SIDES),
        )


def pages(services: Services) -> APIRouter:
    """Serve the page of a booking."""
    router, page = APIRouter(), _Page(services)

    @router.get("/desk/bookings/{booking}", response_class=HTMLResponse)
    async def show(
        request: Request,
        booking: UUID,
        visitor: AtDesk,
        done: Done = "",
    ) -> HTMLResponse:
        return await page.render(request, visitor, booking, Said(done=done if done in ACTS else ""))

    @router.post("/desk/bookings/{booking}")
    async def act(
        request: Request,
        booking: UUID,
        visitor: AtDesk,
        form: Typed,
    ) -> Response:
        lang = language(request)
        asked = services.on_behalf_of(request, visitor)
        try:
            path, data, done = _asked(form, booking, services)
        except Fault as fault:
            return await page.render(request, visitor, booking, Said(422, fault=fault, typed=form))
        ended = await ask(asked, "booking", path, form, lang, data)
        if not ended.done:
            return await page.render(request, visitor, booking, Said(ended.status, refused=ended, typed=form))
        return RedirectResponse(f"/desk/bookings/{booking}?lang={lang}&done={done}#said", 303)

    return router


def _asked(form: Form, booking: UUID, services: Services) -> tuple[str, dict[str, Any], str]:
    told: dict[str, Any] = {"booking": str(booking)}
    match form.get("act"):
        case "move":
            start, end = (local_moment(form, "day", edge, services.zone) for edge in ("start", "end"))
            told |= {"slot": slot(start, end, "end"), "space": form.get("space") or None}
            return "/v1/moves", {name: value for name, value in told.items() if value is not None}, "moved"
        case "cancel":
            told |= {"reason": chosen(form, "reason", REASONS), "by": chosen(form, "by", SIDES)}
            return "/v1/cancellations", told, "cancelled"
        case _:
            raise Problem(422, "malformed", "The form says not what to do: open its page anew.")
