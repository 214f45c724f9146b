"""What the tests of the web channel stand on."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from chassis.clock import SettableClock
from chassis.key_sets import KeySet, by_discovery
from omatoimi import installation as installations
from omatoimi.installation import RunningInstallation
from web.services import client as asked_at
from web.sign_in.provider import Provider

from tests.databases import Databases
from tests.kits.platform import Servers
from tests.kits.web import ADDRESS, Site, migrated, site

from .at_the_desk import Desk, opened_desk
from .certified import Certified, certified
from .signing_in import Moved


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


@pytest_asyncio.fixture(scope="module")
async def certified_provider() -> AsyncIterator[Certified]:
    """A certified provider, one for the tests of a file."""
    async with certified(ADDRESS, refresh=True) as made:
        yield made


@pytest_asyncio.fixture
async def here(dsn: str, certified_provider: Certified) -> AsyncIterator[Site]:
    """A web channel at which people sign in by the certified provider."""

    def asked(clock: SettableClock) -> Provider:
        # Keys are fetched by the clock of the test.
        keys = KeySet(by_discovery(certified_provider.issuer), seconds=lambda: clock().timestamp())
        return Provider(certified_provider.client, asked_at(""), clock, keys)

    async with site(dsn, clock=Moved(), provider=asked) as made:
        yield made


@pytest_asyncio.fixture
async def desk(platform: Servers, databases: Databases, dsn: str) -> AsyncIterator[Desk]:
    """A desk at which people work, before booking and notices in which nothing stands yet."""
    async with opened_desk(platform, databases, dsn) as made:
        yield made
