"""What the tests of the web channel stand on."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from omatoimi import installation as installations
from omatoimi.installation import RunningInstallation

from tests.databases import Databases
from tests.kits.web import Site, migrated, site


@pytest.fixture(scope="package")
def installation() -> Iterator[RunningInstallation]:
    """A whole installation that runs, one for all of these tests: each books days and rooms that it finds free."""
    with installations.temporary([]) as made:
        made.up()
        yield made


@pytest_asyncio.fixture
async def dsn(databases: Databases) -> AsyncIterator[str]:
    """A database of the web channel, in which nothing stands."""
    async with databases.lent("web", migrated) as dsn:
        yield dsn


@pytest_asyncio.fixture
async def alone(dsn: str) -> AsyncIterator[Site]:
    """The web channel, before no service at all."""
    async with site(dsn) as made:
        yield made
