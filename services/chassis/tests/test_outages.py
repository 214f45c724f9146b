"""PostgreSQL and Kafka may go away at any moment and for long: each record has its effect once, and in order."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from chassis import Request, Settings, Transaction
from chassis.positions import Listener
from chassis.pulse import Pulse
from chassis.relay import Relay
from chassis.worker import Worker
from omatoimi_contracts.requests import VisitRequested

from tests.kits.chassis import Harness, proved, running
from tests.kits.platform import Servers as Platform

from .conftest import Another
from .kafka_log import first_copies, producer, records, write
from .toys import gate, view
from .waiting import until
from .wire import visit, visit_data, wire
from .young_broker import young_broker

REQUESTS = "usage.requests.v1"


async def assert_applied_once_in_order(r: Harness, asked: list[dict[str, Any]]) -> None:
    """Each request has one effect, and those of one counter came in the order in which they were asked."""
    await until(
        lambda: r.service.pool.fetchval("select count(*) = $1 from gate.visit", len(asked)), "all are applied", 60
    )
    for counter in {request["data"]["counter"] for request in asked}:
        rows = await r.service.pool.fetch("select request::text from gate.entry where leaf = $1 order by n", counter)
        wanted = [request["id"] for request in asked if request["data"]["counter"] == counter]
        assert [row["request"] for row in rows] == wanted, counter
    assert await r.service.pool.fetchval("select count(*) from chassis.dead_letter") == 0


async def test_when_postgresql_stops_in_the_middle_of_a_batch_all_of_it_is_applied_once_later(
    platform: Platform, topics: Settings
) -> None:
    reached, released = asyncio.Event(), asyncio.Event()

    async def halt(request: Request[VisitRequested], _: Transaction) -> None:
        if request.data.persons == 10 and not released.is_set():
            reached.set()
            await released.wait()

    asked = [visit("door", n) for n in range(30)]
    async with running(gate(topics, hook=halt), ("worker",)) as r:
        await write(topics.kafka, topics.topic(REQUESTS), map(wire, asked))
        await reached.wait()
        await platform.database_server.stop_immediately()
        released.set()
        await platform.database_server.start()
        await assert_applied_once_in_order(r, asked)


async def test_a_connection_that_is_cut_under_a_record_is_no_fault_of_the_record(topics: Settings) -> None:
    """Again and again, in the batch and alone, with a database that answers everybody else at once."""
    cuts = 0

    async def cut(request: Request[VisitRequested], tx: Transaction) -> None:
        nonlocal cuts
        if request.data.persons == 3 and cuts < 4:
            cuts += 1
            await tx.conn.execute("select pg_terminate_backend(pg_backend_pid())")

    asked = [visit("door", n) for n in range(6)]
    await write(topics.kafka, topics.topic(REQUESTS), map(wire, asked))
    async with running(gate(topics, hook=cut), ("worker",)) as r:
        await assert_applied_once_in_order(r, asked)
    assert cuts == 4


@pytest.mark.slow
async def test_postgresql_away_for_a_minute_while_two_workers_are_given_their_partitions(
    platform: Platform, topics: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten times the session timeout: a worker that waited within the rebalance would be thrown out again and again."""
    assignments = 0
    assigned = Listener.on_partitions_assigned

    async def counted(self: Listener, partitions: Any) -> None:
        nonlocal assignments
        assignments += 1
        await assigned(self, partitions)

    monkeypatch.setattr(Listener, "on_partitions_assigned", counted)
    first = [visit(f"c{n % 2}", n) for n in range(20)]
    later = [visit(f"c{n % 2}", n) for n in range(20, 40)]
    async with AsyncExitStack() as stack:
        r = await stack.enter_async_context(running(gate(topics), ("worker",)))
        second = (await stack.enter_async_context(running(gate(topics.model_copy(update={"member": "1"}))))).service
        await spread(topics, first)
        await assert_applied_once_in_order(r, first)
        stop = asyncio.Event()
        pulse = Pulse()
        one, two = r.running.worker, Worker(second, stop, pulse=pulse)
        assert one is not None

        def halves() -> bool:
            shares = [w.readers[0].subscriber.consumer.assignment() for w in (one, two) if w.readers[0].joined]
            return len(shares) == 2 and [len(share) for share in shares] == [1, 1]

        await platform.database_server.stop()
        working = asyncio.create_task(two.run())
        stack.push_async_callback(asyncio.wait, [working])
        # However this ends, nobody is left waiting for a database.
        stack.push_async_callback(platform.heal)
        stack.callback(stop.set)
        await until(halves, "each has a partition")
        assert not one.ready
        assert not two.ready
        before = assignments
        await spread(topics, later)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await until(lambda: loop.time() - began > 60, "a minute has passed")
        assert assignments == before, "a worker was thrown out of its group"
        assert halves()
        assert pulse.turning()
        assert pulse.stuck() == []

        await platform.database_server.start()
        await assert_applied_once_in_order(r, first + later)
        await until(lambda: one.ready and two.ready, "both are ready")
        stop.set()
        await working


async def spread(settings: Settings, asked: list[dict[str, Any]]) -> None:
    """Write the requests of even and of odd number to a partition each."""
    for n in range(2):
        half = [request for request in asked if request["data"]["persons"] % 2 == n]
        await write(settings.kafka, settings.topic(REQUESTS), map(wire, half), partition=n)


async def test_kafka_killed_and_frozen_while_everybody_consumes_and_produces(
    platform: Platform, topics: Settings, another: Another
) -> None:
    """Requests come over Kafka and HTTP, their events go out, and another service reads them: each once, in order."""
    asked = [visit(f"c{n % 3}", n) for n in range(600)]
    by_http = [visit("http", n) for n in range(60)]
    async with (
        running(gate(topics), ("api", "relay", "worker")) as r,
        running(view(await another()), ("worker",)) as v,
        producer(topics.kafka, enable_idempotence=True) as client,
    ):

        async def channel() -> None:
            topic = topics.topic(REQUESTS)
            for n, request in enumerate(asked):
                await client.send(topic, wire(request), headers=proved(wire(request)), partition=n % 3 % 2)

        async def people() -> None:
            for request in by_http:
                answer = await r.web.post("/v1/visits", request["data"], id=request["id"])
                assert answer.status_code == 201, answer.text

        async def faults() -> None:
            applied = "select count(*) > $1 from gate.visit"
            await until(lambda: r.service.pool.fetchval(applied, 50), "it is consuming")
            await platform.node.kill9()
            await platform.node.start()
            await until(lambda: r.service.pool.fetchval(applied, 250), "it is consuming again")
            platform.node.pause()
            assert (await r.web.post("/v1/visits", visit_data("frozen"))).status_code == 201
            platform.node.resume()

        await asyncio.gather(channel(), people(), faults())
        await client.flush()
        frozen = await r.service.pool.fetchrow("select id::text from gate.visit where counter = 'frozen'")
        assert frozen is not None
        everything = [*asked, *by_http, {"id": frozen["id"], "data": {"counter": "frozen"}}]
        await assert_applied_once_in_order(r, everything)

        seen = "select count(*) >= $1 from view.seen"
        await until(lambda: v.service.pool.fetchval(seen, len(everything)), "the other service has seen all")
        first = first_copies(await records(topics.kafka, topics.topic("usage.events.v1")))
        assert [event["sequence"] for event in first if event["subject"] == "c0"] == [
            f"{n:010d}" for n in range(1, 201)
        ]
        rows = await v.service.pool.fetch(
            "select counter, array_agg(sequence order by at) as n from view.seen group by 1"
        )
        counts = {row["counter"]: row["n"] for row in rows}
        assert counts == {
            name: list(range(1, size + 1))
            for name, size in (("c0", 200), ("c1", 200), ("c2", 200), ("http", 60), ("frozen", 1))
        }


@pytest.mark.parametrize("part", [Worker, Relay])
async def test_a_broker_that_knows_its_cluster_only_later_is_asked_anew(
    topics: Settings, part: type[Worker | Relay]
) -> None:
    """Just come back it answers, names no broker, and goes away again: for each client that a worker has, and once for
    the relay's."""
    stop = asyncio.Event()
    async with (
        young_broker(topics.kafka, times=3 if part is Worker else 1) as address,
        running(gate(topics.model_copy(update={"kafka": address})), ("api",)) as r,
    ):
        if part is Worker:
            await write(topics.kafka, topics.topic(REQUESTS), [wire(visit("door", 7))])
            done = "select count(*) = 1 from gate.visit"
        else:
            assert (await r.web.post("/v1/visits", visit_data("door"))).status_code == 201
            done = "select count(*) = 0 from chassis.outbox where published_at is null"
        runs = asyncio.create_task(part(r.service, stop).run())

        async def finished() -> bool:
            assert not runs.done(), "it ended"
            return bool(await r.service.pool.fetchval(done))

        try:
            await until(finished, "what waits is done")
        finally:
            stop.set()
            await runs


async def test_a_migration_that_goes_by_is_no_fault_of_a_request(topics: Settings) -> None:
    """What was prepared before a table changed is prepared anew."""

    async def look(_: Request[VisitRequested], tx: Transaction) -> None:
        await tx.conn.fetch("select * from gate.leaf")

    async with running(gate(topics.model_copy(update={"pool_size": 2}), hook=look)) as r:
        for n in range(3):
            assert (await r.web.post("/v1/visits", visit_data(persons=n))).status_code == 201
        await r.service.pool.execute("alter table gate.leaf add column note text")
        for n in range(3):
            assert (await r.web.post("/v1/visits", visit_data(persons=n))).status_code == 201
