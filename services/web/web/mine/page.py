"""My page: bookings that are coming, past and cancelled, and notices and comments of one's own."""

import asyncio
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from chassis.pages import language
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from web import local_time
from web.rendering import PAGES
from web.rooms.receipt import ReceiptPages
from web.services import ServiceResponse, Services, part
from web.visitors import SignedIn

AT_ONCE = 50
SHOWN = ("upcoming", "past", "cancelled")
Show = Literal["upcoming", "past", "cancelled"]


def pages(services: Services) -> APIRouter:
    """Serve the page at `/my`."""
    router = APIRouter()

    @router.get("/my", response_class=HTMLResponse)
    async def show(
        request: Request,
        by: SignedIn,
        show: Show = "upcoming",
        offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
    ) -> HTMLResponse:
        asked, lang = services.on_behalf_of(request, by), language(request)
        more = {"state": show, "limit": str(AT_ONCE + 1), "offset": str(offset)}
        booked, notices, comments, spaces = await asyncio.gather(
            asked.own("booking", "/v1/bookings", **more),
            asked.own("notices", "/v1/notices/mine", limit=str(AT_ONCE)),
            asked.own("decisions", "/v1/feedback/mine", limit=str(AT_ONCE)),
            asked.read("booking", "/v1/spaces"),
        )
        known = part(spaces, lambda told: {one["space"]: one for one in told["spaces"]}) or {}
        of, zone = ReceiptPages(request, by, asked), services.zone
        bookings = part(told_of(booked), lambda told: [of.receipt(one, known) for one in told["bookings"]])
        return PAGES.render(
            request,
            "my.html",
            visitor=by,
            show=show,
            shown=SHOWN,
            bookings=bookings and bookings[:AT_ONCE],
            later=offset + AT_ONCE if bookings and len(bookings) > AT_ONCE else None,
            notices=part(told_of(notices), lambda told: [_notice(one, lang) for one in told["items"]]),
            comments=part(told_of(comments), lambda told: [_comment(one, lang, zone) for one in told["items"]]),
        )

    return router


def told_of(answer: ServiceResponse | None) -> Any:
    """Tell what a service showed; None where it does not answer, or shows nothing to them."""
    return answer.told if answer is not None and answer.status == 200 else None


def _notice(told: dict[str, Any], lang: str) -> dict[str, Any]:
    titles: dict[str, str] = told["titles"]
    spoken = lang if lang in titles else next(iter(titles), lang)
    return {
        "href": f"/notices/notice/{told['id']}",
        "title": titles.get(spoken, ""),
        "language": spoken,
        "standing": told["standing"],
    }


def _comment(told: dict[str, Any], lang: str, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "href": f"/decisions/cases/{told['case']}",
        "text": told["text"] or "",
        "state": told["state"],
        "answer": told["answer"] or "",
        "changed": bool(told["changed"]),
        "at": local_time.at(told["received_at"], lang, zone),
        "answer_by": local_time.at(told["answer_by"], lang, zone),
    }
