"""A whole log in arrears is fetched and read ahead of its transactions, and applied as if it were not: each record
once, in order."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from chassis import Settings, Transaction, maintenance, positions
from chassis.offsets import Fenced
from chassis.record import Record

from tests.kits.chassis import Harness, running

from .kafka_log import make_topics, write
from .toys import tape
from .waiting import until

EVENTS = "usage.events.v1"
VALUES = [str(n).encode() for n in range(1, 16)]
FETCH = 5


class Ahead:
    """What was read, and a handler that does something of its own before it applies the first records."""

    def __init__(self) -> None:
        self.read: list[bytes] = []
        self.fault_at: bytes | None = None
        self.at_first: Callable[[], Awaitable[None]] | None = None

    def reads(self, record: Record) -> Record:
        assert record.value is not None
        self.read.append(record.value)
        if record.value == self.fault_at:
            raise LookupError("it cannot be read")
        return record

    async def has_read(self, number: int) -> None:
        await until(lambda: len(self.read) >= number, f"{number} records were read")


@asynccontextmanager
async def reading(settings: Settings, ahead: Ahead) -> AsyncIterator[Harness]:
    """The log of fifteen records, five a fetch, and the one who reads it."""
    await make_topics(settings.kafka, {settings.topic(EVENTS): 1, settings.topic("tape.dead-letters.v1"): 1})
    await write(settings.kafka, settings.topic(EVENTS), VALUES)
    service = tape(settings.model_copy(update={"poll_records": 1}))
    keep = service.handlers.log_handler
    assert keep is not None

    async def keeps(records: list[Record], tx: Transaction) -> None:
        first, ahead.at_first = ahead.at_first, None
        if first:
            await first()
        await keep(records, tx)

    service.handlers.log_read, service.handlers.log_handler = ahead.reads, keeps
    async with running(service, ("worker",)) as r:
        yield r


async def applied(r: Harness, *values: bytes) -> None:
    async def all_of_them() -> bool:
        rows = await r.service.pool.fetch("select value from tape.record order by at")
        return [row["value"].encode() for row in rows] == list(values)

    await until(all_of_them, f"{values} are applied, in this order and once")


async def test_the_next_records_are_fetched_and_read_while_a_transaction_waits_for_its_database(
    settings: Settings,
) -> None:
    ahead = Ahead()

    async def until_the_next_are_read() -> None:
        await ahead.has_read(2 * FETCH)

    ahead.at_first = until_the_next_are_read
    async with reading(settings, ahead) as r:
        await applied(r, *VALUES)
        assert ahead.read == VALUES


async def test_what_was_fetched_before_its_partition_fell_back_is_fetched_again(settings: Settings) -> None:
    """The first records are not applied, because somebody else was thought to have moved. Those that were fetched after
    them must not be applied in their place: gaps are legal in a log, nobody would miss the first."""
    ahead = Ahead()

    async def fenced() -> None:
        await ahead.has_read(2 * FETCH)
        raise Fenced

    ahead.at_first = fenced
    async with reading(settings, ahead) as r:
        await applied(r, *VALUES)


@pytest.mark.parametrize(
    "value", [VALUES[1], VALUES[FETCH + 1]], ids=["in the first fetch", "in one that was read ahead"]
)
async def test_a_record_whose_reading_fails_is_dead_lettered_and_no_other(settings: Settings, value: bytes) -> None:
    ahead = Ahead()
    ahead.fault_at = value
    async with reading(settings, ahead) as r:
        await applied(r, *(one for one in VALUES if one != value))
        letters = await r.service.pool.fetch("select value, reason from chassis.dead_letter")
        assert [(letter["value"], letter["reason"]) for letter in letters] == [
            (value, "LookupError: it cannot be read")
        ]


async def test_a_transaction_that_the_database_ends_is_tried_again_with_the_same_records(settings: Settings) -> None:
    """What was read ahead is taken once; tried again, the records are read again."""
    ahead = Ahead()

    async def lost() -> None:
        raise ConnectionResetError

    ahead.at_first = lost
    async with reading(settings, ahead) as r:
        await applied(r, *VALUES)
        assert sorted(ahead.read) == sorted(VALUES + VALUES[:FETCH])


async def test_a_topic_is_read_anew_from_an_offset_by_a_reader_that_has_nothing_to_do(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "LOOK_EVERY", 0.1)
    async with reading(settings, Ahead()) as r:
        kept = 'select array_agg("offset" order by ctid) from tape.record'
        await until(lambda: r.service.pool.fetchval("select count(*) = 15 from tape.record"), "all are applied")
        async with r.service.pool.acquire() as conn:
            assert await maintenance.reread(conn, EVENTS, 12) == 1
        await until(lambda: r.service.pool.fetchval("select count(*) = 18 from tape.record"), "they are read anew")
        assert await r.service.pool.fetchval(kept) == [*range(15), 12, 13, 14]
        async with r.service.pool.acquire() as conn:
            assert await maintenance.reread(conn, EVENTS) == 1
        await until(lambda: r.service.pool.fetchval("select count(*) = 33 from tape.record"), "it is read anew")
        assert await r.service.pool.fetchval(kept) == [*range(15), 12, 13, 14, *range(15)]
