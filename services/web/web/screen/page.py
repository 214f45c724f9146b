"""The page at `/screen`: what the services tell, rendered once for all screens that ask within some seconds.

The page holds all its slides. The script shows them in turn, looks for what is new, and goes on without the network:
each slide says of when it is, each part until when it holds. Without script all stand below each other.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

from chassis.http import STATIC
from chassis.installation import Installation
from chassis.pages import called, language, languages
from chassis.problem import Problem
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from omatoimi_contracts.primitives import CODE

from web import local_time
from web.rendering import PAGES, worker
from web.screen import rooms, slides
from web.screen.slides import Slides
from web.services import Services, part

SECONDS = 10.0
"""So long one rendering does for all."""
TEMPLATE = "screen.html"
DECISIONS = "6"


@dataclass
class CachedPage:
    """A page as it was some seconds ago: however many ask, it is made once."""

    made_at: float = float("-inf")
    page: HTMLResponse | None = None
    making: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self, make: Callable[[], Awaitable[HTMLResponse]]) -> HTMLResponse:
        """Return the page, made anew where it is too old."""
        async with self.making:
            if self.page is None or monotonic() - self.made_at >= SECONDS:
                self.page, self.made_at = await make(), monotonic()
            return self.page


@cache
def build() -> str:
    """Tell the pages of this build from those of another: a screen loads itself anew when it changes."""
    of = (STATIC / "screen.js", STATIC / "omatoimi.css", Path(__file__).parents[1] / "templates" / TEMPLATE)
    return hashlib.blake2b(b"".join(file.read_bytes() for file in of), digest_size=8).hexdigest()


def pages(services: Services, installation: Installation, address: str) -> APIRouter:
    """Serve the page at `/screen`; `address` is where people reach the pages, as it is shown to them."""
    router = APIRouter()
    kept: dict[tuple[str, ...], CachedPage] = {}
    alone: dict[str, str] = dict(installation.contact.name.items()) if len(installation.libraries) == 1 else {}

    @router.get("/screen/worker.js")
    async def keeper() -> Response:
        return worker("/screen")

    @router.get("/screen", response_class=HTMLResponse)
    async def screen(request: Request, unit: Annotated[str, Query(pattern=rf"^$|{CODE}")] = "") -> Response:
        unit = unit or next(iter(installation.libraries))
        if unit not in installation.libraries:
            raise Problem(404, "unknown-unit", f"There is no library {unit} in the pilot.", parameter="unit")
        # Each language in turn, but where one is chosen.
        first, all_of_them = language(request), languages(request)
        spoken = (first,) if request.query_params.get("lang") in all_of_them else all_of_them

        async def make() -> HTMLResponse:
            now = local_time.now(services.zone)
            told = await _told(services.on_behalf_of(request), unit, spoken, now, alone)
            return PAGES.render(
                request,
                TEMPLATE,
                library=called(alone, first, unit),
                told=told,
                now=now,
                clock=lambda lang: local_time.clock(now, lang),
                build=build(),
                zone=services.zone.key,
                reach=address.partition("://")[2],
                contact=installation.contact,
            )

        page = await kept.setdefault((unit, first, *spoken), CachedPage()).get(make)
        return Response(page.body, headers=dict(page.headers))

    return router


async def _told(
    asked: Services, unit: str, spoken: Sequence[str], now: datetime, alone: Mapping[str, str]
) -> list[Slides]:
    """Return the slides of each language."""
    today, held = await asyncio.gather(
        asked.read("booking", "/v1/today", unit=unit), asked.read("booking", "/v1/today/associations", unit=unit)
    )
    by_name = await _by_name(asked, held)

    async def of(lang: str) -> Slides:
        notices, decisions = await asyncio.gather(
            asked.read("notices", "/v1/notices", unit=unit, lang=lang),
            asked.read("decisions", "/v1/decisions", unit=unit, lang=lang, limit=DECISIONS),
        )
        return Slides(
            lang,
            called(alone, lang, unit),
            part(today, lambda told: rooms.houses(told, by_name, now, lang)),
            part(notices, lambda told: slides.events(told, now, lang)),
            part(decisions, lambda told: slides.decisions(told, lang)),
        )

    return list(await asyncio.gather(*(of(lang) for lang in spoken)))


async def _by_name(asked: Services, held: Any) -> dict[str, list[rooms.HeldByAssociation]]:
    """Tell when which association has which room, by its registered name; one that has none has it like anybody."""
    ids = (
        part(held, lambda told: sorted({one["organisation"] for room in told["spaces"] for one in room["held"]})) or []
    )
    told = await asyncio.gather(*(asked.read("notices", f"/v1/organisations/{one}") for one in ids))
    names = {
        one: known.get("name", "") if isinstance(known, dict) else "" for one, known in zip(ids, told, strict=True)
    }
    return part(held, lambda told: rooms.held(told, names, asked.zone)) or {}
