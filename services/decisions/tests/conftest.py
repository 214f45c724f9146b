"""The office: the service on a database of its own, with no broker at hand."""

from collections.abc import AsyncIterator

import pytest_asyncio
from chassis import Settings
from decisions.testing import Office, office
from pydantic import SecretStr


@pytest_asyncio.fixture(name="office")
async def an_office(database: str) -> AsyncIterator[Office]:
    async with office(Settings(postgres=SecretStr(database))) as opened:
        yield opened
