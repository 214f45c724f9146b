"""Where services run alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from omatoimi.testing import Bench

from tests.alone.place import Place, a_place


@pytest_asyncio.fixture(scope="package")
async def place(platform: Bench, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with a_place(platform, tmp_path_factory.mktemp("alone")) as made:
        yield made


@pytest_asyncio.fixture
async def empty_place(platform: Bench, tmp_path: Path) -> AsyncIterator[Place]:
    """A place whose topics nobody else writes to."""
    async with a_place(platform, tmp_path) as made:
        yield made
