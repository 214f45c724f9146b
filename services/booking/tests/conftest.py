"""The city that booking's tests ask in. They share a database, which is emptied for each: making one takes longer than
most tests."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest_asyncio
from chassis import Caller, channels

from tests.kits.booking import City
from tests.kits.booking import city as a_city
from tests.kits.chassis import Client, application
from tests.kits.platform import Servers


@pytest_asyncio.fixture(scope="session")
async def shared_database(platform: Servers) -> AsyncIterator[str]:
    dsn = await platform.create_database()
    yield dsn
    await platform.heal()
    await platform.drop_database(dsn)


@pytest_asyncio.fixture
async def city(platform: Servers, shared_database: str) -> AsyncIterator[City]:
    await platform.heal()
    async with a_city(shared_database) as made:
        yield made


@pytest_asyncio.fixture
async def rivals(platform: Servers, shared_database: str) -> AsyncIterator[City]:
    """A city with four services that have pools of their own, as four processes would; no deadlock may come of them."""
    await platform.heal()
    before = await _deadlocks(shared_database)
    async with a_city(shared_database, services=4) as made:
        yield made
    # A backend reports its deadlocks at the latest when it ends.
    assert await _deadlocks(shared_database) == before


async def _deadlocks(dsn: str) -> int:
    conn = await asyncpg.connect(dsn)
    try:
        return int(await conn.fetchval("select deadlocks from pg_stat_database where datname = current_database()"))
    finally:
        await conn.close()


class Endpoints:
    """Clients of three channels at the service's application."""

    def __init__(self, city: City, http: httpx.AsyncClient) -> None:
        self.city, self.http = city, http

    async def client(self, channel: Caller) -> Client:
        key = channels.new_key()
        await channels.register(self.city.conn, channel, key, self.city.now)
        return Client(self.http, channel, key)


@pytest_asyncio.fixture
async def endpoints(city: City) -> AsyncIterator[Endpoints]:
    transport = httpx.ASGITransport(application(city.services[0]), raise_app_exceptions=False, root_path="/booking")
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Endpoints(city, http)
