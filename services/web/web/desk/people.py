"""Desk: who may act (`/desk/people`): the members of an association, who may act for it until when. Each look is
logged, and those who are looked at see it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from chassis.pages import language
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from web import local_time
from web.desk.acts import Fault, Said, a_day, ask, chosen, thing
from web.desk.shell import Done, options, render, serve_forms
from web.services import Services
from web.visitors import AtDesk, Form, Visitor

ROLES = ("member", "secretary")
ACTS = ("granted", "ended")
A_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class _Page:
    services: Services

    async def listed(self, request: Request, visitor: Visitor, organisation: UUID | None, said: Said) -> HTMLResponse:
        lang, asked = language(request), self.services.on_behalf_of(request, visitor)
        known, members = await asyncio.gather(
            asked.read("notices", "/v1/organisations"),
            asked.read("people", f"/v1/organisations/{organisation}/members") if organisation else _nobody(),
        )
        verified = [one for one in (known or {}).get("items", ()) if one["state"] == "verified"]
        return render(
            request,
            "desk/people.html",
            visitor,
            self.services.zone,
            said.status,
            known=known is not None and (members is not None or organisation is None),
            said=said,
            there=known is not None,
            organisations=verified,
            organisation=next((one for one in verified if one["id"] == str(organisation)), None),
            members=None if members is None else list(members["items"]),
            roles=options(lang, "membership", ROLES),
            next_year=local_time.now(self.services.zone).date() + A_YEAR,
        )

    async def act(self, request: Request, visitor: Visitor, form: Form) -> Response:
        lang, asked = language(request), self.services.on_behalf_of(request, visitor)
        organisation = thing(form, "organisation")
        try:
            path, data, done = self._asked(form, organisation)
        except Fault as fault:
            return await self.listed(request, visitor, organisation, Said(422, fault=fault, typed=form))
        ended = await ask(asked, "people", path, form, lang, data)
        if not ended.done:
            return await self.listed(request, visitor, organisation, Said(ended.status, refused=ended, typed=form))
        return RedirectResponse(f"/desk/people?organisation={organisation}&lang={lang}&done={done}#said", 303)

    def _asked(self, form: Form, organisation: UUID) -> tuple[str, dict[str, Any], str]:
        if form.get("act") == "end":
            return "/v1/membership-ends", {"membership": str(thing(form, "membership"))}, "ended"
        try:
            person = UUID(form.get("person", "").strip())
        except ValueError:
            raise Fault("person", "person") from None
        role = chosen(form, "role", ROLES)
        # The day that is named is the last one.
        until = datetime.combine(a_day(form, "until") + timedelta(days=1), time(), self.services.zone)
        data = {"person": str(person), "organisation": str(organisation), "role": role, "until": until.isoformat()}
        return "/v1/memberships", data, "granted"


async def _nobody() -> None:
    return None


def pages(services: Services) -> APIRouter:
    """Serve the page of memberships."""
    page = _Page(services)
    router = serve_forms("/desk/people", page)

    @router.get("/desk/people", response_class=HTMLResponse)
    async def listed(
        request: Request,
        visitor: AtDesk,
        organisation: UUID | None = None,
        done: Done = "",
    ) -> HTMLResponse:
        return await page.listed(request, visitor, organisation, Said(done=done if done in ACTS else ""))

    return router
