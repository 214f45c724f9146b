"""The pages `/comment` and `/comments/{comment}`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from uuid import UUID

from chassis.local_time import LOCALES
from chassis.local_time import moment as told_moment
from chassis.pages import language
from chassis.problem import Problem
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from web.rendering import PAGES
from web.services import Services, part
from web.visitors import Away, SignedIn, Typed, Visitor, id_of

LONGEST = 5000
"""Characters of a comment, as the contract has it."""
RECEIVED = "omatoimi.feedback.received.v1"


@dataclass(frozen=True, slots=True)
class CommentedCase:
    """A case that somebody comments on, as far as it is `open`; `answer_by` is empty where that is not fixed."""

    key: str
    title: str
    language: str
    open: bool
    answer_by: str

    @property
    def address(self) -> str:
        return f"/decisions/cases/{quote(self.key, safe='/')}"


def pages(services: Services) -> APIRouter:
    """Serve `/comment?case=…`, the form, and `/comments/{comment}`, which shows how one stands."""
    router = APIRouter()

    @router.get("/comment", response_class=HTMLResponse)
    async def form(request: Request, by: SignedIn, case: Annotated[str, Query(max_length=300)]) -> Response:
        asked = services.on_behalf_of(request, by)
        return await _form(request, asked, by, case)

    @router.post("/comment")
    async def send(request: Request, by: SignedIn, typed: Typed) -> Response:
        asked, lang = services.on_behalf_of(request, by), language(request)
        key, text = typed.get("case", "")[:300], typed.get("text", "").strip()
        if fault := "empty" if not text else "too-long" if len(text) > LONGEST else "":
            return await _form(request, asked, by, key, text, fault)
        id_ = id_of(typed)
        data, vouched = {"case": key, "text": text}, asked.speaks_for(by)
        answer = await asked.ask("decisions", "/v1/feedback", id_, lang, data) if vouched else None
        if answer is None:
            return await _form(request, asked, by, key, text, "away", 503, id_)
        outcome = answer.get("outcome", {})
        if outcome.get("type") == RECEIVED:
            return RedirectResponse(f"/comments/{outcome['data']['feedback']}?{urlencode({'lang': lang})}", 303)
        return await _form(request, asked, by, key, text, "refused")

    @router.get("/comments/{comment}", response_class=HTMLResponse)
    async def show(request: Request, by: SignedIn, comment: UUID) -> Response:
        asked, lang = services.on_behalf_of(request, by), language(request)
        # Whose it is decisions knows; while people does not vouch for them it is nobody's here either.
        found = await asked.own("decisions", f"/v1/feedback/{comment}") if asked.speaks_for(by) else None
        if found is not None and found.status == 404:
            raise Problem(404, "unknown", "There is no such comment.")
        said = part(found and found.told, lambda told: _said(told, lang, asked))
        case = await _case(asked, said["case"], lang) if said else None
        status = 200 if said else 503
        return PAGES.render(request, "comment-sent.html", status, visitor=by, said=said, case=case)

    return router


async def _form(
    request: Request,
    services: Services,
    by: Visitor,
    key: str,
    text: str = "",
    fault: str = "",
    status: int = 422,
    id_: UUID | None = None,
) -> HTMLResponse:
    """Show the form with what was typed; a fault is said beside it, and the request that it makes next has a new id,
    unless it may have been done already."""
    lang = language(request)
    case = await _case(services, key, lang)
    if case is None and not text and not services.knows("decisions"):
        raise Away
    return PAGES.render(
        request,
        "comment.html",
        status if fault else 200 if case else 404,
        visitor=by,
        case=case,
        key=key,
        text=text,
        fault=fault,
        id=id_,
        longest=LONGEST,
        language_name=lambda code: LOCALES[lang].languages.get(code, code),
    )


async def _case(services: Services, key: str, lang: str) -> CommentedCase | None:
    found = await services.read("decisions", f"/v1/cases/{quote(key, safe='/')}", lang=lang) if key else None
    return part(found, lambda told: _of(told, lang, services))


def _of(told: dict[str, Any], lang: str, services: Services) -> CommentedCase:
    return CommentedCase(
        told["key"],
        told["title"],
        told["language"],
        told["open"],
        _moment(told["answer_by"], lang, services),
    )


def _said(told: dict[str, Any], lang: str, services: Services) -> dict[str, Any]:
    moments = {name: _moment(told[name], lang, services) for name in ("received_at", "answer_by")}
    return {name: told[name] for name in ("case", "state", "answer", "changed")} | moments


def _moment(told: str | None, lang: str, services: Services) -> str:
    return told_moment(datetime.fromisoformat(told), lang, services.zone) if told else ""
