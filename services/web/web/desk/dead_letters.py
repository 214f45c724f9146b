"""Desk: what was put aside (`/desk/dead-letters`): messages that no service could take and events that no figure
counts, by reason, in words, and what is to be done. To try one again, or to give it up, is a command of whoever looks
after the system: it needs the bytes, and those are shown to nobody here."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from chassis.pages import language
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from web.desk.shell import render
from web.services import Services, part
from web.visitors import AtDesk, Visitor

Of = Literal["booking", "notices", "decisions", "people", "analytics", "quarantine"]
PLACES: dict[Of, tuple[str, str]] = {
    "booking": ("booking", "/v1/dead-letters"),
    "notices": ("notices", "/v1/dead-letters"),
    "decisions": ("decisions", "/v1/dead-letters"),
    "people": ("people", "/v1/dead-letters"),
    "analytics": ("analytics", "/v1/dead-letters"),
    "quarantine": ("analytics", "/v1/quarantine"),
}
SENDER = ("no-event", "wrong-data", "unknown-type", "misplaced", "not-taken", "other-content")
CHANNEL = ("unknown-source", "unproved", "not-meant")


def remedy(of: str, code: str) -> str:
    """Tell who mends it: the one who sent it, who registers channels, or who looks after the system."""
    if of == "quarantine":
        return "event"
    if code == "unreadable":
        return "damaged"
    return "sender" if code in SENDER else "channel" if code in CHANNEL else "system"


async def waiting(asked: Services) -> int | None:
    """Tell how many were put aside and wait, anywhere; None where none is known of and somebody does not answer."""
    told = await asyncio.gather(*(asked.read(service, path, limit="0") for service, path in PLACES.values()))
    counts = [part(one, lambda told: int(told["open"])) for one in told]
    known = sum(count or 0 for count in counts)
    return None if not known and None in counts else known


@dataclass(frozen=True)
class _Page:
    services: Services

    async def listed(self, request: Request, visitor: Visitor, of: Of | None, before: int | None) -> HTMLResponse:
        lang, asked = language(request), self.services.on_behalf_of(request, visitor)
        places = [of] if of else list(PLACES)
        further = {"before": str(before)} if of and of != "quarantine" and before else {}
        told = await asyncio.gather(*(asked.read(*PLACES[one], lang=lang, **further) for one in places))
        shown = {one: part(found, _shown) for one, found in zip(places, told, strict=True)}
        return render(
            request,
            "desk/dead-letters.html",
            visitor,
            self.services.zone,
            places=shown,
            count=sum(found["open"] for found in shown.values() if found),
            nothing=all(found is not None and not found["kinds"] for found in shown.values()),
            remedy=remedy,
            one=of is not None,
        )


def _shown(told: dict[str, Any]) -> dict[str, Any]:
    return {"open": told["open"], "next": told["next"], "kinds": [{"retried": 0, **kind} for kind in told["kinds"]]}


def pages(services: Services) -> APIRouter:
    """Serve the page of what was put aside."""
    router, page = APIRouter(), _Page(services)

    @router.get("/desk/dead-letters", response_class=HTMLResponse)
    async def listed(
        request: Request,
        visitor: AtDesk,
        of: Of | None = None,
        before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    ) -> HTMLResponse:
        return await page.listed(request, visitor, of, before)

    return router
