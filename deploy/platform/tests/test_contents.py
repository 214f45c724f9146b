"""Topics and databases are made from what is declared, as often as one likes."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import yaml
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import UnknownTopicOrPartitionError
from omatoimi_platform import databases, topics
from omatoimi_platform.errors import PlatformError
from omatoimi_platform.home import Home

from tests.kits.platform import Servers


def declare(folder: Path, name: str, **changes: object) -> None:
    contract = {"topic": name, "partitions": 3, "cleanup_policy": "delete", "retention_ms": -1} | changes
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(contract))


async def settings(platform: Servers, topic: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=platform.kafka)
    await admin.start()
    [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    await admin.close()
    return {name: value for name, value, *_ in answer.resources[0][4]}


async def test_missing_topics_are_made_as_declared(platform: Servers, topic_prefix: str, tmp_path: Path) -> None:
    week = 7 * 24 * 3600 * 1000
    declare(tmp_path, "a.events.v1")
    declare(tmp_path, "a.requests.v1", retention_ms=week, max_message_bytes=300_000)
    declare(tmp_path, "a.documents.v1", cleanup_policy="compact", partitions=1)
    made = await topics.create(platform.kafka, prefix=topic_prefix, folder=tmp_path)
    assert (
        sorted(made.made)
        == sorted(made.names)
        == [f"{topic_prefix}a.{what}.v1" for what in ("documents", "events", "requests")]
    )
    events = await settings(platform, f"{topic_prefix}a.events.v1")
    assert (events["cleanup.policy"], events["retention.ms"]) == ("delete", "-1")
    requests = await settings(platform, f"{topic_prefix}a.requests.v1")
    assert (requests["retention.ms"], requests["max.message.bytes"]) == (str(week), "300000")
    documents = await settings(platform, f"{topic_prefix}a.documents.v1")
    assert documents["cleanup.policy"] == "compact"


async def test_what_must_go_goes_within_a_day_of_its_time(platform: Servers, topic_prefix: str, tmp_path: Path) -> None:
    day = 24 * 3600 * 1000
    declare(tmp_path, "a.requests.v1", retention_ms=7 * day)
    declare(tmp_path, "a.documents.v1", cleanup_policy="compact")
    await topics.create(platform.kafka, prefix=topic_prefix, folder=tmp_path)
    assert int((await settings(platform, f"{topic_prefix}a.requests.v1"))["segment.ms"]) <= day
    assert int((await settings(platform, f"{topic_prefix}a.documents.v1"))["max.compaction.lag.ms"]) <= day


async def test_topics_that_are_there_are_left_as_they_are_and_differences_are_named(
    platform: Servers, topic_prefix: str, tmp_path: Path
) -> None:
    declare(tmp_path, "a")
    declare(tmp_path, "b")
    await topics.create(platform.kafka, prefix=topic_prefix, folder=tmp_path)
    again = await topics.create(platform.kafka, prefix=topic_prefix, folder=tmp_path)
    assert (again.made, again.differences) == ([], [])
    declare(tmp_path, "a", retention_ms=1000, partitions=5)
    declare(tmp_path, "c")
    changed = await topics.create(platform.kafka, prefix=topic_prefix, folder=tmp_path)
    assert changed.made == [f"{topic_prefix}c"]
    assert f"{topic_prefix}a has 3 partitions, the contract says 5" in changed.differences
    assert f"{topic_prefix}a has retention.ms=-1, the contract says 1000" in changed.differences
    assert (await settings(platform, f"{topic_prefix}a"))["retention.ms"] == "-1"


async def test_a_topic_that_is_there_learns_how_soon_it_forgets_and_keeps_its_other_settings(
    platform: Servers, topic_prefix: str, tmp_path: Path
) -> None:
    declare(tmp_path, "a.documents.v1", cleanup_policy="compact", max_message_bytes=300_000)
    await topics.create(platform.kafka, prefix=topic_prefix, folder=tmp_path)
    declare(tmp_path, "a.documents.v1", cleanup_policy="compact", max_compaction_lag_ms=60_000)
    again = await topics.create(platform.kafka, prefix=topic_prefix, folder=tmp_path)
    assert (again.made, again.differences) == ([], [])
    now = await settings(platform, f"{topic_prefix}a.documents.v1")
    assert (now["max.compaction.lag.ms"], now["segment.ms"]) == ("60000", "60000")
    assert (now["cleanup.policy"], now["retention.ms"], now["max.message.bytes"]) == ("compact", "-1", "300000")


async def test_words_are_forgotten_within_minutes() -> None:
    declared = {topic.name: topic.settings for topic in topics.declared()}
    for name in ("notices.documents.v1", "decisions.documents.v1"):
        assert int(declared[name]["max.compaction.lag.ms"]) == int(declared[name]["segment.ms"]) <= 60_000


async def test_two_starts_at_once_make_the_topics_once(platform: Servers, topic_prefix: str, tmp_path: Path) -> None:
    for name in "abc":
        declare(tmp_path, name)
    made = await asyncio.gather(
        *(topics.create(platform.kafka, prefix=topic_prefix, folder=tmp_path) for _ in range(3))
    )
    assert all(outcome.names == [topic_prefix + name for name in "abc"] for outcome in made)


async def test_no_topic_is_made_by_accident(platform: Servers, topic_prefix: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=platform.kafka, request_timeout_ms=1000) as producer:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.send_and_wait(f"{topic_prefix}typo", b"x")
    admin = AIOKafkaAdminClient(bootstrap_servers=platform.kafka)
    await admin.start()
    assert f"{topic_prefix}typo" not in await admin.list_topics()
    await admin.close()


async def test_the_contract_declares_topics_that_this_broker_takes(platform: Servers, topic_prefix: str) -> None:
    declared = [topic.name for topic in topics.declared()]
    assert "booking.events.v1" in declared
    made = await topics.create(platform.kafka, prefix=topic_prefix)
    assert made.made == [topic_prefix + name for name in declared]


@pytest.fixture
async def prefix(platform: Servers) -> AsyncIterator[str]:
    """The beginning of names of databases and roles, which are dropped afterwards."""
    made = f"t{secrets.token_hex(3)}_"
    yield made
    connection = await asyncpg.connect(platform.postgres, database="postgres")
    for service in (*databases.SERVICES, databases.CHANNEL):
        await connection.execute(f"DROP DATABASE IF EXISTS {made}{service} WITH (FORCE)")
        await connection.execute(f"DROP ROLE IF EXISTS {made}{service}")
    await connection.close()


async def test_each_service_has_a_database_and_a_role_with_no_other_right(
    platform: Servers, prefix: str, tmp_path: Path
) -> None:
    home = Home(tmp_path, tmp_path)
    assert await databases.create(platform.postgres, home, prefix) == [
        *(prefix + name for name in databases.SERVICES),
        prefix + databases.CHANNEL,
    ]
    assert await databases.create(platform.postgres, home, prefix) == []
    urls = databases.addresses(platform.postgres, home, prefix)
    connection = await asyncpg.connect(urls["booking"])
    assert await connection.fetchval("SELECT current_user") == f"{prefix}booking"
    await connection.execute("CREATE EXTENSION btree_gist")
    await connection.execute("CREATE TABLE room (id int PRIMARY KEY)")
    for forbidden in ("CREATE DATABASE x", "CREATE ROLE x", "SELECT pg_read_file('postgresql.conf')"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(forbidden)
    await connection.close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(urls["booking"].removesuffix("booking") + "notices")


async def test_a_user_who_is_no_superuser_makes_them_too_or_is_told_what_is_missing(
    platform: Servers, prefix: str, tmp_path: Path
) -> None:
    connection = await asyncpg.connect(platform.postgres, database="postgres")
    maker = f"{prefix}maker"
    await connection.execute(f"CREATE ROLE {maker} LOGIN PASSWORD 'm'")
    parts = urlsplit(platform.postgres)
    server = urlunsplit(parts._replace(netloc=f"{maker}:m@{parts.netloc.rpartition('@')[2]}"))
    home = Home(tmp_path, tmp_path)
    with pytest.raises(PlatformError, match="CREATEDB and CREATEROLE"):
        await databases.create(server, home, prefix)
    await connection.execute(f"ALTER ROLE {maker} CREATEDB CREATEROLE")
    try:
        assert len(await databases.create(server, home, prefix)) == len(databases.SERVICES) + 1
    finally:
        for service in (*databases.SERVICES, databases.CHANNEL):
            await connection.execute(f"DROP DATABASE IF EXISTS {prefix}{service}")
            await connection.execute(f"DROP ROLE IF EXISTS {prefix}{service}")
        await connection.execute(f"DROP ROLE {maker}")
        await connection.close()


def test_an_address_is_shown_without_its_password() -> None:
    assert (
        databases.without_password("postgresql://u:p@h:5432/x?sslmode=require")
        == "postgresql://h:5432/?sslmode=require"
    )
