"""A service of analytics with its tables, and without a broker. The database is made once and emptied for each test."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from analytics.main import service as make
from analytics.stream import Streams
from chassis import Service, Settings
from pydantic import SecretStr

from tests.databases import Databases, emptied
from tests.kits.analytics import Town

from .over_sockets import Endpoint, opened

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


async def _migrate(dsn: str) -> None:
    await make(Settings(postgres=SecretStr(dsn))).migrate()


@pytest_asyncio.fixture
async def database(databases: Databases) -> AsyncIterator[str]:
    """The URL of a database of analytics in which nothing stands."""
    async with databases.lent("analytics", _migrate) as dsn:
        yield dsn


@pytest_asyncio.fixture(scope="session")
async def installed(databases: Databases) -> AsyncIterator[Service]:
    """Analytics, migrated and connected."""
    async with databases.lent("analytics", _migrate) as dsn:
        made = make(Settings(postgres=SecretStr(dsn)), clock=lambda: NOW)
        await made.connect()
        yield made
        await made.disconnect()


@pytest_asyncio.fixture
async def service(installed: Service) -> Service:
    """The same, with nothing in its tables."""
    async with installed.pool.acquire() as conn:
        await emptied(conn)
    return installed


@pytest_asyncio.fixture
async def endpoint(service: Service) -> AsyncIterator[Endpoint]:
    """The same behind a real socket."""
    async with opened(service, Streams(3, pace=0.01, heartbeat=0.05, patience=0.5)) as made:
        yield made


@pytest.fixture
def town() -> Town:
    """A library with a hall of two parts and a room, a school with a gym, all open from 10 to 20."""
    made = Town()
    made.premises("library", "library", {"hall": ("hall-a", "hall-b"), "hall-a": (), "hall-b": (), "room": ()})
    made.premises("school", "school", {"gym": ()})
    return made
