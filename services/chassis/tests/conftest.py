"""Settings, topics and databases of one test."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from chassis import Settings
from omatoimi.testing import Bench as Platform
from pydantic import SecretStr

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
