"""A worker may die or be told to stop at any moment: each record has its effect exactly once."""

from collections import Counter
from typing import Any

import asyncpg
from chassis import Settings, maintenance, migrations

from tests.kits.chassis import Harness, running
from tests.kits.platform import Servers as Platform

from .children import child
from .kafka_log import events, records, write
from .toys import gate
from .waiting import until
from .wire import visit, wire

REQUESTS = "usage.requests.v1"


async def ask_over_kafka(settings: Settings, count: int) -> list[dict[str, Any]]:
    """Ask for so many visits over Kafka, in one partition."""
    asked = [visit("door", n) for n in range(count)]
    await write(settings.kafka, settings.topic(REQUESTS), map(wire, asked))
    return asked


async def applied(r: Harness) -> tuple[int, int]:
    """How many visits stand in the database, and the offset that stands with them."""
    row = await r.service.pool.fetchrow(
        "select (select count(*) from gate.visit) as visits,"
        " (select coalesce(max(next_offset), 0) from chassis.consumed where partition = 0) as place"
    )
    assert row is not None
    return row["visits"], row["place"]


async def assert_each_once(r: Harness, asked: list[dict[str, Any]]) -> None:
    """Each request has one effect and one outcome, in the order of the log."""
    await until(lambda: r.service.pool.fetchval("select count(*) = $1 from gate.visit", len(asked)), "all are applied")
    assert await applied(r) == (len(asked), len(asked))
    rows = await r.service.pool.fetch("select request::text from gate.entry order by n")
    assert [row["request"] for row in rows] == [request["id"] for request in asked]
    rows = await r.service.pool.fetch(
        "select convert_from(value, 'utf8')::jsonb->>'causationid' as id from chassis.outbox"
    )
    assert Counter(row["id"] for row in rows) == Counter(request["id"] for request in asked)


async def test_killed_between_effect_and_commit_nothing_is_lost_and_nothing_doubled(
    platform: Platform, topics: Settings
) -> None:
    async with running(gate(topics)) as r:
        asked = await ask_over_kafka(topics, 30)
        async with child(platform, topics, "gate", "worker", halts="effect") as worker:
            await worker.halted()
            await worker.kill()
        assert await applied(r) == (0, 0)
        async with child(platform, topics, "gate", "worker"):
            await assert_each_once(r, asked)


async def test_killed_after_commit_and_before_the_next_poll_nothing_is_lost_and_nothing_doubled(
    platform: Platform, topics: Settings
) -> None:
    """Kafka was never told how far it came; PostgreSQL was."""
    async with running(gate(topics)) as r:
        asked = await ask_over_kafka(topics, 30)
        async with child(platform, topics, "gate", "worker", halts="committed") as worker:
            await worker.halted()
            await worker.kill()
        assert await applied(r) == (20, 20)
        async with child(platform, topics, "gate", "worker"):
            await assert_each_once(r, asked)


async def test_sigterm_in_the_middle_of_a_batch_finishes_it_or_leaves_all_of_it_and_ends_well(
    platform: Platform, topics: Settings
) -> None:
    async with running(gate(topics)) as r:
        asked = await ask_over_kafka(topics, 30)
        async with child(platform, topics, "gate", halts="slow") as service:
            await service.halted()
            service.terminate()
            assert await service.ended(within=40) == 0, service.log
        visits, place = await applied(r)
        assert visits == place
        assert visits in (0, 20)
        async with child(platform, topics, "gate", "worker", "relay"):
            await assert_each_once(r, asked)
            unsent = "select count(*) = 0 from chassis.outbox where published_at is null"
            await until(lambda: r.service.pool.fetchval(unsent), "all is sent")
        found = events(await records(topics.kafka, topics.topic("usage.events.v1")))
        assert Counter(event["causationid"] for event in found) == Counter(request["id"] for request in asked)


async def test_sigterm_while_kafka_is_dead_ends_well(platform: Platform, topics: Settings) -> None:
    async with running(gate(topics)) as r:
        asked = await ask_over_kafka(topics, 5)
        async with child(platform, topics, "gate", "worker") as worker:
            await assert_each_once(r, asked)
            await platform.node.kill9()
            worker.terminate()
            assert await worker.ended(within=40) == 0, worker.log
        await platform.node.start()
        assert await applied(r) == (5, 5)


async def test_sigterm_while_the_kafka_client_never_ends_ends_well(platform: Platform, topics: Settings) -> None:
    """Its own end waits for a broker that has been silent for some time, on and on; ours does not wait for it."""
    async with running(gate(topics)) as r, child(platform, topics, "gate", "worker", halts="endless") as worker:
        await assert_each_once(r, await ask_over_kafka(topics, 5))
        worker.terminate()
        await worker.halted()
        assert await worker.ended(within=30) == 0, worker.log


async def test_sigterm_while_the_database_is_not_there_yet_ends_well(platform: Platform, topics: Settings) -> None:
    await platform.database_server.stop()
    async with child(platform, topics, "gate", "worker") as worker:
        await until(lambda: any("does not answer yet" in line for line in worker.log), "it waits for its database")
        worker.terminate()
        assert await worker.ended(within=20) == 0, worker.log
    await platform.database_server.start()


async def test_sigterm_while_the_database_is_frozen_in_a_migration_ends_well(
    platform: Platform, topics: Settings
) -> None:
    """The connection stays open and nothing answers, as behind a network that lost the other side."""
    rival = await asyncpg.connect(topics.dsn("gate"))
    await rival.execute("select pg_advisory_lock($1)", migrations.LOCK)
    async with child(platform, topics, "gate", "worker") as worker:
        waiting = "select count(*) = 1 from pg_locks where locktype = 'advisory' and not granted"
        await until(lambda: rival.fetchval(waiting), "it waits for the lock of migrations")
        platform.database_server.pause()
        worker.terminate()
        assert await worker.ended(within=20) == 0, worker.log
    platform.database_server.resume()
    await rival.close()


async def test_a_topic_read_anew_is_read_on_by_whoever_comes_after_a_kill(platform: Platform, topics: Settings) -> None:
    async with running(gate(topics)) as r:
        asked = await ask_over_kafka(topics, 30)
        async with child(platform, topics, "gate", "worker"):
            await assert_each_once(r, asked)
        async with r.service.pool.acquire() as conn:
            assert await maintenance.reread(conn, REQUESTS, 5) == 1
        async with child(platform, topics, "gate", "worker", halts="committed") as worker:
            await worker.halted()
            await worker.kill()
        assert await applied(r) == (30, 25)
        # What is asked meanwhile is answered as well.
        asked += await ask_over_kafka(topics, 5)
        async with child(platform, topics, "gate", "worker"):
            await assert_each_once(r, asked)
