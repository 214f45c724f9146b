"""Desk: notices (`/desk/notices`): read what waits, approve it, or reject it with a reason; then comes the next."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.pages import called, language
from chassis.problem import Problem
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from omatoimi_contracts.lists import known
from omatoimi_contracts.vocabulary import RejectionReason

from web.desk.acts import Fault, Said, ask, chosen
from web.desk.shell import Done, options, render
from web.services import Services
from web.visitors import AtDesk, Form, Typed, Visitor

REASONS = known(RejectionReason)
ACTS = {"approve": "/v1/approvals", "reject": "/v1/rejections"}
DONE = {"approve": "approved", "reject": "rejected"}


@dataclass(frozen=True)
class _Queue:
    services: Services

    async def listed(self, request: Request, visitor: Visitor, said: Said) -> HTMLResponse:
        items = await self._waiting(self.services.on_behalf_of(request, visitor))
        lang = language(request)
        return render(
            request,
            "desk/notices.html",
            visitor,
            self.services.zone,
            said.status,
            known=items is not None,
            said=said,
            items=items,
            count=len(items or ()),
            called=lambda titles: called(titles, lang, "-"),
        )

    async def one(self, request: Request, visitor: Visitor, id_: UUID, said: Said) -> HTMLResponse:
        """Show a notice with its preview; where it waits no longer, who answered it and when."""
        lang, asked = language(request), self.services.on_behalf_of(request, visitor)
        items = await self._waiting(asked)
        notice: dict[str, Any] | None = next((one for one in items or () if one["id"] == str(id_)), None)
        waits = notice is not None
        notice = notice or await asked.read("notices", f"/v1/notices/{id_}")
        if notice is None:
            raise asked.missing("notices", "unknown", "There is no such notice.")
        return render(
            request,
            "desk/notice.html",
            visitor,
            self.services.zone,
            said.status,
            said=said,
            notice=notice,
            waits=waits,
            following=after(items or [], id_),
            count=len(items or ()),
            reasons=options(lang, "rejection", REASONS),
            called=lambda titles: called(titles, lang, "-"),
        )

    async def act(self, request: Request, visitor: Visitor, id_: UUID, form: Form) -> Response:
        lang, asked, act = language(request), self.services.on_behalf_of(request, visitor), form.get("act", "")
        if act not in ACTS:
            raise Problem(422, "malformed", "The form says not what to do: open its page anew.")
        items = await self._waiting(asked) or []
        try:
            data = {"notice": str(id_)} | ({"reason": chosen(form, "reason", REASONS)} if act == "reject" else {})
        except Fault as fault:
            return await self.one(request, visitor, id_, Said(422, fault=fault, typed=form))
        ended = await ask(asked, "notices", ACTS[act], form, lang, data)
        if not ended.done:
            return await self.one(request, visitor, id_, Said(ended.status, refused=ended, typed=form))
        following = after(items, id_)
        to = f"/desk/notices/{following}" if following else "/desk/notices"
        return RedirectResponse(f"{to}?lang={lang}&done={DONE[act]}#said", 303)

    async def _waiting(self, asked: Services) -> list[dict[str, Any]] | None:
        told = await asked.read("notices", "/v1/queue")
        return told and list(told["items"])


def after(items: list[dict[str, Any]], id_: UUID) -> str | None:
    """Return the id of the item that comes after this one, or the first, where another is left."""
    ids = [one["id"] for one in items]
    at = ids.index(str(id_)) + 1 if str(id_) in ids else 0
    left = [one for one in (*ids[at:], *ids) if one != str(id_)]
    return left[0] if left else None


def pages(services: Services) -> APIRouter:
    """Serve the queue of notices, and each of them."""
    router, queue = APIRouter(), _Queue(services)

    @router.get("/desk/notices", response_class=HTMLResponse)
    async def listed(request: Request, visitor: AtDesk, done: Done = "") -> HTMLResponse:
        return await queue.listed(request, visitor, Said(done=done if done in DONE.values() else ""))

    @router.get("/desk/notices/{notice}", response_class=HTMLResponse)
    async def one(request: Request, notice: UUID, visitor: AtDesk, done: Done = "") -> HTMLResponse:
        return await queue.one(request, visitor, notice, Said(done=done if done in DONE.values() else ""))

    @router.post("/desk/notices/{notice}")
    async def act(
        request: Request,
        notice: UUID,
        visitor: AtDesk,
        form: Typed,
    ) -> Response:
        return await queue.act(request, visitor, notice, form)

    return router
