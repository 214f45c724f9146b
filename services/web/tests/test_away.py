"""A service that is late, broken or overrun, or people away, is said to be so: 503, when to come again, and a sentence.
Nothing is said not to be there, and no list to be empty, that nobody could look up; what was typed is kept."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from html import unescape
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from chassis.access import Role
from chassis.access import RoleAt as RoleOfToken
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from web import services
from web.exchange import RoleAt
from web.rendering import PAGES

from tests.kits.persons import Issuer, staff_of
from tests.kits.web import ADDRESS, STAFF_OF_VALLILA, Site, site

THING = UUID(int=7)
PEOPLE = Issuer()
OF_A_THING = (
    f"/desk/notices/{THING}",
    f"/desk/feedback/{THING}",
    f"/desk/bookings/{THING}",
    "/desk/rooms/premises?premises=kirjasto",
    "/desk/rooms/space?premises=kirjasto&space=sali",
    "/desk/hours?premises=kirjasto",
    f"/tell/{THING}",
    f"/comment?case={THING}",
    f"/comments/{THING}",
    f"/bookings/{THING}",
)
LISTS = (
    "/desk/notices",
    "/desk/organisations",
    "/desk/people",
    "/desk/feedback",
    "/desk/rooms",
    "/desk/hours",
    "/desk/blocks",
)
OF_PARTS = ("/desk", "/desk/dead-letters", "/my", "/tell", f"/associations/{THING}")
"""Pages of several services: each part says it for itself."""
HERE = {"Sec-Fetch-Site": "same-origin", "Origin": ADDRESS}
Answer = Callable[[Request], Awaitable[Response]]


async def late(_: Request) -> Response:
    await asyncio.Event().wait()
    raise AssertionError


async def broken(_: Request) -> Response:
    return JSONResponse({"type": "urn:omatoimi:problem:broken", "status": 500}, 500)


async def overrun(_: Request) -> Response:
    return JSONResponse({"type": "urn:omatoimi:problem:too-often", "status": 429}, 429)


async def vouches(_: Request) -> Response:
    """In the place of people: a token of somebody who works at the desk and acts for an association."""
    at = [staff_of("vallila"), RoleOfToken(Role.PARTICIPATION)]
    claims = PEOPLE.claims(THING, now=datetime.now(UTC), at=at, acts_for=[THING])
    return JSONResponse({"access_token": PEOPLE.token(claims)})


async def knows_nobody(request: Request) -> Response:
    """As a service answers whom people does not vouch for."""
    return JSONResponse(
        {"type": "urn:omatoimi:problem:unknown", "status": 404}, 404 if "Authorization" in request.headers else 401
    )


@pytest_asyncio.fixture(params=[late, broken, overrun, knows_nobody], ids=lambda one: one.__name__)
async def away(request: pytest.FixtureRequest, dsn: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(services, "SECONDS", 0.05)
    people = late if request.param is knows_nobody else vouches
    routes = [
        Route("/v1/token", people, methods=["POST"]),
        Route("/{path:path}", request.param, methods=["GET", "POST"]),
    ]
    transport = httpx.ASGITransport(app=Starlette(routes=routes))
    client = httpx.AsyncClient(transport=transport, base_url="http://omatoimi", timeout=0.5)
    names = ("booking", "notices", "decisions", "analytics", "people")
    async with site(dsn, dict.fromkeys(names, client)) as made:
        yield made


async def test_what_nobody_could_look_up_is_not_said_to_be_missing_or_empty(away: Site) -> None:
    roles = (*STAFF_OF_VALLILA, RoleAt("participation"))
    none = {
        words for key, words in PAGES.words["fi"].items() if re.search(r"(^|\.)none(\.|$)", key) and len(words) > 15
    }
    says = re.compile("ei (juuri nyt )?vastaa|eivät juuri nyt näy")
    async with away.browser(await away.signed_in(person=THING, roles=roles, organisations=(THING,))) as browser:
        for address in (*OF_A_THING, *LISTS, *OF_PARTS):
            answer = await browser.get(address, headers={"Accept-Language": "fi"})
            found = (answer.status_code, answer.headers.get("retry-after"))
            assert found == ((200, None) if address in OF_PARTS else (503, "2")), address
            assert says.search(answer.text), address
            assert not [words for words in none if words in answer.text], address


async def test_what_was_typed_for_a_service_that_is_away_is_kept_to_be_sent_again(away: Site) -> None:
    roles = (*STAFF_OF_VALLILA, RoleAt("participation"))
    async with away.browser(await away.signed_in(person=THING, roles=roles)) as browser:
        token = re.search(r'name="csrf" value="([^"]+)"', (await browser.get("/my/erase")).text)
        assert token
        typed = {"csrf": unescape(token[1]), "id": str(THING), "act": "answer", "text": "Penkki tulee keväällä."}
        for address in (f"/desk/feedback/{THING}", f"/desk/notices/{THING}", f"/desk/bookings/{THING}"):
            body = typed | ({"act": "approve"} if "notices" in address else {})
            body |= {"act": "cancel", "reason": "closure", "by": "house"} if "bookings" in address else {}
            answer = await browser.post(f"{address}?lang=fi", data=body, headers=HERE)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2"), address
            assert "Kirjoittamasi on tallessa tällä sivulla" in answer.text
            assert "Penkki tulee keväällä." in answer.text
            assert str(THING) in answer.text
