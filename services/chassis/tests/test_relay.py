"""What was committed reaches the topic: nothing is lost, and for each subject the first copies stand in the order of
their commits, whatever dies on the way."""

import asyncio
import itertools
import json
from collections import defaultdict
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from chassis import Settings, maintenance
from chassis import relay as relays
from chassis.relay import Relay, Sent
from chassis.run import STOP_SECONDS

from tests.kits.chassis import Harness, running
from tests.kits.platform import Servers as Platform

from .children import child
from .conftest import Another
from .kafka_log import delete_topics, first_copies, make_topics, producers, records
from .toys import gate, view
from .waiting import until
from .wire import counted, visit_data


async def visits(r: Harness, count: int) -> None:
    """Ask for so many visits, one after another, at three counters in turn."""
    for n in range(count):
        answer = await r.web.post("/v1/visits", visit_data(f"c{n % 3}", n))
        assert answer.status_code == 201, answer.text


async def all_sent(r: Harness, seconds: float = 60) -> None:
    unsent = "select count(*) = 0 from chassis.outbox where published_at is null"
    await until(lambda: r.service.pool.fetchval(unsent), "all is sent", seconds)


async def assert_nothing_lost_and_in_order(r: Harness) -> list[Any]:
    """Every event of the outbox is on the topic, and of each subject the first copies count from 1 without gaps."""
    settings = r.service.settings
    found = await records(settings.kafka, settings.topic("usage.events.v1"))
    first = first_copies(found)
    rows = await r.service.pool.fetch("select event_id::text from chassis.outbox where event_id is not null")
    assert {event["id"] for event in first} == {row["event_id"] for row in rows}
    sequences = defaultdict(list)
    for event in first:
        sequences[event["subject"]].append(int(event["sequence"]))
    for subject, numbers in sequences.items():
        assert numbers == list(range(1, len(numbers) + 1)), subject
    return found


async def holder(r: Harness) -> int | None:
    """The backend of the one relay that holds the lock."""
    rows = await r.service.pool.fetch(
        "select pid from pg_locks join pg_stat_activity using (pid) where locktype = 'advisory' and granted"
        " and application_name = 'omatoimi-gate-relay' and datname = current_database()"
    )
    assert len(rows) <= 1
    return rows[0]["pid"] if rows else None


async def test_a_relay_killed_between_send_and_mark_loses_nothing_and_moves_nothing(
    platform: Platform, topics: Settings
) -> None:
    async with running(gate(topics)) as r:
        await visits(r, 12)
        async with child(platform, topics, "gate", "relay", halts="sent") as relay:
            await relay.halted()
            await relay.kill()
        assert await r.service.pool.fetchval("select count(*) from chassis.outbox where published_at is null") == 12
        await visits(r, 12)
        async with child(platform, topics, "gate", "relay"):
            await all_sent(r)
        found = await assert_nothing_lost_and_in_order(r)
        assert len(found) == 36  # twelve were sent twice


async def test_what_is_committed_late_is_sent_although_what_was_written_after_it_is_marked(topics: Settings) -> None:
    write = (
        "insert into chassis.outbox (topic, key, value, event_id, created_at)"
        " values ('usage.events.v1', 'vallila', $1, $2, now())"
    )
    async with running(gate(topics), {"api", "relay"}) as r:
        event = counted("late")
        async with r.service.pool.acquire() as conn, conn.transaction():
            await conn.execute(write, json.dumps(event).encode(), UUID(event["id"]))
            await visits(r, 3)
            await all_sent(r)
        await all_sent(r)
        await assert_nothing_lost_and_in_order(r)


async def test_what_is_sent_twice_on_the_way_is_known_to_the_broker(topics: Settings) -> None:
    """Each batch carries the id of an idempotent producer: the broker drops one that comes again."""
    async with running(gate(topics), {"api", "relay"}) as r:
        await visits(r, 3)
        await all_sent(r)
        sent_by = await producers(topics.kafka, topics.topic("usage.events.v1"))
    assert sent_by
    assert -1 not in sent_by


async def test_of_two_relays_one_sends_and_the_other_takes_over_when_it_is_killed(
    platform: Platform, topics: Settings
) -> None:
    async with running(gate(topics)) as r, child(platform, topics, "gate", "relay") as first:
        before = await until(lambda: holder(r), "the first relay holds the lock")
        async with child(platform, topics, "gate", "relay"):
            await visits(r, 9)
            posting = asyncio.create_task(visits(r, 12))
            await first.kill()
            await posting
            assert await until(lambda: holder(r), "the second relay holds the lock") != before
            await all_sent(r)
            await assert_nothing_lost_and_in_order(r)


async def test_of_two_relays_that_lose_their_connections_again_and_again_one_sends_at_a_time(topics: Settings) -> None:
    stop = asyncio.Event()
    async with running(gate(topics)) as r:
        relays = [asyncio.create_task(Relay(r.service, stop).run()) for _ in range(2)]
        try:
            for _ in range(3):
                before = await until(lambda: holder(r), "one relay holds the lock")
                posting = asyncio.create_task(visits(r, 12))
                assert await r.service.pool.fetchval("select pg_terminate_backend($1)", before)
                await posting
            await all_sent(r)
            await assert_nothing_lost_and_in_order(r)
        finally:
            stop.set()
            await asyncio.gather(*relays)


async def test_a_relay_whose_connection_is_cut_between_send_and_mark_begins_at_the_first_unmarked_row(
    topics: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, turns = Relay.mark, itertools.count()

    async def cut_first(self: Relay, conn: Any, seqs: list[int]) -> None:
        if next(turns) % 2 == 0:
            await self.service.pool.fetchval("select pg_terminate_backend($1)", conn.get_server_pid())
        await mark(self, conn, seqs)

    monkeypatch.setattr(Relay, "mark", cut_first)
    async with running(gate(topics), ("api", "relay")) as r:
        await visits(r, 12)
        await all_sent(r)
        found = await assert_nothing_lost_and_in_order(r)
        assert len(found) > 12


async def test_while_kafka_is_dead_or_frozen_people_are_served_and_the_events_follow_in_order(
    platform: Platform, topics: Settings
) -> None:
    async with running(gate(topics), ("api", "relay")) as r:
        await visits(r, 9)
        await platform.node.kill9()
        await visits(r, 9)
        await platform.node.start()
        await all_sent(r)

        posting = asyncio.create_task(visits(r, 30))
        await until(lambda: r.service.pool.fetchval("select count(*) > 20 from chassis.outbox"), "it is producing")
        platform.node.pause()
        await posting
        unsent = await r.service.pool.fetchval("select count(*) from chassis.outbox where published_at is null")
        platform.node.resume()
        assert unsent > 0
        await all_sent(r)
        found = await assert_nothing_lost_and_in_order(r)
        assert len(found) >= 48


async def test_a_relay_told_to_stop_does_not_wait_for_a_dead_kafka(platform: Platform, topics: Settings) -> None:
    """What it could not send is sent by the next one."""
    async with running(gate(topics)) as r:
        async with child(platform, topics, "gate", "relay") as relay:
            await visits(r, 3)
            await all_sent(r)
            await platform.node.kill9()
            await visits(r, 3)
            waits = (
                "select now() - query_start > interval '1 second' from pg_stat_activity"
                " where application_name = 'omatoimi-gate-relay' and datname = current_database()"
            )
            await until(lambda: r.service.pool.fetchval(waits), "it waits for the broker alone")
            relay.terminate()
            # Sooner than any part is cut off that does not end.
            assert await relay.ended(within=STOP_SECONDS - 5) == 0, relay.log
        await platform.node.start()
        async with child(platform, topics, "gate", "relay"):
            await all_sent(r)
        await assert_nothing_lost_and_in_order(r)


@pytest.mark.parametrize("at_once", [500, 2])
async def test_from_the_first_row_that_fails_nothing_is_marked_and_nothing_sent(
    topics: Settings, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """The second of three rows is larger than any topic takes."""
    monkeypatch.setattr(relays, "BATCH", at_once)
    async with running(gate(topics), ("relay",)) as r:
        insert = "insert into chassis.outbox (topic, key, value, created_at) values ('usage.events.v1', 'k', $1, now())"
        await r.service.pool.executemany(insert, [(b"one",), (b"2" * 2_000_000,), (b"three",)])
        published = "select array_agg(published_at is not null order by seq) from chassis.outbox"
        await until(lambda: r.service.pool.fetchval("select bool_or(published_at is not null) from chassis.outbox"), "")
        starts = 0
        while starts < 3:
            assert r.running.relay is not None
            await until(lambda: r.running.relay and r.running.relay.active, "it starts over")
            await until(lambda: r.running.relay and not r.running.relay.active, "it gives up")
            starts += 1
        topic = topics.topic("usage.events.v1")
        assert await r.service.pool.fetchval(published) == [True, False, False]
        assert [record.value for record in await records(topics.kafka, topic)] == [b"one"]

        await r.service.pool.execute("update chassis.outbox set value = 'two' where length(value) > 1000000")
        await all_sent(r)
        assert [record.value for record in await records(topics.kafka, topic)] == [b"one", b"two", b"three"]


class Failing:
    """A producer of which the second send fails when it is already on its way."""

    def __init__(self) -> None:
        self.count = itertools.count()

    async def send(self, *_: object, **__: object) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if next(self.count) == 1:
            future.set_exception(OSError("on its way"))
        else:
            future.set_result(None)
        return future


async def test_a_send_that_fails_on_its_way_leaves_itself_and_what_follows_unmarked(topics: Settings) -> None:
    async with running(gate(topics)) as r:
        await visits(r, 3)
        async with r.service.pool.acquire() as conn:
            relay = Relay(r.service, asyncio.Event())
            sent = await relay.send_next(conn, Failing(), Sent())
            with pytest.raises(OSError, match="on its way"):
                await relay.mark_arrived(conn, sent)
            rows = await conn.fetch("select published_at is not null as sent from chassis.outbox order by seq")
        assert [row["sent"] for row in rows] == [True, False, False]


class Slow:
    """A producer of which nothing arrives before so many are on their way."""

    def __init__(self, on_their_way: int) -> None:
        self.values: list[bytes] = []
        self.on_their_way = on_their_way
        self.arrived = asyncio.Event()

    async def send(self, _: str, value: bytes, **__: object) -> asyncio.Task[bool]:
        self.values.append(value)
        if len(self.values) == self.on_their_way:
            self.arrived.set()
        return asyncio.create_task(self.arrived.wait())


async def test_while_rows_are_on_their_way_the_next_are_sent_and_none_of_them_twice(
    topics: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "BATCH", 2)
    insert = "insert into chassis.outbox (topic, key, value, created_at) values ('usage.events.v1', 'k', $1, now())"
    marked = "select array_agg(published_at is not null order by seq) from chassis.outbox"
    async with running(gate(topics)) as r, r.service.pool.acquire() as conn:
        await conn.executemany(insert, [(b"%d" % n,) for n in range(5)])
        relay, slow, sent = Relay(r.service, asyncio.Event()), Slow(on_their_way=4), Sent()
        sent = await relay.send_next(conn, slow, sent)
        assert (slow.values, await conn.fetchval(marked)) == ([b"0", b"1"], [False] * 5)
        sent = await relay.send_next(conn, slow, sent)
        assert (slow.values, await conn.fetchval(marked)) == ([b"0", b"1", b"2", b"3"], [True, True] + [False] * 3)
        sent = await relay.send_next(conn, slow, sent)
        sent = await relay.send_next(conn, slow, sent)
        assert slow.values == [b"0", b"1", b"2", b"3", b"4"]
        assert (sent.seqs, await conn.fetchval(marked)) == ([], [True] * 5)


async def test_a_lost_topic_is_filled_again_and_its_readers_see_no_doubles(topics: Settings, another: Another) -> None:
    """The broker has lost the topic. What was emitted since is sent again, in order; a reader that reads it anew knows
    each event by its id."""
    store, topic = await another(), topics.topic("usage.events.v1")
    seen = "select array_agg(sequence order by at) from view.seen where counter = 'c0'"
    async with running(gate(topics), ("api", "relay")) as r:
        await visits(r, 30)
        await all_sent(r)
        async with running(view(store), ("worker",)) as v:
            await until(lambda: v.service.pool.fetchval("select count(*) = 30 from view.seen"), "all is seen")
        await delete_topics(topics.kafka, topic)
        await make_topics(topics.kafka, {topic: 2})
        async with r.service.pool.acquire() as conn:
            assert await maintenance.republish(conn, r.service.clock() - timedelta(hours=1), r.service.clock()) == 30
        await visits(r, 3)
        await all_sent(r)
        assert len(await assert_nothing_lost_and_in_order(r)) == 33
        async with running(view(store)) as v, v.service.pool.acquire() as conn:
            assert await maintenance.reread(conn, "usage.events.v1") == 2
        async with running(view(store), ("worker",)) as v:
            await until(lambda: v.service.pool.fetchval("select count(*) = 33 from view.seen"), "the new ones are seen")
            await until(
                lambda: v.service.pool.fetchval("select sum(next_offset) = 33 from chassis.consumed"), "all is read"
            )
            assert await v.service.pool.fetchval(seen) == list(range(1, 12))
            assert await v.service.pool.fetchval("select count(*) from view.seen") == 33
