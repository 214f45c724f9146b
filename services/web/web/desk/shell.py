"""What all pages of the desk share: their menu, who sees which of them, and how moments and codes are said there."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Protocol
from zoneinfo import ZoneInfo

from chassis import local_time as chassis_time
from chassis.pages import language
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from web import local_time
from web.desk.acts import Said
from web.desk.timeline import moment
from web.rendering import PAGES, word
from web.visitors import Answered, AtDesk, Form, Typed, Visitor

Done = Annotated[str, Query(pattern="^[a-z-]{0,20}$")]
"""What was done on a page before it is shown again."""


@dataclass(frozen=True, slots=True)
class DeskPage:
    """A page of the desk, and the roles it is for."""

    name: str
    address: str
    roles: tuple[str, ...]


MENU = (
    DeskPage("today", "/desk", ("staff", "department", "participation", "director")),
    DeskPage("notices", "/desk/notices", ("staff", "department")),
    DeskPage("organisations", "/desk/organisations", ("staff",)),
    DeskPage("people", "/desk/people", ("staff",)),
    DeskPage("feedback", "/desk/feedback", ("participation",)),
    DeskPage("rooms", "/desk/rooms", ("staff", "department")),
    DeskPage("hours", "/desk/hours", ("staff", "department")),
    DeskPage("blocks", "/desk/blocks", ("staff", "department")),
    DeskPage("kiosks", "/desk/kiosks", ("staff",)),
    DeskPage("dead-letters", "/desk/dead-letters", ("staff", "director")),
)

OUTSIDE_THE_MENU = (DeskPage("bookings", "/desk/bookings", ("staff", "department")),)
RECORDS_THE_DAY = ("staff", "department")
"""Who tells at the page of a day what happened; the others of the desk read it."""


def menu(visitor: Visitor) -> list[DeskPage]:
    """Return the pages of the desk that somebody has a use for."""
    return [page for page in MENU if any(visitor.has(role) for role in page.roles)]


async def for_its_roles(request: Request, visitor: AtDesk) -> None:
    """Let through whom a page is for, before anything of what they sent is read."""
    path = f"{request.url.path}/"
    pages = (*OUTSIDE_THE_MENU, *MENU[1:])
    roles = next((page.roles for page in pages if path.startswith(f"{page.address}/")), MENU[0].roles)
    if path == "/desk/" and request.method == "POST":
        roles = RECORDS_THE_DAY
    if not any(visitor.has(role) for role in roles):
        whose = [word(language(request), "role", role) for role in roles]
        raise Answered(PAGES.render(request, "not-at-desk.html", 403, visitor=visitor, whose=whose))


class Acting(Protocol):
    """A page of the desk with forms."""

    async def act(self, request: Request, visitor: Visitor, form: Form, /) -> Response:
        """Do what a form asks for."""


class Listing(Acting, Protocol):
    """A page of the desk that lists things, with forms that act on them."""

    async def listed(self, request: Request, visitor: Visitor, said: Said, /) -> HTMLResponse:
        """Show the list, and on top what is said."""


def serve_forms(address: str, page: Acting) -> APIRouter:
    """Serve the forms of a page at its address."""
    router = APIRouter()

    @router.post(address)
    async def act(
        request: Request,
        visitor: AtDesk,
        form: Typed,
    ) -> Response:
        return await page.act(request, visitor, form)

    return router


def serve(address: str, page: Listing, acts: Collection[str]) -> APIRouter:
    """Serve such a page at an address; it says which of these acts was done."""
    router = serve_forms(address, page)

    @router.get(address, response_class=HTMLResponse)
    async def listed(request: Request, visitor: AtDesk, done: Done = "") -> HTMLResponse:
        return await page.listed(request, visitor, Said(done=done if done in acts else ""))

    return router


def render(
    request: Request,
    template: str,
    visitor: Visitor,
    zone: ZoneInfo,
    status: int = 200,
    *,
    known: bool = True,
    **values: Any,
) -> HTMLResponse:
    """Return a page of the desk; where its subject is not `known`, since a service does not answer, it says so, and its
    status too. Nothing of it is kept by anybody: it shows what residents said and booked."""
    lang, now = language(request), local_time.now(zone)
    return PAGES.render(
        request,
        template,
        status if known or status != 200 else 503,
        visitor=visitor,
        desk_menu=menu(visitor),
        path=request.url.path,
        now=now,
        moment=moment,
        clock=lambda told: local_time.clock(told.astimezone(zone), lang),
        span=lambda slot: local_time.span(slot["start"], slot["end"], lang, zone),
        short=lambda slot: _short(slot, lang, zone),
        when=when(lang, zone, now),
        day_of=lambda told: chassis_time.short_day(_local(told, zone).date(), lang),
        short_day=lambda on: chassis_time.short_day(on, lang),
        word=lambda listed, code: word(lang, listed, code),
        **values,
    )


def options(lang: str, listed: str, codes: Iterable[str]) -> list[tuple[str, str]]:
    """Return the choices of a list of the contract, each with its word."""
    return [(code, word(lang, listed, code)) for code in codes]


def when(lang: str, zone: ZoneInfo, now: datetime) -> Callable[[str | datetime], str]:
    """Return how a moment is said: by its time today, by its day too on another."""

    def said(told: str | datetime) -> str:
        at = _local(told, zone)
        clock = local_time.clock(at, lang)
        if at.date() == now.date():
            return clock
        words = PAGES.words[lang]
        near: dict[date, str] = {
            now.date() + timedelta(days=1): words["desk.tomorrow"],
            now.date() - timedelta(days=1): words["desk.yesterday"],
        }
        return f"{near.get(at.date()) or chassis_time.short_day(at.date(), lang)} {clock}"

    return said


def _short(slot: dict[str, str], lang: str, zone: ZoneInfo) -> str:
    """Tell hours where there is little room: 18–19.30."""
    return re.sub(r"\b0?(\d{1,2})[.:]00", r"\1", local_time.span(slot["start"], slot["end"], lang, zone))


def _local(told: str | datetime, zone: ZoneInfo) -> datetime:
    return (moment(told) if isinstance(told, str) else told).astimezone(zone)
