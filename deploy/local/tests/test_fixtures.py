"""The fixtures that all tests stand on."""

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from omatoimi.testing import Bench


async def test_broker_and_database_serve_each_test_with_a_place_of_its_own(
    platform: Bench, database: str, topic_prefix: str
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=platform.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(f"{topic_prefix}a", 2, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=platform.kafka)
    await producer.start()
    await producer.send_and_wait(f"{topic_prefix}a", b"x")
    await producer.stop()
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SHOW fsync") == "on"
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    await connection.close()


async def test_what_a_test_left_dead_is_there_again_for_the_next(platform: Bench) -> None:
    await platform.node.kill9()
    await platform.database_server.kill9()
    await platform.heal()
    assert platform.kills >= 2
    await platform.observe()
    assert platform.records > 0
    assert platform.transactions > 0
