"""The web channel as tests of its pages have it: in this process, on a real database, with people signed in."""

import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import httpx
from chassis import Settings
from chassis.clock import SettableClock
from chassis.migrations import migrate
from chassis.public import PublicPort
from chassis.telemetry import Telemetry
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import SecretStr
from web.cookies import Cookies
from web.database import MIGRATIONS
from web.exchange import Exchange, RoleAt
from web.main import Web, app
from web.services import Services, asked_in, client
from web.sessions import ABSOLUTE, IDLE, ProviderTokens, Sealed, hash_of
from web.sessions import Sessions as OfWeb
from web.sign_in.provider import Provider
from web.store import sessions as store
from web.store.sessions import Session

ADDRESS = "http://127.0.0.1:8014"
NO_TOKEN = "of the provider"
NOBODY = "http://127.0.0.1:9"
SERVICES = ("booking", "notices", "decisions", "analytics", "people")
STAFF_OF_VALLILA = (RoleAt("staff", unit="vallila"),)


async def migrated(dsn: str) -> None:
    """Give a database the tables of the web channel."""
    conn = await asyncpg.connect(dsn)
    try:
        await migrate(conn, "web", MIGRATIONS)
    finally:
        await conn.close()


async def signed_in_at(
    dsn: str,
    name: str = "Aino Asukas",
    *,
    person: UUID | None = None,
    subject: str | None = None,
    roles: Sequence[RoleAt] = (),
    organisations: Sequence[UUID] = (),
    address: str = ADDRESS,
    access: str = NO_TOKEN,
    now: datetime | None = None,
) -> dict[str, str]:
    """Begin a session in the database of a web channel at this address. Returns its cookie, by which a browser is this
    person; people, where it is asked, is asked with the access token, and says who it is where nothing else does."""
    secret, now = secrets.token_urlsafe(32), now or datetime.now(UTC)
    tokens = ProviderTokens(access, now + ABSOLUTE)
    person = person or (uuid4() if access == NO_TOKEN else None)
    sealed = Sealed(name, tokens, person, tuple(roles), tuple(organisations))
    session = Session(
        hash_of(secret),
        uuid4(),
        "https://provider",
        subject or str(uuid4()),
        None,
        sealed.close(secret),
        now,
        IDLE,
        now + ABSOLUTE,
    )
    conn = await asyncpg.connect(dsn)
    try:
        async with conn.transaction():
            assert await store.begin(conn, session, now)
    finally:
        await conn.close()
    return {Cookies(address).session: secret}


def pages_of(app: FastAPI) -> Iterator[APIRoute]:
    """Every route of a web channel."""
    routes: list[Any] = list(app.routes)
    while routes:
        route = routes.pop(0)
        routes[:0] = route.original_router.routes if hasattr(route, "original_router") else ()
        if isinstance(route, APIRoute):
            yield route


@dataclass
class Site:
    """A web channel that runs in this loop, and its clock."""

    web: Web
    app: FastAPI
    dsn: str
    clock: SettableClock

    @asynccontextmanager
    async def browser(
        self, cookies: Mapping[str, str] | None = None, **headers: str
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A browser at it, with these cookies. It follows no redirect by itself."""
        address = self.web.sessions.cookies.address
        port = PublicPort(self.app, self.web.settings.model_copy(update={"allowed_hosts": "*"}))
        transport = httpx.ASGITransport(app=port, raise_app_exceptions=False)
        told = {"Accept": "text/html", **headers}
        async with httpx.AsyncClient(transport=transport, base_url=address, headers=told, timeout=300) as browser:
            for name, value in (cookies or {}).items():
                browser.cookies.set(name, value, str(urlsplit(address).hostname))
            yield browser

    async def signed_in(self, name: str = "Aino Asukas", **more: object) -> dict[str, str]:
        """The cookie of somebody who has just signed in."""
        address = self.web.sessions.cookies.address
        return await signed_in_at(self.dsn, name, address=address, now=self.clock(), **more)  # type: ignore[arg-type]


@asynccontextmanager
async def site(
    dsn: str,
    clients: Mapping[str, httpx.AsyncClient] | None = None,
    *,
    address: str = ADDRESS,
    clock: SettableClock | None = None,
    provider: Callable[[SettableClock], Provider] | None = None,
    key: str = "key",
    kiosk_keys: Mapping[str, str] | None = None,
) -> AsyncIterator[Site]:
    """A web channel on a migrated database, before services by these clients, which know it by its key and its kiosks
    by theirs, each of a library; at others nobody answers."""
    clock, telemetry = clock or SettableClock(datetime.now(UTC)), Telemetry()
    clients = {name: client(NOBODY) for name in SERVICES} | dict(clients or {})
    settings = Settings(postgres=SecretStr(dsn))
    services = Services(clients, lambda: key, settings.installation.time_zone, asked_in(telemetry.registry))
    who = provider(clock) if provider else None
    sessions = OfWeb(Cookies(address), Exchange(clients.get("people"), lambda: key, clock), clock, who)
    kiosks = {unit: (lambda key=key: key) for unit, key in (kiosk_keys or {}).items()}
    web = Web(settings, services, sessions, telemetry, who, kiosks)
    await sessions.open(settings)
    try:
        yield Site(web, app(web), dsn, clock)
    finally:
        await web.close()
