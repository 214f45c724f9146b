"""The page `/associations/{organisation}`."""

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import local_time
from chassis.pages import readable
from chassis.problem import Problem
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from web.mine.page import told_of
from web.notices.page import Telling
from web.overtaken import overtaken
from web.rendering import PAGES
from web.services import Services, part
from web.visitors import Form, SignedIn, Typed, id_of


def pages(services: Services, unit: str) -> APIRouter:
    """Serve an association's page, and what its secretary does there."""
    router = APIRouter()

    async def acting(request: Request, organisation: UUID, by: SignedIn) -> Telling:
        if organisation not in by.organisations:
            raise Problem(404, "unknown", "There is no such association, or you do not act for it.")
        return Telling(request, by, services.on_behalf_of(request, by), unit)

    Acts = Annotated[Telling, Depends(acting)]

    @router.get("/associations/{organisation}", response_class=HTMLResponse)
    async def show(acts: Acts, organisation: UUID) -> HTMLResponse:
        return await _page(acts, organisation)

    @router.post("/associations/{organisation}")
    async def change(typed: Typed, acts: Acts, organisation: UUID) -> Response:
        try:
            if typed.get("go") == "end":
                path, data = "/v1/membership-ends", {"membership": str(UUID(typed.get("membership", "")))}
            else:
                path, data = "/v1/memberships", _membership(typed, organisation, acts)
        except ValueError:
            return await _page(acts, organisation, "typed", 422)
        answer = await acts.services.ask("people", path, id_of(typed), acts.lang, data, seen=typed.get("seen"))
        if answer is None:
            return await _page(acts, organisation, "away", 503)
        if answer.get("status", 200) >= 400:
            why = overtaken(answer, acts.lang, acts.services.zone)
            return await _page(acts, organisation, "refused", int(answer["status"]), why)
        return RedirectResponse(f"/associations/{organisation}?{urlencode({'lang': acts.lang})}", 303)

    return router


def _membership(typed: Form, organisation: UUID, acts: Telling) -> dict[str, Any]:
    """Return the request that lets a person act until the end of a day. Raises ValueError."""
    last = date.fromisoformat(typed.get("until", "").strip())
    until = datetime.combine(last + timedelta(days=1), time(), acts.services.zone)
    return {
        "person": str(UUID(typed.get("person", "").strip())),
        "organisation": str(organisation),
        "until": until.isoformat(),
    }


async def _page(acts: Telling, organisation: UUID, fault: str = "", status: int = 200, why: str = "") -> HTMLResponse:
    asked, zone = acts.services, acts.services.zone
    of = {"organisation": str(organisation)}
    proof, members, me, quota, bookings, notices = await asyncio.gather(
        asked.own("notices", f"/v1/organisations/{organisation}"),
        asked.own("people", f"/v1/organisations/{organisation}/members"),
        asked.read("people", "/v1/me"),
        asked.read("booking", "/v1/quotas", **of),
        acts.bookings(**of),
        acts.mine(**of),
    )

    def day(told: str) -> str:
        # A right ends with a day: the moment is the one after it.
        last = datetime.fromisoformat(told).astimezone(zone) - timedelta(microseconds=1)
        return local_time.short_day(last.date(), acts.lang)

    answer = PAGES.render(
        acts.request,
        "association.html",
        status,
        visitor=acts.visitor,
        organisation=organisation,
        fault=fault,
        why=why,
        asked=proof is not None,
        proof=part(told_of(proof), lambda told: _proof(told, acts)),
        # Who may see them is their secretary: people tells others that it is not theirs.
        theirs=members is not None and asked.speaks_for(acts.visitor),
        members=part(told_of(members), lambda told: [{**one, "until": day(one["until"])} for one in told["items"]]),
        own=part(me, lambda told: [{**one, "until": day(one["until"])} for one in _of(told, organisation, zone)]),
        quota=part(quota, lambda told: _quota(told, acts.lang)),
        bookings=None if bookings is None else list(bookings.values()),
        notices=notices,
        today=datetime.now(zone).date(),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _proof(told: dict[str, Any], acts: Telling) -> dict[str, str]:
    """When it was verified, and by which library, where that is known."""
    at = datetime.fromisoformat(told["since"]).astimezone(acts.services.zone)
    library = readable(told["unit"]) if told.get("unit") else ""
    return {"name": told.get("name", ""), "since": local_time.short_day(at.date(), acts.lang), "library": library}


def _of(me: dict[str, Any], organisation: UUID, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return the rights of who has signed in to act for it, that hold now."""
    now = datetime.now(zone)
    return [
        one
        for one in me["memberships"]
        if one["organisation"] == str(organisation) and datetime.fromisoformat(one["until"]) > now
    ]


def _quota(told: dict[str, Any], lang: str) -> dict[str, Any]:
    """How many bookings are used and left, month by month."""
    (quota,) = told["quotas"]
    months = [
        {**one, "name": local_time.month(date.fromisoformat(f"{one['month']}-01"), lang)} for one in quota["months"]
    ]
    return {"a_month": quota["a_month"], "months": months}
