"""The pages of the footer: contact, accessibility, privacy, and the way in for developers."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import TypedDict

import yaml
from chassis.installation import Installation
from chassis.local_time import day
from chassis.pages import language
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from web.rendering import PAGES

STATEMENT = Path(__file__).parent / "accessibility.yaml"


class Statement(TypedDict):
    """The accessibility statement: when it was made and reviewed; of what is lacking the criterion, and each language's
    words."""

    made: date
    reviewed: date
    lacks: list[dict[str, str]]


@cache
def statement() -> Statement:
    """Return the accessibility statement, as it stands in its file."""
    told: Statement = yaml.safe_load(STATEMENT.read_text(encoding="utf-8"))
    assert isinstance(told["made"], date)
    assert isinstance(told["reviewed"], date)
    return told


def pages(installation: Installation) -> APIRouter:
    """Serve the pages of the footer."""
    router = APIRouter()
    contact = installation.contact

    @router.get("/contact", response_class=HTMLResponse)
    async def show_contact(request: Request) -> HTMLResponse:
        return PAGES.render(request, "contact.html", contact=contact)

    @router.get("/accessibility", response_class=HTMLResponse)
    async def show_accessibility(request: Request) -> HTMLResponse:
        lang, told = language(request), statement()
        made, reviewed = day(told["made"], lang), day(told["reviewed"], lang)
        return PAGES.render(
            request, "accessibility.html", contact=contact, lacks=told["lacks"], made=made, reviewed=reviewed
        )

    @router.get("/privacy", response_class=HTMLResponse)
    async def show_privacy(request: Request) -> HTMLResponse:
        kept = installation.retention
        days = {"person": kept.contact_details, "log": kept.access_log}
        return PAGES.render(request, "privacy.html", days=days)

    @router.get("/developers", response_class=HTMLResponse)
    async def show_developers(request: Request) -> HTMLResponse:
        return PAGES.render(request, "developers.html", base=str(request.base_url).rstrip("/"))

    return router
