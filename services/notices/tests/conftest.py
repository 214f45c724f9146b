"""The house: the service on a database in which nothing stands, with no broker at hand."""

from collections.abc import AsyncIterator

import pytest_asyncio
from chassis import Settings
from notices.main import service
from pydantic import SecretStr

from tests.databases import Databases
from tests.kits.notices import House, house


@pytest_asyncio.fixture
async def database(databases: Databases) -> AsyncIterator[str]:
    """The URL of a database of notices in which nothing stands."""
    async with databases.lent("notices", lambda dsn: service(Settings(postgres=SecretStr(dsn))).migrate()) as dsn:
        yield dsn


@pytest_asyncio.fixture(name="house")
async def a_house(database: str) -> AsyncIterator[House]:
    async with house(Settings(postgres=SecretStr(database))) as opened:
        yield opened
