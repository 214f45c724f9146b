"""Desk: feedback (`/desk/feedback`): read what a resident said about a case, draft an answer, publish it; then comes
the next that falls due."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.pages import language
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from web.desk.acts import Fault, Said, ask
from web.desk.notices import after
from web.desk.shell import Done, render
from web.services import Services
from web.visitors import AtDesk, Form, Typed, Visitor

LONGEST = 10_000
ACTS = ("answered", "drafted")


@dataclass(frozen=True)
class _Queue:
    services: Services

    async def listed(self, request: Request, visitor: Visitor, said: Said) -> HTMLResponse:
        items = await self._open(self.services.on_behalf_of(request, visitor))
        zone = self.services.zone
        return render(
            request,
            "desk/feedback.html",
            visitor,
            zone,
            said.status,
            known=items is not None,
            said=said,
            items=items,
            count=len(items or ()),
        )

    async def one(self, request: Request, visitor: Visitor, id_: UUID, said: Said) -> HTMLResponse:
        lang, asked = language(request), self.services.on_behalf_of(request, visitor)
        items = await self._open(asked)
        item = next((one for one in items or () if one["id"] == str(id_)), None)
        waits = item is not None
        item = item or await asked.read("decisions", f"/v1/feedback/{id_}")
        if item is None:
            raise asked.missing("decisions", "unknown-feedback", "There is no such feedback.")
        case = await asked.read("decisions", f"/v1/cases/{item['case']}", lang=lang)
        return render(
            request,
            "desk/answer.html",
            visitor,
            self.services.zone,
            said.status,
            said=said,
            item=item | {"id": str(id_)},
            case=case,
            waits=waits,
            following=after(items or [], id_),
            count=len(items or ()),
            longest=LONGEST,
        )

    async def act(self, request: Request, visitor: Visitor, id_: UUID, form: Form) -> Response:
        lang, asked = language(request), self.services.on_behalf_of(request, visitor)
        text = form.get("text", "").replace("\r\n", "\n").strip()
        items = await self._open(asked) or []
        try:
            if not text:
                raise Fault("text", "text")
            if len(text) > LONGEST:
                raise Fault("text", "text.long")
        except Fault as fault:
            return await self.one(request, visitor, id_, Said(422, fault=fault, typed=form))
        if form.get("act") == "draft":
            how = {"method": "PUT", "seen": form.get("seen_draft", "")}
            ended = await ask(asked, "decisions", f"/v1/feedback/{id_}/draft", form, lang, {"text": text}, **how)
        else:
            data = {"feedback": str(id_), "text": text, "changed": form.get("changed") == "yes"}
            ended = await ask(asked, "decisions", "/v1/answers", form, lang, data)
        if not ended.done:
            return await self.one(request, visitor, id_, Said(ended.status, refused=ended, typed=form))
        if form.get("act") == "draft":
            return RedirectResponse(f"/desk/feedback/{id_}?lang={lang}&done=drafted#said", 303)
        following = after(items, id_)
        to = f"/desk/feedback/{following}" if following else "/desk/feedback"
        return RedirectResponse(f"{to}?lang={lang}&done=answered#said", 303)

    async def _open(self, asked: Services) -> list[dict[str, Any]] | None:
        told = await asked.read("decisions", "/v1/feedback", state="open", limit="200")
        return told and [one | {"id": one["feedback"]} for one in told["items"]]


def pages(services: Services) -> APIRouter:
    """Serve the queue of feedback, and each of it."""
    router, queue = APIRouter(), _Queue(services)

    @router.get("/desk/feedback", response_class=HTMLResponse)
    async def listed(request: Request, visitor: AtDesk, done: Done = "") -> HTMLResponse:
        return await queue.listed(request, visitor, Said(done=done if done in ACTS else ""))

    @router.get("/desk/feedback/{feedback}", response_class=HTMLResponse)
    async def one(request: Request, feedback: UUID, visitor: AtDesk, done: Done = "") -> HTMLResponse:
        return await queue.one(request, visitor, feedback, Said(done=done if done in ACTS else ""))

    @router.post("/desk/feedback/{feedback}")
    async def act(
        request: Request,
        feedback: UUID,
        visitor: AtDesk,
        form: Typed,
    ) -> Response:
        return await queue.act(request, visitor, feedback, form)

    return router
