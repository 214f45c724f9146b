"""People at the desk, before real booking and notices."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from chassis import Settings, channels
from chassis.access import RoleAt
from chassis.clock import SettableClock
from notices.main import service as notices_service
from omatoimi_contracts.requests import HoursRequested
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.databases import Databases
from tests.kits.booking import STAFF, WEB, City, city, week
from tests.kits.chassis import application
from tests.kits.notices import House, Neighbours, house
from tests.kits.persons import Issuer, issuer, trust
from tests.kits.platform import Servers
from tests.kits.web import ADDRESS, Site, site
from tests.quarter import quarter

from .visitor import Form, Page

HERE = {"Sec-Fetch-Site": "same-origin", "Origin": ADDRESS}


@dataclass
class Desk:
    """The web channel before booking and notices, whose clocks stand at the present."""

    web: Site
    city: City
    house: House
    people: Issuer

    @asynccontextmanager
    async def at(self, *roles: RoleAt) -> AsyncIterator["Member"]:
        """Somebody at the desk."""
        access = self.people.token(self.people.claims(UUID(int=len(roles) + 7), now=self.web.clock(), at=roles))
        async with self.web.browser(await self.web.signed_in("Aino", access=access)) as browser:
            yield Member(browser)

    @asynccontextmanager
    async def acting_for(self, association: UUID, number: int) -> AsyncIterator["Member"]:
        """A resident who acts for an association."""
        claims = self.people.claims(UUID(int=number), now=self.web.clock(), acts_for=[association])
        signed = await self.web.signed_in(access=self.people.token(claims), organisations=(association,))
        async with self.web.browser(signed) as browser:
            yield Member(browser)


@dataclass
class Member:
    """A member of staff at a browser."""

    browser: httpx.AsyncClient

    async def open(self, address: str) -> Page:
        answer = await self.browser.get(address)
        assert answer.status_code == 200, (address, answer.status_code, answer.text[-600:])
        return Page(answer)

    async def send(self, form: Form, act: str, **typed: str) -> httpx.Response:
        body = {**form.fields, "act": act, **{name.replace("__", "-"): value for name, value in typed.items()}}
        return await self.browser.post(form.action, data=body, headers=HERE)

    async def done(self, form: Form, act: str, **typed: str) -> Page:
        """Send a form that is taken; the page after it."""
        answer = await self.send(form, act, **typed)
        assert answer.status_code == 303, (answer.status_code, re.sub(r"<[^>]+>|\s+", " ", answer.text)[-1500:])
        return await self.open(answer.headers["location"])


async def _exchange(request: Request) -> Response:
    """In the place of people: who signed in shows the token itself."""
    return JSONResponse({"access_token": (await request.form())["subject_token"]})


def _client(application: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=application), base_url="http://omatoimi", timeout=300)


@asynccontextmanager
async def opened_desk(platform: Servers, databases: Databases, dsn: str) -> AsyncIterator[Desk]:
    now = datetime.now(UTC)
    made = lambda dsn: notices_service(Settings(postgres=SecretStr(dsn))).migrate()  # noqa: E731
    async with AsyncExitStack() as stack:
        people = await stack.enter_async_context(issuer())
        of_booking = await platform.create_database()
        town = await stack.enter_async_context(city(of_booking))
        town.now = now
        for premises in ("library", "school", "youth-centre"):
            always = HoursRequested(
                premises=premises, valid_from=now.date() - timedelta(days=9), week=week("00:00", "24:00")
            )
            await town.ask(always, STAFF)
        of_notices = await stack.enter_async_context(databases.lent("notices", made))
        board = await stack.enter_async_context(
            house(Settings(postgres=SecretStr(of_notices)), neighbours=Neighbours(SettableClock(now)))
        )
        applications = {"booking": application(town.services[0]), "notices": application(board.bench.service)}
        for one in (town.services[0], board.bench.service):
            trust(one, people)
            async with one.pool.acquire() as conn:
                await channels.register(conn, WEB, "key", now)
        clients = {name: _client(application) for name, application in applications.items()}
        clients["people"] = _client(Starlette(routes=[Route("/v1/token", _exchange, methods=["POST"])]))
        web = await stack.enter_async_context(site(dsn, clients))
        yield Desk(web, town, board, people)
    await platform.drop_database(of_booking)


def form_of(page: Page, name: str, value: str) -> Form:
    return next(form for form in page.forms if form.fields.get(name) == value)


async def under_way(desk: Desk, space: str = "room-a") -> UUID:
    """A booking that began a moment ago."""
    now = desk.city.now
    desk.city.now = now - timedelta(hours=1)
    began = quarter(now)
    booking = await desk.city.booked(space, began, began + timedelta(hours=1), persons=8)
    desk.city.now = now
    return booking
