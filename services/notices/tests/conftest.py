"""The house: the service on a database of its own, with no broker at hand."""

from collections.abc import AsyncIterator

import pytest_asyncio
from chassis import Settings
from notices.testing import House, house
from pydantic import SecretStr


@pytest_asyncio.fixture(name="house")
async def a_house(database: str) -> AsyncIterator[House]:
    async with house(Settings(postgres=SecretStr(database))) as opened:
        yield opened
