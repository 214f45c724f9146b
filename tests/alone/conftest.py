"""Where services run alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.alone.place import Surroundings, a_place
from tests.kits.platform import Servers


@pytest_asyncio.fixture(scope="package")
async def place(platform: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Surroundings]:
    async with a_place(platform, tmp_path_factory.mktemp("alone")) as made:
        yield made


@pytest_asyncio.fixture
async def empty_place(platform: Servers, tmp_path: Path) -> AsyncIterator[Surroundings]:
    """A place whose topics nobody else writes to."""
    async with a_place(platform, tmp_path) as made:
        yield made
