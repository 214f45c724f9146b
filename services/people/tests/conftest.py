"""The office: the service on a database in which nothing stands, with no broker at hand."""

from collections.abc import AsyncIterator

import pytest_asyncio
from chassis import Settings
from people.main import service
from pydantic import SecretStr

from tests.databases import Databases
from tests.kits.people import Office, office


@pytest_asyncio.fixture
async def database(databases: Databases) -> AsyncIterator[str]:
    """The URL of a database of people in which nothing stands."""
    async with databases.lent("people", lambda dsn: service(Settings(postgres=SecretStr(dsn))).migrate()) as dsn:
        yield dsn


@pytest_asyncio.fixture(name="office")
async def an_office(database: str) -> AsyncIterator[Office]:
    async with office(Settings(postgres=SecretStr(database))) as opened:
        yield opened
