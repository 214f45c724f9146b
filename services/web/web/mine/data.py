"""My data: what is held of somebody and who saw it; how they are reached; taken along as a file; erased."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.pages import language
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from web import local_time
from web.mine.page import SHOWN, told_of
from web.overtaken import overtaken
from web.rendering import PAGES
from web.services import Services, part
from web.visitors import Form, SignedIn, Typed, Visitor, id_of, sessions_of

MOST = "200"
CONSENTS = ("digests", "surveys")
ERASED, RECORDED = "omatoimi.person.erased.v1", "omatoimi.contact-details.recorded.v1"
CONTACT = ("name", "email", "telephone", "language")
LONGEST = 254


@dataclass(frozen=True, slots=True)
class HeldData:
    """What the page shows of what is held of somebody; `refused` where the mail server knows no such address."""

    id: str
    contact: Mapping[str, str]
    refused: bool
    consents: list[str]
    memberships: int
    etag: str


@dataclass(frozen=True, slots=True)
class SeenData:
    """When somebody saw what of one's data, in which role and what for."""

    at: str
    role: str
    purpose: str
    kinds: list[str]


async def _page(
    request: Request,
    by: Visitor,
    services: Services,
    typed: Form | None = None,
    fault: str | None = None,
    *,
    why: str = "",
    saved: bool = False,
) -> HTMLResponse:
    """Show what people holds of them, and the form of their contact details as it is kept or was typed."""
    lang, asked = language(request), services.on_behalf_of(request, by)
    told, seen = await asyncio.gather(asked.own("people", "/v1/me"), asked.own("people", "/v1/me/seen-by"))
    held = part(told_of(told), _held)
    contact = (held.contact if held else {}) if typed is None else {name: typed.get(name, "") for name in CONTACT}
    answer = PAGES.render(
        request,
        "my-data.html",
        412 if why else 422 if fault and fault != "away" else 503 if fault else 200,
        visitor=by,
        held=held,
        contact=contact,
        consents=(held.consents if held else []) if typed is None else typed.getlist("consents"),
        kinds=CONSENTS,
        fault=fault,
        why=why,
        seen=part(told_of(seen), lambda told: [_seen(one, lang, services) for one in told["items"][:100]]),
        saved=saved,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _held(told: dict[str, Any]) -> HeldData:
    contact = told["contact"] or {}
    return HeldData(
        told["person"]["person"],
        {name: contact.get(name) or "" for name in CONTACT},
        contact.get("email_refused_at") is not None,
        [one["kind"] for one in told["consents"]],
        len(told["memberships"]),
        told.get("etag", ""),
    )


def _seen(told: dict[str, Any], lang: str, services: Services) -> SeenData:
    at = local_time.at(told["at"].replace(" ", "T"), lang, services.zone)
    return SeenData(at, told["role"], told["purpose"], list(told["kinds"]))


async def _all(asked: Services) -> dict[str, Any]:
    """Return all that is held of somebody, as each service shows it to them."""
    people, notices, comments, *bookings = await asyncio.gather(
        asked.own("people", "/v1/me"),
        asked.own("notices", "/v1/notices/mine", limit=MOST),
        asked.own("decisions", "/v1/feedback/mine", limit=MOST),
        *(asked.own("booking", "/v1/bookings", state=state, limit=MOST) for state in SHOWN),
    )
    return {
        "people": told_of(people),
        "bookings": {state: told_of(one) for state, one in zip(SHOWN, bookings, strict=True)},
        "notices": told_of(notices),
        "comments": told_of(comments),
    }


def pages(services: Services) -> APIRouter:
    """Serve the pages at `/my/data` and `/my/erase`."""
    router = APIRouter()

    @router.get("/my/data", response_class=HTMLResponse)
    async def show(request: Request, by: SignedIn, done: str = "") -> HTMLResponse:
        return await _page(request, by, services, saved=done == "saved")

    @router.post("/my/data")
    async def keep(request: Request, by: SignedIn, typed: Typed) -> Response:
        asked, lang = services.on_behalf_of(request, by), language(request)
        told = {name: typed.get(name, "").strip()[:LONGEST] for name in CONTACT}
        data: dict[str, Any] = {name: value for name, value in told.items() if value}
        data["consents"] = [one for one in CONSENTS if one in typed.getlist("consents")]
        request_id = id_of(typed)
        answer = await asked.ask("people", "/v1/contact-details", request_id, lang, data, seen=typed.get("seen"))
        if answer is None:
            return await _page(request, by, services, typed, "away")
        if (answer.get("outcome") or {}).get("type") == RECORDED:
            return RedirectResponse(f"/my/data?done=saved&lang={lang}", 303)
        if why := overtaken(answer, lang, services.zone):
            return await _page(request, by, services, typed, "other", why=why)
        pointer = str(answer.get("pointer", "")).strip("/")
        return await _page(request, by, services, typed, pointer if pointer in CONTACT else "other")

    @router.get("/my/data.json")
    async def take(request: Request, by: SignedIn) -> Response:
        content = json.dumps(await _all(services.on_behalf_of(request, by)), ensure_ascii=False, indent=2)
        headers = {"Content-Disposition": 'attachment; filename="omatoimi.json"', "Cache-Control": "no-store"}
        return Response(content, media_type="application/json", headers=headers)

    @router.get("/my/erase", response_class=HTMLResponse)
    async def ask_to_erase(request: Request, by: SignedIn) -> HTMLResponse:
        return PAGES.render(request, "my-erase.html", visitor=by, fault=False, request_id=None)

    @router.post("/my/erase")
    async def erase(request: Request, by: SignedIn, typed: Typed) -> Response:
        asked, lang = services.on_behalf_of(request, by), language(request)
        request_id = id_of(typed)
        answer = await asked.ask("people", "/v1/erasures", request_id, lang, {})
        if answer is None or (answer.get("outcome") or {}).get("type") != ERASED:
            return PAGES.render(request, "my-erase.html", 503, visitor=by, fault=True, request_id=request_id)
        await sessions_of(request).forget_person(request)
        return RedirectResponse(f"/signed-out?lang={lang}", 303)

    return router
