"""The city that booking's tests ask in."""

from collections.abc import AsyncIterator

import pytest_asyncio
from booking.testing import City
from booking.testing import city as a_city


@pytest_asyncio.fixture
async def city(database: str) -> AsyncIterator[City]:
    async with a_city(database) as made:
        yield made
