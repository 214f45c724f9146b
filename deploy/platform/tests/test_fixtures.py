"""The fixtures that all tests stand on."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.kits.platform import Servers


async def make_topic(platform: Servers, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=platform.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1)])
    await admin.close()


async def end(platform: Servers, topic: str) -> int:
    async with AIOKafkaConsumer(bootstrap_servers=platform.kafka) as consumer:
        partition = TopicPartition(topic, 0)
        offset: int = (await consumer.end_offsets([partition]))[partition]
    return offset


async def test_each_test_has_an_empty_database(database: str) -> None:
    connection = await asyncpg.connect(database)
    # What was acknowledged outlives the end of every process (the test after this one): the kernel has it. In a
    # container the server is as its image makes it.
    in_a_container = os.environ.get("OMATOIMI_TEST_PLATFORM") == "containers"
    assert await connection.fetchval("SHOW fsync") == ("on" if in_a_container else "off")
    assert await connection.fetchval("SHOW full_page_writes") == "on"
    assert await connection.fetchval("SHOW synchronous_commit") == "on"
    assert await connection.fetchval("SHOW max_connections") == "200"
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    await connection.close()


async def test_what_was_acknowledged_outlives_every_way_to_die(
    platform: Servers, database: str, topic_prefix: str
) -> None:
    topic, server, node = f"{topic_prefix}a", platform.database_server, platform.node
    await make_topic(platform, topic)
    async with AIOKafkaProducer(bootstrap_servers=platform.kafka, acks="all") as producer:
        await producer.send_and_wait(topic, b"before")
    connection = await asyncpg.connect(database)
    await connection.execute("CREATE TABLE acknowledged (way text)")
    for rows, way in enumerate((server.stop_immediately, server.kill9, server.stop), 1):
        await connection.execute("INSERT INTO acknowledged VALUES ($1)", way.__name__)
        await way()
        assert not server.running
        await server.start()
        connection = await asyncpg.connect(database)
        assert await connection.fetchval("SELECT count(*) FROM acknowledged") == rows
    await connection.close()
    kills = platform.kills
    await node.kill9()
    assert platform.kills == kills + 1
    assert not node.running
    await node.start()
    assert await end(platform, topic) == 1


async def test_a_paused_server_answers_nothing_and_goes_on_afterwards(platform: Servers, topic_prefix: str) -> None:
    topic = f"{topic_prefix}a"
    await make_topic(platform, topic)
    async with AIOKafkaProducer(bootstrap_servers=platform.kafka) as producer:
        await producer.send_and_wait(topic, b"1")
        platform.node.pause()
        sending = asyncio.create_task(producer.send_and_wait(topic, b"2"))
        done, _ = await asyncio.wait((sending,), timeout=0.5)
        assert not done
        platform.node.resume()
        await sending
    connection = await asyncpg.connect(platform.postgres, database="postgres")
    platform.database_server.pause()
    asking = asyncio.create_task(connection.fetchval("SELECT 1"))
    done, _ = await asyncio.wait((asking,), timeout=0.5)
    assert not done
    platform.database_server.resume()
    assert await asking == 1
    await connection.close()


async def test_what_a_test_left_dead_or_paused_is_there_again_for_the_next(platform: Servers) -> None:
    platform.node.pause()
    await platform.database_server.kill9()
    await platform.heal()
    connection = await asyncpg.connect(platform.postgres, database="postgres")
    await connection.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=platform.kafka)
    await admin.start()
    await admin.close()


async def test_records_and_transactions_are_counted_though_their_places_are_gone_or_killed(platform: Servers) -> None:
    await platform.observe()
    records, transactions = platform.records, platform.transactions
    await make_topic(platform, "gone.a")
    async with AIOKafkaProducer(bootstrap_servers=platform.kafka) as producer:
        for number in range(7):
            await producer.send_and_wait("gone.a", b"%d" % number)
    await platform.delete_topics("gone.")
    database = await platform.create_database()
    connection = await asyncpg.connect(database)
    for _ in range(11):
        await connection.execute("SELECT 1")
    await connection.close()
    await platform.database_server.kill9()
    await platform.database_server.start()
    await platform.drop_database(database)
    await platform.observe()
    assert platform.records - records >= 7
    assert platform.transactions - transactions >= 11


def run_pytest(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = ("asyncio_mode=auto", "asyncio_default_fixture_loop_scope=session")
    options = [part for setting in settings for part in ("-o", setting)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.kits.platform", *options, "--rootdir", str(folder), str(folder)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_what_could_not_run_is_named_and_fails_in_ci(tmp_path: Path, ci: str, status: int) -> None:
    (tmp_path / "test_it.py").write_text("import pytest\ndef test_it():\n    pytest.skip('no such thing here')\n")
    done = run_pytest(tmp_path, CI=ci)
    assert done.returncode == status, done.stdout
    assert "could not run here" in done.stdout
    assert "test_it.py::test_it: Skipped: no such thing here" in done.stdout


def test_an_address_from_the_environment_is_named_and_its_server_never_ended(tmp_path: Path, platform: Servers) -> None:
    test = "async def test_it(platform, database, topic_prefix):\n    await platform.node.kill9()\n"
    (tmp_path / "test_it.py").write_text(test)
    given = {"OMATOIMI_KAFKA": platform.kafka, "OMATOIMI_POSTGRES": platform.postgres, "OMATOIMI_TEST_PLATFORM": ""}
    done = run_pytest(tmp_path, **given, CI="")
    assert done.returncode == 0, done.stdout
    assert "Apache Kafka from OMATOIMI_KAFKA, PostgreSQL from OMATOIMI_POSTGRES" in done.stdout
    assert "ends or pauses the broker, and OMATOIMI_KAFKA names one that is not ours" in done.stdout
