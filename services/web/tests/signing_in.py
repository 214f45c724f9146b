"""A browser that signs in at the certified provider, and what is seen of it."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg
import httpx
from chassis.clock import SettableClock

from tests.kits.web import Site

from .certified import answered_as


@dataclass
class Moved(SettableClock):
    """The machine's clock, by which the provider goes, moved on by what a test lets pass."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return datetime.now(UTC) + (self.now - self.began)


async def begun(browser: httpx.AsyncClient, next: str = "/try?lang=en") -> str:
    """Begin to sign in; where the provider is to be asked."""
    answer = await browser.get("/sign-in", params={"next": next, "lang": "sv"})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def came_back(browser: httpx.AsyncClient, person: str = "aino", next: str = "/try?lang=en") -> httpx.Response:
    """Sign in the whole way; what the callback answers."""
    return await browser.get(await answered_as(person, await begun(browser, next)))


async def name(browser: httpx.AsyncClient) -> str | None:
    """Who has signed in at this browser."""
    told = re.search(r'class="name">([^<]*)<', (await browser.get("/account")).text)
    return told[1] if told else None


async def sessions(made: Site) -> list[asyncpg.Record]:
    conn = await asyncpg.connect(made.dsn)
    try:
        return list(await conn.fetch("select * from web.session order by signed_in_at"))
    finally:
        await conn.close()
