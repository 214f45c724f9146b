"""Settings, topics and databases of one test."""

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
import pytest_asyncio
from chassis import Settings
from chassis.migrations import migrate
from chassis.settings import migrations_of_chassis
from pydantic import SecretStr

from tests.databases import Databases
from tests.kits.platform import Servers as Platform

from .kafka_log import make_topics

Another = Callable[[], Awaitable[Settings]]
"""Makes the settings of a further service: the same broker, a database of its own."""

TOPICS = {
    "usage.requests.v1": 2,
    "usage.events.v1": 2,
    "gate.dead-letters.v1": 1,
    "view.dead-letters.v1": 1,
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes a minute, because what it proves does")


async def _migrate(dsn: str) -> None:
    conn = await asyncpg.connect(dsn)
    await migrate(conn, "chassis", migrations_of_chassis())
    await conn.close()


@pytest_asyncio.fixture
async def database(databases: Databases) -> AsyncIterator[str]:
    """The URL of a database with the chassis' tables, in which nothing stands."""
    async with databases.lent("chassis", _migrate) as dsn:
        yield dsn


@pytest_asyncio.fixture
async def new_database(platform: Platform) -> AsyncIterator[str]:
    """The URL of a database that nobody has migrated."""
    await platform.heal()
    dsn = await platform.create_database()
    yield dsn
    await platform.heal()
    await platform.drop_database(dsn)


@pytest.fixture
def settings(platform: Platform, database: str, topic_prefix: str) -> Settings:
    """Where a service of this test finds its broker and its database; a dead member is noticed soon."""
    return Settings(
        kafka=platform.kafka,
        postgres=SecretStr(database),
        topic_prefix=topic_prefix,
        session_timeout_ms=6_000,
        metadata_max_age_ms=1_000,
    )


@pytest.fixture
def lonely(database: str) -> Settings:
    """Settings of a service without a broker: HTTP needs none."""
    return Settings(kafka="127.0.0.1:1", postgres=SecretStr(database))


@pytest_asyncio.fixture
async def topics(settings: Settings) -> Settings:
    """The settings again, once the topics of `gate` and `view` are there."""
    await make_topics(settings.kafka, {settings.topic(name): n for name, n in TOPICS.items()})
    return settings


@pytest_asyncio.fixture
async def another(platform: Platform, settings: Settings) -> AsyncIterator[Another]:
    """Makes the settings of further services."""
    made = []

    async def make() -> Settings:
        made.append(await platform.create_database())
        return settings.model_copy(update={"postgres": SecretStr(made[-1])})

    yield make
    await platform.heal()
    for dsn in made:
        await platform.drop_database(dsn)
