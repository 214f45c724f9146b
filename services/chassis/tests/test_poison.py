"""One bad record among good ones goes to the dead letters, alone, with its bytes and the reason; the good ones before
and after are applied once and in order."""

import json
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.record.util import calc_crc32c
from chassis import Request, Settings, Transaction, channels
from chassis.access import Caller, Channel, Role
from chassis.decompression import MAX_BATCH_BYTES
from chassis.record_batches import MAX_FETCHED_BYTES
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.requests import VisitRequested
from omatoimi_contracts.usage import VisitCounted

from tests.kits.chassis import Harness, key_of, proved, running

from .damaged_log import damaged_log
from .kafka_log import header, producer, records, write
from .toys import gate, view
from .waiting import until
from .wire import counted, visit, visit_data, wire

REQUESTS = "usage.requests.v1"
NARROW = Caller(
    Channel("/helsinki/channels/kiosk", "kiosk", "vallila", frozenset({"omatoimi.display.requested.v1"})),
    frozenset({Role.RESIDENT, Role.DEVICE}),
)

Headers = list[tuple[str, bytes | None]]


async def mix(settings: Settings, topic: str, bad: list[tuple[bytes | None, Headers]], good: list[bytes]) -> None:
    """Write the bad records, each between two good ones, to one partition: good ones at even offsets, bad at odd."""
    async with producer(settings.kafka) as client:
        for n, value in enumerate(good):
            await client.send(settings.topic(topic), value, key=b"good", headers=proved(value), partition=0)
            if n < len(bad):
                value_, headers = bad[n]
                told = proved(value_, headers)
                await client.send(settings.topic(topic), value_, key=b"bad", partition=0, headers=told)


async def letters(r: Harness, count: int) -> dict[int, Any]:
    """The dead letters by offset, once there are so many and they were sent on."""
    sent = (
        "select (select count(*) from chassis.dead_letter) = $1"
        " and not exists (select from chassis.outbox where published_at is null)"
    )
    await until(lambda: r.service.pool.fetchval(sent, count), f"{count} records are among the dead letters and sent on")
    rows = await r.service.pool.fetch("select * from chassis.dead_letter")
    return {row["offset"]: row for row in rows}


async def applied(r: Harness, offset: int) -> None:
    place = "select next_offset = $1 from chassis.consumed where partition = 0"
    await until(lambda: r.service.pool.fetchval(place, offset), f"all is read to {offset}")


def binary(event: dict[str, Any], **changed: bytes | None) -> tuple[bytes, Headers]:
    """An event in binary mode, some of its headers changed."""
    attributes: Mapping[str, Any] = {name: v for name, v in event.items() if name not in ("data", "datacontenttype")}
    headers: Headers = [
        (f"ce_{name}", str(value).encode()) for name, value in attributes.items() if name not in changed
    ]
    return json.dumps(event["data"]).encode(), headers + [(f"ce_{name}", value) for name, value in changed.items()]


BAD_REQUESTS: list[tuple[bytes | None, Headers, str, str]] = [
    (*binary(visit(), id=b"\xff\xfe"), "is not UTF-8", "/id"),
    (*binary(visit(), id=None), "has no value", "/id"),
    (b"{oops", [], "no JSON", ""),
    (b"\xff\xfe", [], "not UTF-8", ""),
    (wire(visit(type="omatoimi.visit.guessed.v1")), [], "not in the contract", "/type"),
    (None, [], "no value", ""),
    (b"", [], "no JSON", ""),
    (wire(counted()), [], "no place on usage.requests.v1", "/type"),
    (wire(visit(type="omatoimi.heartbeat.requested.v1", data={"unit": "x", "device": "d"})), [], "not taken", "/type"),
    (wire(visit(source="/helsinki/channels/nobody")), [], "not a registered channel", "/source"),
    (wire(visit(source=NARROW.channel.source)), [], "may not ask", "/type"),
    (wire(visit(data=visit_data("door", 666))), [("x", b"\0\xff")], "RuntimeError: no \\x00 such day", ""),
    (wire(visit(data=visit_data("door", 57))), [], "QueryCanceledError", ""),
    (wire(visit(data=visit_data("door", 22))), [], "CharacterNotInRepertoireError", ""),
    (b"x" * 1_000_000, [], "no JSON", ""),
]


async def test_each_bad_request_is_dead_lettered_alone_with_its_bytes_and_the_reason(topics: Settings) -> None:
    tries: Counter[int] = Counter()

    async def trip(request: Request[VisitRequested], tx: Transaction) -> None:
        persons = request.data.persons
        tries[persons] += 1
        if persons == 666:
            raise RuntimeError("no \0 such day")
        if persons == 57:
            await tx.conn.execute("select pg_sleep(60)")
        if persons == 22:
            await tx.conn.execute("select $1::text", "\0")

    bad = BAD_REQUESTS
    good = [wire(visit(f"c{n % 2}", n)) for n in range(len(bad) + 1)]
    # Headers that are no business of ours harm nothing, whatever they hold.
    foreign: list[tuple[bytes | None, Headers]] = [
        (wire(visit("d", 1)), [("x", b"\xff")]),
        (wire(visit("d", 2)), [("y", None)]),
    ]
    slow = topics.model_copy(update={"handler_seconds": 0.5})
    async with running(gate(slow, hook=trip), ("worker", "relay")) as r:
        async with r.service.pool.acquire() as conn:
            await channels.register(conn, NARROW, key_of("kiosk"), r.service.clock())
        await mix(topics, "usage.requests.v1", [(value, headers) for value, headers, *_ in bad], good)
        await mix(topics, "usage.requests.v1", foreign, [wire(visit("e", 3)), wire(visit("e", 4)), wire(visit("e", 5))])
        found = await letters(r, len(bad))
        await applied(r, len(bad) + len(good) + 5)

        assert sorted(found) == [2 * n + 1 for n in range(len(bad))]
        for n, (value, _, reason, pointer) in enumerate(bad):
            letter = found[2 * n + 1]
            assert reason in letter["reason"], letter["reason"]
            assert (letter["pointer"], letter["value"], letter["key"]) == (pointer, value, b"bad")
        rows = await r.service.pool.fetch(
            "select leaf, array_agg(n order by n) as n, sum(v.persons) as persons"
            " from gate.entry join gate.visit v on v.id = request group by 1 order by 1"
        )
        even, odd = range(0, len(good), 2), range(1, len(good), 2)
        assert [tuple(row) for row in rows] == [
            ("c0", list(range(1, len(even) + 1)), sum(even)),
            ("c1", list(range(1, len(odd) + 1)), sum(odd)),
            ("d", [1, 2], 3),
            ("e", [1, 2, 3], 12),
        ]
        # With its neighbours once, and then three times alone.
        assert tries[57] in (3, 4)

        on_topic = {
            header(record, "from"): record
            for record in await records(topics.kafka, topics.topic("gate.dead-letters.v1"))
        }
        for offset, letter in found.items():
            record = on_topic[f"usage.requests.v1/0/{offset}"]
            assert header(record, "number") == str(letter["number"])
            assert (header(record, "reason"), header(record, "pointer")) == (letter["reason"], letter["pointer"])
            small = len(letter["value"] or b"") < 900_000
            assert header(record, "complete") == str(small).lower()
            assert record.value == ((letter["value"] or b"") if small else b"")


BOOKED = (Path(__file__).parents[3] / "contracts/examples/omatoimi.booking.confirmed.v1/minimal.json").read_bytes()
"""A fact that this reader does not take, and that stands on another's topic."""
BAD_FACTS: list[tuple[bytes | None, Headers, str, str]] = [
    (*binary(counted(), id=b"\xff\xfe"), "is not UTF-8", "/id"),
    (b"{oops", [], "no JSON", ""),
    (None, [], "no value", ""),
    (wire(visit()), [], "no place on an event topic", "/type"),
    (BOOKED, [], "omatoimi.booking.confirmed.v1 has no place on usage.events.v1", "/type"),
    (wire(counted(sequence=0)), [], "match pattern", "/sequence"),
    (wire(counted(persons=666)), [], "RuntimeError: no such day", ""),
    (b"x" * 1_000_000, [], "no JSON", ""),
]


async def test_each_bad_fact_is_dead_lettered_alone_and_an_unknown_type_is_passed_over(topics: Settings) -> None:
    async def trip(event: FactEvent[VisitCounted], _: Transaction) -> None:
        if event.data.persons == 666:
            raise RuntimeError("no such day")

    unknown: list[tuple[bytes | None, Headers]] = [(wire(counted(type="omatoimi.visit.guessed.v1")), [])]
    bad = BAD_FACTS
    good = [wire(counted("door", n, sequence=n + 1)) for n in range(len(bad) + len(unknown) + 1)]
    async with running(view(topics, hook=trip), ("worker",)) as r:
        await mix(topics, "usage.events.v1", [*((value, headers) for value, headers, *_ in bad), *unknown], good)
        await applied(r, len(bad) + len(unknown) + len(good))
        rows = await r.service.pool.fetch('select "offset", reason, pointer, value from chassis.dead_letter order by 1')
        assert [row["offset"] for row in rows] == [2 * n + 1 for n in range(len(bad))]
        for row, (value, _, reason, pointer) in zip(rows, bad, strict=True):
            assert reason in row["reason"]
            assert (row["pointer"], row["value"]) == (pointer, value)
        assert await r.service.pool.fetchval("select array_agg(sequence order by at) from view.seen") == [
            n + 1 for n in range(len(good))
        ]


async def send_batch(
    settings: Settings, values: list[bytes], *, names: list[str] | None = None, changed: bytes = b"", **options: Any
) -> bytes:
    """Write values as one batch, each with a header if its `names` are given; `ZZZZ` in them becomes `changed`, which
    no client library of a decent language lets one do. Returns the batch as it was sent."""
    sizes = {"max_request_size": 100_000_000, "max_batch_size": 100_000_000}
    async with producer(settings.kafka, **sizes, **options) as client:
        batch = client.create_batch()
        for n, value in enumerate(values):
            batch.append(
                key=b"k",
                value=value,
                timestamp=int(time.time() * 1000),
                headers=proved(value, [(names[n], b"")] if names else []),
            )
        batch.close()
        raw = batch._build()
        if changed:
            at = bytes(raw).index(b"ZZZZ")
            raw[at : at + 4] = changed
            raw[17:21] = calc_crc32c(bytes(raw[21:])).to_bytes(4, "big")
        await (await client.send_batch(batch, settings.topic(REQUESTS), partition=0))
        return bytes(raw)


async def persons(r: Harness, count: int) -> None:
    """Wait until so many persons came in."""
    await until(lambda: r.service.pool.fetchval("select sum(persons) = $1 from gate.visit", count), "the good ones")


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_every_compression_of_kafka_is_read_and_one_that_holds_too_much_is_dead_lettered(
    topics: Settings, codec: str
) -> None:
    async with running(gate(topics), ("worker", "relay")) as r:
        await send_batch(topics, [wire(visit(persons=n)) for n in (1, 2, 3)], compression_type=codec)
        await send_batch(topics, [b"0" * (MAX_BATCH_BYTES + 1)], compression_type=codec)
        # What is taken may hold as much as is promised.
        await send_batch(topics, [wire(visit(persons=4)), b"0" * (MAX_BATCH_BYTES - 10_000)], compression_type=codec)
        await send_batch(topics, [wire(visit(persons=5))], compression_type=codec)
        found = await letters(r, 2)
        assert sorted(found) == [3, 5]
        assert f"TooMuch: the batch holds more than {MAX_BATCH_BYTES} bytes" in found[3]["reason"]
        assert "no JSON" in found[5]["reason"]
        await persons(r, 15)
        assert r.running.faults() == []


async def test_what_a_fetch_holds_is_bounded_when_small_batches_hold_much(topics: Settings) -> None:
    for _ in range(12):
        await send_batch(topics, [b"0" * 1_000_000] * 2, compression_type="zstd")
    place = TopicPartition(topics.topic(REQUESTS), 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=topics.kafka, max_partition_fetch_bytes=2_000_000)
    await consumer.start()
    try:
        consumer.assign([place])
        consumer.seek(place, 0)
        offsets: list[int] = []
        while len(offsets) < 24:
            got = (await consumer.getmany(timeout_ms=500)).get(place, [])
            assert sum(len(record.value) for record in got) <= MAX_FETCHED_BYTES + 1_000_000
            offsets += [record.offset for record in got]
        assert offsets == list(range(24))
    finally:
        await consumer.stop()


async def test_a_header_whose_name_is_no_utf8_harms_nothing(topics: Settings) -> None:
    """The client library raises for its record, and for all that it fetched with it."""
    names, changed = ["a", "ZZZZ", "b"], b"\xff\xfe\xff\xfe"
    async with running(gate(topics), ("worker", "relay")) as r:
        await send_batch(topics, [wire(visit(persons=n)) for n in (1, 2, 3)], names=names, changed=changed)
        await send_batch(topics, [wire(visit(persons=10)), b"oops"], names=names, changed=changed)
        await persons(r, 16)
        found = await letters(r, 1)
        assert (list(found), found[4]["value"]) == ([4], b"oops")
        assert json.loads(found[4]["headers"]) == [["\\xff\\xfe\\xff\\xfe", ""]]
    # Standing right behind such a record, a reader knows it as the last one it read.
    async with running(gate(topics), ("worker",)) as r:
        await write(topics.kafka, topics.topic(REQUESTS), [wire(visit(persons=9))])
        await persons(r, 25)
        assert r.running.faults() == []


async def test_a_damaged_batch_is_dead_lettered_with_its_bytes_and_what_stands_behind_it_is_applied(
    topics: Settings,
) -> None:
    await send_batch(topics, [wire(visit(persons=n)) for n in (1, 2)])
    spoilt = await send_batch(topics, [wire(visit(persons=n)) for n in (40, 50, 60)])
    await send_batch(topics, [wire(visit(persons=3))])
    foreign = await send_batch(topics, [wire(visit(persons=70))])
    await send_batch(topics, [wire(visit(persons=4))])
    # The checksum of the first does not fit; that of the second does, and its compression is none that there is.
    unknown = foreign[21:22] + bytes([foreign[22] | 5]) + foreign[23:]
    damage = {spoilt[17:21]: b"\0\0\0\0", foreign[17:]: calc_crc32c(unknown).to_bytes(4, "big") + unknown}
    async with damaged_log(topics.kafka, damage) as bootstrap:
        damaged = topics.model_copy(update={"kafka": bootstrap})
        async with running(gate(damaged), ("worker", "relay")) as r:
            found = await letters(r, 2)
            await persons(r, 10)
            assert sorted(found) == [4, 6]
            assert "CorruptRecordException" in found[4]["reason"]
            assert found[4]["value"][21:] == spoilt[21:]
            assert "UnsupportedCodecError: Unknown compression codec 0x05" in found[6]["reason"]
            assert r.running.faults() == []
    # What could not be read then can be read now, as by a later version: it is no other log for that.
    async with running(gate(topics), ("worker",)) as r:
        await until(lambda: r.running.ready, "it reads on")
        await write(topics.kafka, topics.topic(REQUESTS), [wire(visit(persons=9))])
        await persons(r, 19)


async def test_a_damaged_batch_that_was_read_last_is_no_other_log_when_it_can_be_read(topics: Settings) -> None:
    spoilt = await send_batch(topics, [wire(visit(persons=n)) for n in (40, 50)])
    async with damaged_log(topics.kafka, {spoilt[17:21]: b"\0\0\0\0"}) as bootstrap:
        async with running(gate(topics.model_copy(update={"kafka": bootstrap})), ("worker", "relay")) as r:
            assert list(await letters(r, 1)) == [1]
        async with running(gate(topics.model_copy(update={"kafka": bootstrap})), ("worker",)) as r:
            await until(lambda: r.running.ready, "it reads on")
    async with running(gate(topics), ("worker",)) as r:
        await write(topics.kafka, topics.topic(REQUESTS), [wire(visit(persons=9))])
        await persons(r, 9)
        assert r.running.faults() == []
