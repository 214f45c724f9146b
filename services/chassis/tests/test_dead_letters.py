"""What went to the dead letters is kept with its bytes until somebody retries or drops it, and blocks nobody
meanwhile."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis import Request, Settings, Transaction, batch, channels, dead_letters, maintenance
from chassis.access import by_channel
from chassis.clock import SettableClock
from chassis.reader import Reader
from chassis.record import DeadLetterState
from omatoimi_contracts.requests import VisitRequested
from omatoimi_contracts.topics import TOPICS

from tests.kits.chassis import Harness, key_of, proved, running

from .kafka_log import header, make_topics, producer, records, write
from .toys import gate, tape, wall
from .waiting import until
from .wire import visit, wire

REQUESTS = "usage.requests.v1"
KIOSK = by_channel("/helsinki/channels/kiosk", "kiosk", "vallila")


async def letters(
    r: Harness, count: int, state: DeadLetterState | None = DeadLetterState.OPEN
) -> list[dead_letters.StoredDeadLetter]:
    """The letters in a state, once there are so many."""

    async def enough() -> list[dead_letters.StoredDeadLetter] | None:
        async with r.service.pool.acquire() as conn:
            found = [await dead_letters.find(conn, one.number) for one in await dead_letters.headings(conn, state, 100)]
        return [one for one in found if one] if len(found) == count else None

    found: list[dead_letters.StoredDeadLetter] = await until(enough, f"{count} letters are {state}")
    return found


def binary(event: dict[str, Any]) -> tuple[bytes, list[tuple[str, bytes]]]:
    attributes = {name: value for name, value in event.items() if name not in ("data", "datacontenttype")}
    return json.dumps(event["data"]).encode(), [
        (f"ce_{name}", str(value).encode()) for name, value in attributes.items()
    ]


async def test_a_letter_is_applied_when_what_stood_in_its_way_is_mended_and_not_before(topics: Settings) -> None:
    """The channel was not registered. In binary mode the event stands in the headers as much as in the value."""
    structured = visit(persons=1, source=KIOSK.channel.source)
    value, headers = binary(visit(persons=2, source=KIOSK.channel.source))
    await write(topics.kafka, topics.topic(REQUESTS), [wire(structured)])
    async with producer(topics.kafka) as client:
        await client.send(topics.topic(REQUESTS), value, headers=proved(value, headers), partition=0)
    async with running(gate(topics), ("worker",)) as r:
        first, second = await letters(r, 2)
        told = await batch.retry(r.service, first.number)
        assert told == (
            f"dead letter {first.number} is as dead as before: "
            "the source /helsinki/channels/kiosk is not a registered channel"
        )
        async with r.service.pool.acquire() as conn:
            await channels.register(conn, KIOSK, key_of("kiosk"), r.service.clock())
        for letter in (first, second):
            assert await batch.retry(r.service, letter.number) == f"dead letter {letter.number} is applied"
            assert await batch.retry(r.service, letter.number) == f"there is no open dead letter {letter.number}"
        assert await r.service.pool.fetchval(
            "select array_agg(persons order by n) from gate.entry join gate.visit on id = request"
        ) == [1, 2]
        assert await r.service.pool.fetchval("select count(*) from chassis.outbox where event_id is not null") == 2
        await letters(r, 2, DeadLetterState.RETRIED)


async def test_a_letter_whose_request_came_by_another_endpoint_meanwhile_is_applied_once(topics: Settings) -> None:
    event = visit(persons=1, source=KIOSK.channel.source)
    await write(topics.kafka, topics.topic(REQUESTS), [wire(event)])
    async with running(gate(topics), ("worker",)) as r:
        (letter,) = await letters(r, 1)
        async with r.service.pool.acquire() as conn:
            await channels.register(conn, KIOSK, key_of("kiosk"), r.service.clock())
        await write(topics.kafka, topics.topic(REQUESTS), [wire(event)])
        await until(lambda: r.service.pool.fetchval("select count(*) from gate.visit"), "it came again")
        assert await batch.retry(r.service, letter.number) == f"dead letter {letter.number} is applied"
        assert await r.service.pool.fetchval("select persons from gate.leaf") == 1


async def test_a_dropped_letter_is_given_up_for_good_and_stays_to_be_seen(topics: Settings) -> None:
    await write(topics.kafka, topics.topic(REQUESTS), [b"{oops"])
    async with running(gate(topics), ("worker",)) as r:
        (letter,) = await letters(r, 1)
        assert (letter.topic, letter.partition, letter.offset, letter.value) == (REQUESTS, 0, 0, b"{oops")
        async with r.service.pool.acquire() as conn:
            assert await dead_letters.drop(conn, letter.number)
            assert not await dead_letters.drop(conn, letter.number)
        assert await batch.retry(r.service, letter.number) == f"there is no open dead letter {letter.number}"
        async with r.service.pool.acquire() as conn:
            assert await dead_letters.headings(conn, DeadLetterState.OPEN, 100) == []
        assert [one.value for one in await letters(r, 1, DeadLetterState.DROPPED)] == [b"{oops"]


async def test_a_list_of_letters_is_as_long_as_asked_for_and_leaves_their_bytes_where_they_are(
    topics: Settings,
) -> None:
    await write(topics.kafka, topics.topic(REQUESTS), [b"{one", b"{two", b"{three"])
    async with running(gate(topics), ("worker",)) as r:
        first, *_ = await letters(r, 3)
        async with r.service.pool.acquire() as conn:
            listed = await dead_letters.headings(conn, DeadLetterState.OPEN, 2)
            assert (len(listed), await dead_letters.count(conn, DeadLetterState.OPEN)) == (2, 3)
            assert await dead_letters.count(conn, DeadLetterState.DROPPED) == 0
            assert not any(hasattr(heading, "value") for heading in listed)
            found = await dead_letters.find(conn, first.number)
            assert found is not None
            assert found.value in (b"{one", b"{two", b"{three")
            assert await dead_letters.find(conn, 1_000_000) is None


async def test_a_letter_too_large_for_the_topic_stays_a_row_and_its_number_is_sent(topics: Settings) -> None:
    """Key and value together just fit the topic they came by; with the reason they would not fit another."""
    key, value = b"k" * 200_000, b"x" * 840_000
    async with producer(topics.kafka) as client:
        await client.send(topics.topic(REQUESTS), value, key=key, partition=0)
        await client.send(topics.topic(REQUESTS), b"small", key=b"k", partition=0)
    async with running(gate(topics), ("worker", "relay")) as r:
        large, small = await letters(r, 2)
        assert (large.key, large.value) == (key, value)
        unsent = "select count(*) = 0 from chassis.outbox where published_at is null"
        await until(lambda: r.service.pool.fetchval(unsent), "both are sent on")
        one, two = await records(topics.kafka, topics.topic("gate.dead-letters.v1"))
        assert (one.key, one.value, header(one, "complete")) == (None, b"", "false")
        assert header(one, "number") == str(large.number)
        assert (two.key, two.value, header(two, "complete")) == (b"k", b"small", "true")
        assert header(two, "number") == str(small.number)


async def test_a_tombstone_and_a_record_of_a_log_are_retried_as_they_were_tried(settings: Settings) -> None:
    documents, log = "notices.documents.v1", "usage.events.v1"
    names = (documents, log, "wall.dead-letters.v1", "tape.dead-letters.v1")
    await make_topics(settings.kafka, {settings.topic(name): 1 for name in names})
    await write(settings.kafka, settings.topic(documents), [None], key=b"no uuid")
    await write(settings.kafka, settings.topic(log), [b"nothing that can be read"])
    async with running(wall(settings), ("worker",)) as r:
        (letter,) = await letters(r, 1)
        assert "UUID" in await batch.retry(r.service, letter.number)
        await r.service.pool.execute("update chassis.dead_letter set key = '019ac1f2-7a00-7c3e-9d54-3b2f6a1e8c07'")
        assert await batch.retry(r.service, letter.number) == f"dead letter {letter.number} is applied"
    async with running(tape(settings)) as r:
        await r.service.pool.execute("alter table tape.record rename to elsewhere")
    async with running(tape(settings), ("worker",)) as r:
        (letter,) = [one for one in await letters(r, 2, None) if one.topic == log]
        assert "UndefinedTable" in letter.reason
        await r.service.pool.execute("alter table tape.elsewhere rename to record")
        assert await batch.retry(r.service, letter.number) == f"dead letter {letter.number} is applied"
        assert await r.service.pool.fetchval("select array_agg(value) from tape.record") == ["nothing that can be read"]


async def test_an_error_that_faststream_swallows_skips_nothing(
    topics: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FastStream logs what its handler raises and goes on with the next poll. Whatever was in hand falls back to the
    store, the place in the client's buffers notwithstanding."""
    handle, tries = Reader.handle, 0

    async def trip(self: Reader, fetched: Any) -> None:
        nonlocal tries
        tries += 1
        if tries % 3:
            raise RuntimeError("swallowed")
        await handle(self, fetched)

    monkeypatch.setattr(Reader, "handle", trip)
    small = topics.model_copy(update={"poll_records": 5})
    await write(topics.kafka, topics.topic(REQUESTS), [wire(visit("door", n)) for n in range(20)])
    async with running(gate(small), ("worker",)) as r:
        await until(lambda: r.service.pool.fetchval("select count(*) = 20 from gate.visit"), "all are applied")
        rows = await r.service.pool.fetch("select persons from gate.entry join gate.visit on id = request order by n")
        assert [row["persons"] for row in rows] == list(range(20))
    assert tries >= 12


async def test_a_fault_in_the_code_of_a_handler_is_not_taken_for_one_of_the_database(topics: Settings) -> None:
    """The client library raises one class for a closed connection and for a wrong call; waiting would not mend the
    latter, and would hold up every record behind it."""

    async def wrong(request: Request[VisitRequested], tx: Transaction) -> None:
        if request.data.persons == 1:
            await tx.conn.execute("select $1::int", 1, 2)
        if request.data.persons == 2:
            await tx.conn.execute("select $1::int", 2**40)
        if request.data.persons == 3:
            raise FileNotFoundError("words.toml")

    await write(topics.kafka, topics.topic(REQUESTS), [wire(visit("door", n)) for n in range(5)])
    async with running(gate(topics, hook=wrong), ("worker",)) as r:
        first, second, third = await letters(r, 3)
        assert "InterfaceError" in first.reason
        assert "DataError" in second.reason
        assert "FileNotFoundError" in third.reason
        await until(lambda: r.service.pool.fetchval("select count(*) = 2 from gate.visit"), "the others are applied")


PERSONAL = [topic for topic in TOPICS.values() if topic.class_ == "personal"]


async def test_what_was_dead_lettered_is_kept_no_longer_than_any_personal_topic_keeps_it(topics: Settings) -> None:
    """Rows, copies in the outbox, and what is sent late or again: the oldest of it is younger than what the contract
    promises of each topic, whether somebody looked at it or not."""
    promised = min(timedelta(milliseconds=topic.retention_ms) for topic in PERSONAL)
    assert {topic.retention_ms for topic in PERSONAL} == {dead_letters.KEPT / timedelta(milliseconds=1)}
    first = datetime.now(UTC) - promised  # Kafka takes no record from the future
    clock = SettableClock(first)
    oldest = (
        "select $1 - min(at) from (select at from chassis.dead_letter"
        " union all select created_at from chassis.outbox where headers is not null) kept"
    )
    async with running(gate(topics, clock=clock), ("worker",)) as r:
        await write(topics.kafka, topics.topic(REQUESTS), [b"Maija", b"Matti"])
        number, _ = (letter.number for letter in await letters(r, 2))
        async with r.service.pool.acquire() as conn:
            await dead_letters.drop(conn, number)
        clock.now = first + promised - timedelta(seconds=1)
        assert await maintenance.forget_dead_letters.run(r.service) == 0
        await write(topics.kafka, topics.topic(REQUESTS), [b"Liisa"])
        await letters(r, 2)
        clock.now = first + promised
        # Nobody sent them: that is no reason to keep them.
        assert await maintenance.forget_dead_letters.run(r.service) == 4
        assert await r.service.pool.fetchval(oldest, clock.now) < promised
        assert b"Maija" not in (stored := "".join(await everything(r)).encode())
        assert b"Matti" not in stored
    # Sent a moment before its time is over, and again: it goes with the record that it was.
    async with running(gate(topics, clock=clock), ("relay",)) as r:
        all_sent = "select every(published_at is not null) from chassis.outbox"
        await until(lambda: r.service.pool.fetchval(all_sent), "it is sent")
        async with r.service.pool.acquire() as conn:
            clock.now = first + 2 * promised - timedelta(seconds=2)
            assert await maintenance.republish(conn, first, clock.now) == 1
            await until(lambda: r.service.pool.fetchval(all_sent), "it is sent again")
            clock.now = first + 2 * promised
            assert await maintenance.republish(conn, first, clock.now) == 0
    sent = await records(topics.kafka, topics.topic("gate.dead-letters.v1"))
    at = first + promised - timedelta(seconds=1)
    assert [(record.value, record.timestamp) for record in sent] == [(b"Liisa", int(at.timestamp() * 1000))] * 2


async def everything(r: Harness) -> list[str]:
    """All rows of the chassis' tables, as text; bytes as they read."""
    tables = await r.service.pool.fetch("select tablename from pg_tables where schemaname = 'chassis'")
    return [
        str({name: value for name, value in row.items()})
        for table in tables
        for row in await r.service.pool.fetch(f"select * from chassis.{table['tablename']}")
    ]


async def test_what_is_sent_again_is_marked_in_batches_and_told(
    topics: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "AT_ONCE", 2)
    told: list[tuple[int, int]] = []
    insert = (
        "insert into chassis.outbox (topic, key, value, created_at, published_at)"
        " select 'usage.events.v1', 'k', '', now(), now() from generate_series(1, 5)"
    )
    async with running(gate(topics), ()) as r, r.service.pool.acquire() as conn:
        await conn.execute(insert)
        now = datetime.now(UTC)
        done = await maintenance.republish(conn, now - timedelta(days=1), now, lambda *some: told.append(some))
        assert (done, told) == (5, [(2, 5), (4, 5), (5, 5)])
        assert await conn.fetchval("select count(*) from chassis.outbox where published_at is null") == 5
