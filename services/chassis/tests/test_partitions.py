"""Partitions move between workers that join, leave and die; what one of them did is never done by another again, and
the records of one key are applied in their order."""

import asyncio
import json
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from chassis import Settings, Transaction, worker
from chassis.batch import apply_batch
from chassis.database import Connection
from chassis.offsets import Fenced, Offsets
from chassis.record import Record
from chassis.telemetry import Telemetry

from tests.kits.chassis import Harness, running
from tests.kits.platform import Servers as Platform

from .children import Child, child
from .kafka_log import make_topics, producer, write
from .toys import tape, view
from .waiting import until
from .wire import counted, wire

EVENTS = "usage.events.v1"
KEYS = 20


async def _count(r: Harness, least: int = 0) -> int:
    """How many records are applied, if they are at least so many."""
    found: int = await r.service.pool.fetchval("select count(*) from tape.record")
    return found if found >= least else 0


async def test_effects_are_exact_and_in_order_while_workers_join_leave_and_die(
    platform: Platform, settings: Settings
) -> None:
    """One worker stays. Another joins, is killed, comes back and leaves; a third comes, and is given what the second
    leaves behind when its session has ended. All of them are in arrears and fetch ahead."""
    settings = settings.model_copy(update={"poll_records": 1})
    await make_topics(settings.kafka, {settings.topic(EVENTS): 6})
    sent, ended = 0, asyncio.Event()

    async def load() -> None:
        """A record of each key, some twenty times a second, until the storm is over."""
        nonlocal sent
        async with producer(settings.kafka, enable_idempotence=True) as client:
            while not ended.is_set():
                for key in range(KEYS):
                    await client.send(settings.topic(EVENTS), str(sent).encode(), key=f"k{key}".encode())
                sent += 1
                await asyncio.sleep(0.05)

    async def applied_by(worker: Child, least: int) -> None:
        def enough() -> bool:
            lines = [json.loads(line) for line in worker.log if '"applied"' in line]
            return bool(sum(line["to"] - line["from"] + 1 for line in lines) > least)

        await until(enough, f"this worker has applied {least} records")

    second, third = (settings.model_copy(update={"member": name}) for name in ("b", "c"))
    async with running(tape(settings), ("worker",)) as r:
        loading = asyncio.create_task(load())
        async with child(platform, second, "tape", "worker") as worker:
            await applied_by(worker, 100)
            await worker.kill()
        async with child(platform, second, "tape", "worker") as worker:
            await applied_by(worker, 100)
            worker.terminate()
            assert await worker.ended() == 0
        async with child(platform, third, "tape", "worker") as worker:
            await applied_by(worker, 100)
            ended.set()
            await loading
            await until(lambda: _count(r, KEYS * sent), "all is applied")

        rows = await r.service.pool.fetch(
            "select key, array_agg(value::int order by at) as values from tape.record group by 1"
        )
        assert {row["key"]: row["values"] for row in rows} == {f"k{k}": list(range(sent)) for k in range(KEYS)}


def record(offset: int) -> Record:
    return Record(EVENTS, 0, offset, 0, b"k", str(offset).encode(), ())


async def test_a_stale_batch_changes_nothing(settings: Settings) -> None:
    """Two workers hold the same records; the second to come finds that the first has moved. In whichever way they
    overlap, the offset in PostgreSQL decides."""
    async with running(tape(settings)) as r:
        service, partition = r.service, TopicPartition(settings.topic(EVENTS), 0)
        offsets = Offsets(service, EVENTS, Telemetry())
        await service.pool.execute(
            "insert into chassis.consumed (topic, partition, next_offset) values ($1, 0, 0)", EVENTS
        )

        async def apply(place: int, records: list[Record]) -> Any:
            async def fence(conn: Connection) -> None:
                await offsets.move(conn, partition, place, records[-1])

            return await apply_batch(service, records, fence)

        await apply(0, [record(n) for n in range(10)])
        for place, first, last in ((0, 0, 10), (0, 0, 5), (0, 0, 20), (5, 5, 15), (15, 15, 20)):
            with pytest.raises(Fenced):
                await apply(place, [record(n) for n in range(first, last)])
        assert await _count(r) == 10
        # What compaction or an aborted transaction has left out is no reason to stop.
        await apply(10, [record(12), record(15)])
        assert await service.pool.fetchval("select next_offset from chassis.consumed") == 16

        results = await asyncio.gather(*(apply(16, [record(16)]) for _ in range(4)), return_exceptions=True)
        assert sorted(isinstance(result, Fenced) for result in results) == [False, True, True, True]
        assert await _count(r) == 13


async def test_what_is_not_for_us_moves_the_offset_and_a_stale_batch_of_it_does_not(settings: Settings) -> None:
    """The service takes counted visits; a batch without one is passed over."""
    others = [wire(counted(type=f"omatoimi.visit.{word}.v1")) for word in ("guessed", "dreamt")]
    async with running(view(settings)) as r:
        offsets = Offsets(r.service, EVENTS, Telemetry())
        await r.service.pool.execute(
            "insert into chassis.consumed (topic, partition, next_offset) values ($1, 0, 0)", EVENTS
        )

        async def pass_over(place: int, last: int) -> None:
            batch = [Record(EVENTS, 0, n, 0, b"k", others[n % 2], ()) for n in range(place, last + 1)]
            partition = TopicPartition(settings.topic(EVENTS), 0)
            await apply_batch(r.service, batch, lambda conn: offsets.move(conn, partition, place, batch[-1]))

        await pass_over(0, 4)
        with pytest.raises(Fenced):
            await pass_over(0, 9)
        await pass_over(5, 7)
        assert await r.service.pool.fetchval("select next_offset from chassis.consumed") == 8
        assert await r.service.pool.fetchval("select count(*) from chassis.inbox") == 0


async def test_a_partition_that_comes_back_during_a_batch_is_positioned_anew(settings: Settings) -> None:
    """The batch was begun before the rebalance and is committed after it. Taken for a place that somebody had set, its
    end would leave the partition paused for good."""
    await make_topics(settings.kafka, {settings.topic(EVENTS): 1})
    begun, released = asyncio.Event(), asyncio.Event()
    service = tape(settings)
    keep = service.handlers.log_handler
    assert keep is not None

    async def halt(records: list[Record], tx: Transaction) -> None:
        begun.set()
        await released.wait()
        await keep(records, tx)

    service.handlers.log_handler = halt
    async with running(service, ("worker",)) as r:
        await write(settings.kafka, settings.topic(EVENTS), [b"1"])
        await begun.wait()
        assert r.running.worker is not None
        (reader,) = r.running.worker.readers
        consumer = reader.subscriber.consumer
        assert not consumer.paused()
        consumer._coordinator.request_rejoin()
        await until(consumer.paused, "the partition has come back")
        released.set()
        await until(lambda: _count(r, 1), "the batch is committed")
        await write(settings.kafka, settings.topic(EVENTS), [b"2"])
        await until(lambda: _count(r, 2), "what follows is read")
        rows = await r.service.pool.fetch("select value from tape.record order by at")
        assert [row["value"] for row in rows] == ["1", "2"]


@pytest.mark.parametrize("ends", [True, False])
async def test_a_reader_whose_part_in_its_group_has_ended_begins_anew(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    """The client ends its part in the group, for good, by any error that it does not expect. One that does not even
    end is left behind."""
    await make_topics(settings.kafka, {settings.topic(EVENTS): 1})
    async with running(tape(settings), ("worker",)) as r:
        await write(settings.kafka, settings.topic(EVENTS), [b"1"])
        await until(lambda: _count(r, 1), "the record is read")
        assert r.running.worker is not None
        (reader,) = r.running.worker.readers
        coordinator = reader.subscriber.consumer._coordinator
        if not ends:
            monkeypatch.setattr(worker, "CLOSE_SECONDS", 1)
            monkeypatch.setattr(reader.subscriber.consumer, "stop", asyncio.Event().wait)

        async def unexpected() -> None:
            raise RuntimeError("what nobody expects")

        monkeypatch.setattr(coordinator, "ensure_coordinator_known", unexpected)
        coordinator.request_rejoin()
        await until(coordinator._coordination_task.done, "its part in the group has ended")
        assert isinstance(coordinator._coordination_task.exception(), KafkaError)
        await write(settings.kafka, settings.topic(EVENTS), [b"2"])
        await until(lambda: _count(r, 2), "what follows is read")
        rows = await r.service.pool.fetch("select value from tape.record order by at")
        assert [row["value"] for row in rows] == ["1", "2"]


async def test_a_worker_told_to_stop_does_not_leave_its_group_in_the_middle_of_its_hint(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kafka would refuse the hint as one from a stranger, and the client calls that an error."""
    begun, at_the_broker, told = asyncio.Event(), asyncio.Event(), []
    commit, leave = AIOKafkaConsumer.commit, AIOKafkaConsumer.stop

    async def slow(self: AIOKafkaConsumer, *given: Any) -> None:
        begun.set()
        await at_the_broker.wait()
        await commit(self, *given)
        told.append("hint")

    async def leaving(self: AIOKafkaConsumer) -> None:
        told.append("leave")
        await leave(self)

    await make_topics(settings.kafka, {settings.topic(EVENTS): 1})
    monkeypatch.setattr(AIOKafkaConsumer, "commit", slow)
    monkeypatch.setattr(AIOKafkaConsumer, "stop", leaving)
    async with running(tape(settings)) as r:
        stop = asyncio.Event()
        working = asyncio.create_task(worker.Worker(r.service, stop).run())
        await write(settings.kafka, settings.topic(EVENTS), [b"1"])
        await begun.wait()
        stop.set()
        done, _ = await asyncio.wait({working}, timeout=0.5)
        at_the_broker.set()
        await working
    assert (done, told) == (set(), ["hint", "leave"])
