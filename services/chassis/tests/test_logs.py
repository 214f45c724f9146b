"""A reader knows the log it has read: another one under the same name stops it, with a sentence, and nothing is applied
from it until somebody says so. What was never committed to the log is never applied."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import OffsetAndMetadata
from chassis import Settings, Transaction, batch, dead_letters, maintenance, positions
from chassis.record import DeadLetterState
from omatoimi_contracts.documents import NoticeText
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.usage import VisitCounted
from uuid_utils.compat import UUID, uuid7

from tests.kits.chassis import Harness, running

from .kafka_log import delete_before, delete_topics, end, make_topics, producer, write
from .toys import view
from .waiting import until
from .wire import counted, notice_text, wire

EVENTS = "usage.events.v1"


def told(*persons: int) -> list[bytes]:
    """Visits that gate counted, each with an id of its own."""
    return [wire(counted("door", n, sequence=n)) for n in persons]


@pytest_asyncio.fixture
async def log(settings: Settings) -> AsyncIterator[str]:
    """A log of one partition, as the broker names it."""
    name = settings.topic(EVENTS)
    await make_topics(settings.kafka, {name: 1})
    await make_topics(settings.kafka, {settings.topic("view.dead-letters.v1"): 1})
    yield name


async def seen(r: Harness) -> list[int]:
    rows = await r.service.pool.fetch("select persons from view.seen order by at")
    return [row["persons"] for row in rows]


async def has_seen(r: Harness, *persons: int) -> None:
    async def all_of_them() -> bool:
        return await seen(r) == list(persons)

    await until(all_of_them, f"{persons} are seen and nothing else")


async def stopped(r: Harness, why: str) -> str:
    """Wait until the reader has stopped, and for that reason."""
    assert r.running.worker is not None
    worker = r.running.worker
    (fault,) = await until(worker.faults, "the reader stops")
    assert why in fault
    assert "omatoimi reread" in fault
    assert not r.running.ready
    return str(fault)


async def test_a_topic_made_anew_that_has_grown_past_the_stored_offset_is_noticed(settings: Settings, log: str) -> None:
    """Its offsets fit, its records are others: nothing is applied. Read anew on purpose, each event counts once, those
    known from before included."""
    before = told(1, 2, 3)
    await write(settings.kafka, log, before)
    async with running(view(settings), ("worker",)) as r:
        await has_seen(r, 1, 2, 3)
    await delete_topics(settings.kafka, log)
    await make_topics(settings.kafka, {log: 1})
    await write(settings.kafka, log, [*told(4, 5, 6), *before, *told(7)])
    async with running(view(settings), ("worker",)) as r:
        await stopped(r, "was made anew")
        assert await seen(r) == [1, 2, 3]
        async with r.service.pool.acquire() as conn:
            assert await maintenance.reread(conn, EVENTS) == 1
    async with running(view(settings), ("worker",)) as r:
        await has_seen(r, 1, 2, 3, 4, 5, 6, 7)


async def test_a_log_that_ends_before_the_stored_offset_is_noticed(settings: Settings, log: str) -> None:
    await write(settings.kafka, log, told(1, 2, 3))
    async with running(view(settings), ("worker",)) as r:
        await has_seen(r, 1, 2, 3)
    await delete_topics(settings.kafka, log)
    await make_topics(settings.kafka, {log: 1})
    await write(settings.kafka, log, told(4))
    async with running(view(settings), ("worker",)) as r:
        await stopped(r, "it was reset")
        assert await seen(r) == [1, 2, 3]


async def test_another_cluster_is_noticed_even_when_its_records_are_the_same(settings: Settings, log: str) -> None:
    await write(settings.kafka, log, told(1, 2))
    async with running(view(settings), ("worker",)) as r:
        await has_seen(r, 1, 2)
        # The store as another cluster's reader would have left it.
        await r.service.pool.execute("update chassis.consumed set cluster_id = 'another'")
    await write(settings.kafka, log, told(3))
    async with running(view(settings), ("worker",)) as r:
        await stopped(r, "lies on another cluster")
        assert await seen(r) == [1, 2]


async def test_a_topic_made_anew_under_a_running_reader_is_noticed(settings: Settings, log: str) -> None:
    await write(settings.kafka, log, told(1, 2, 3))
    async with running(view(settings), ("worker",)) as r:
        await has_seen(r, 1, 2, 3)
        await delete_topics(settings.kafka, log)
        assert r.running.worker is not None
        (reader,) = r.running.worker.readers
        await until(lambda: not reader.subscriber.consumer.assignment(), "the reader has lost its partition")
        await make_topics(settings.kafka, {log: 1})
        await write(settings.kafka, log, told(4, 5, 6, 7))
        await stopped(r, "was made anew")
        assert await seen(r) == [1, 2, 3]


async def test_what_retention_took_under_a_running_reader_is_reported_and_the_rest_is_read(
    settings: Settings, log: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records so large that a fetch takes one. The reader is busy with the first and its client has the second at hand,
    when all but the fourth go."""
    monkeypatch.setattr(positions, "FETCH_BYTES", 1_000_000)
    reached, released = asyncio.Event(), asyncio.Event()

    async def halt(_: FactEvent[VisitCounted], __: Transaction) -> None:
        reached.set()
        await released.wait()

    large = [wire(counted("door", n, sequence=n, note="x" * 600_000)) for n in (1, 2, 3, 4)]
    await write(settings.kafka, log, large)
    async with running(view(settings, hook=halt), ("worker",)) as r:
        await reached.wait()
        assert r.running.worker is not None
        (reader,) = r.running.worker.readers
        await until(lambda: reader.subscriber.consumer._fetcher._records, "the client has the second record")
        await delete_before(settings.kafka, log, 0, 3)
        released.set()
        await has_seen(r, 1, 2, 4)
        assert r.running.telemetry.lost.labels("view", EVENTS)._value.get() == 1
    assert "1 records were removed before they were read" in caplog.text


async def test_what_retention_took_after_it_was_read_is_no_matter(settings: Settings, log: str) -> None:
    await write(settings.kafka, log, told(1, 2, 3))
    async with running(view(settings), ("worker",)) as r:
        await has_seen(r, 1, 2, 3)
    await delete_before(settings.kafka, log, 0, 3)
    await write(settings.kafka, log, told(4))
    async with running(view(settings), ("worker",)) as r:
        await has_seen(r, 1, 2, 3, 4)


async def test_what_retention_took_unread_is_reported_and_the_rest_is_read(
    settings: Settings, log: str, caplog: pytest.LogCaptureFixture
) -> None:
    await write(settings.kafka, log, told(1))
    async with running(view(settings), ("worker",)) as r:
        await has_seen(r, 1)
    await write(settings.kafka, log, told(2, 3, 4))
    await delete_before(settings.kafka, log, 0, 3)
    async with running(view(settings), ("worker",)) as r:
        await has_seen(r, 1, 4)
        assert r.running.telemetry.lost.labels("view", EVENTS)._value.get() == 2
    assert "2 records were removed before they were read" in caplog.text


async def test_the_store_says_where_to_read_on_not_kafka(settings: Settings, log: str) -> None:
    """Kafka's committed offset is ahead of the store, as after a database was restored from yesterday."""
    await write(settings.kafka, log, told(1, 2, 3, 4))
    group = f"{settings.topic_prefix}view.{EVENTS}"
    ahead = AIOKafkaConsumer(bootstrap_servers=settings.kafka, group_id=group, enable_auto_commit=False)
    await ahead.start()
    try:
        partition = TopicPartition(log, 0)
        ahead.assign([partition])
        await ahead.commit({partition: OffsetAndMetadata(4, "")})
    finally:
        await ahead.stop()
    async with running(view(settings), ("worker",)) as r:
        await has_seen(r, 1, 2, 3, 4)


async def test_what_a_producer_aborts_is_never_applied(settings: Settings, log: str) -> None:
    """Every other transaction is aborted; the gaps they leave are no fault, within a reading and across two."""

    async def transactions(first: int, last: int) -> None:
        async with producer(settings.kafka, transactional_id=f"{log}-writer") as client:
            for n in range(first, last + 1):
                await client.begin_transaction()
                await client.send_and_wait(log, told(n)[0], key=b"k", partition=0)
                await (client.commit_transaction() if n % 2 else client.abort_transaction())

    await transactions(1, 6)
    async with running(view(settings), ("worker",)) as r:
        await has_seen(r, 1, 3, 5)
    await transactions(7, 10)
    async with running(view(settings), ("worker",)) as r:
        await has_seen(r, 1, 3, 5, 7, 9)
        assert r.running.worker is not None
        assert r.running.worker.faults() == []
    assert await end(settings.kafka, log) == 20


async def test_a_hundred_records_in_a_row_that_cannot_be_applied_stop_that_reader_alone(settings: Settings) -> None:
    """Something is wrong with the handler then, not with the records. The hundredth and what follows are not skipped,
    in whichever partition: a mended reader goes on with them. The service's other readers go on all the while."""
    log, other = settings.topic(EVENTS), settings.topic("notices.documents.v1")
    await make_topics(settings.kafka, {log: 2, other: 1, settings.topic("view.dead-letters.v1"): 1})
    await write(settings.kafka, log, told(*range(1, 121)))

    async def broken(event: FactEvent[VisitCounted], _: Transaction) -> None:
        raise ValueError(f"this handler does not like {event.data.persons}")

    service = view(settings, hook=broken)
    read: list[UUID] = []

    @service.handlers.on(NoticeText)
    async def note(event: FactEvent[NoticeText], _: Transaction) -> None:
        read.append(event.data.notice)

    async with running(service, ("worker",)) as r:
        assert r.running.worker is not None
        (fault,) = await until(r.running.worker.faults, "the reader gives up")
        assert "100 records of usage.events.v1 in a row" in fault
        assert "this handler does not like 100" in fault
        assert not r.running.ready
        assert await r.service.pool.fetchval("select count(*) from chassis.dead_letter") == 99
        await write(settings.kafka, log, told(7), partition=1)
        (reader,) = [one for one in r.running.worker.readers if one.topic == EVENTS]
        await until(lambda: not reader.cursor, "it stands nowhere any more")
        notice = uuid7()
        await write(settings.kafka, other, [wire(notice_text(notice, 1))])
        await until(lambda: read == [notice], "the other topic is read")
        assert (
            await r.service.pool.fetchval("select sum(next_offset) from chassis.consumed where topic = $1", EVENTS)
            == 99
        )
    async with running(view(settings), ("worker",)) as r:

        async def all_the_rest() -> bool:
            return sorted(await seen(r)) == sorted([7, *range(100, 121)])

        await until(all_the_rest, "the rest is applied")
        assert r.running.ready
        numbers = [letter.number for letter in await list_letters(r)]
        assert len(numbers) == 99
        for number in numbers:
            assert await batch.retry(r.service, number) == f"dead letter {number} is applied"
        assert sorted(await seen(r)) == sorted([7, *range(1, 121)])


async def list_letters(r: Harness) -> list[dead_letters.Heading]:
    async with r.service.pool.acquire() as conn:
        return await dead_letters.headings(conn, DeadLetterState.OPEN, 100)
