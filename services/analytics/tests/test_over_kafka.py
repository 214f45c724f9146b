"""On a real broker: what is told of use goes round by the topic, and the ledger holds what the log holds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from analytics.handlers.log import TOPICS
from analytics.main import service as make
from analytics.store.figures import snapshot_at, units
from chassis import Service, Settings
from omatoimi_contracts.codec import read, write
from omatoimi_contracts.event import FactEvent, RequestEvent
from omatoimi_contracts.figures import FigureComputed
from omatoimi_contracts.requests import HeartbeatRequested
from omatoimi_platform import topics
from pydantic import SecretStr

from tests.kits import platform as testing
from tests.kits.analytics import Town, all_figures, at, position_of, slot
from tests.kits.chassis import Harness, proved, running

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)


@pytest_asyncio.fixture
async def settings(platform: testing.Servers, topic_prefix: str, database: str) -> AsyncIterator[Settings]:
    await topics.create(platform.kafka, prefix=topic_prefix)
    yield Settings(kafka=platform.kafka, postgres=SecretStr(database), topic_prefix=topic_prefix)


def service(settings: Settings) -> Service:
    return make(settings, clock=lambda: NOW)


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 300) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 - another process tells it, and has no event of ours
            await asyncio.sleep(0.05)


async def ends(settings: Settings) -> dict[str, int]:
    """The records in each topic of events, as the broker tells."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka)
    await consumer.start()
    try:
        places = {
            TopicPartition(settings.topic(topic.name), partition): topic.name
            for topic in TOPICS
            for partition in range(topic.partitions)
        }
        found: dict[str, int] = dict.fromkeys((topic.name for topic in TOPICS), 0)
        for place, end in (await consumer.end_offsets(list(places))).items():
            found[places[place]] += end
        return found
    finally:
        await consumer.stop()


async def send(settings: Settings, town: Town) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, enable_idempotence=True)
    await producer.start()
    try:
        for number, record in enumerate(town.records):
            await producer.send(settings.topic(record.topic), record.value, key=b"k", partition=number % 6)
        await producer.flush()
    finally:
        await producer.stop()


async def has_read(service: Service, expected: dict[str, int]) -> bool:
    async with snapshot_at(service.pool) as known:
        kept = {log: sum(offsets) for log, offsets in known.position.logs()}
    return kept == {topic: end for topic, end in expected.items() if end}


def a_town() -> Town:
    town = Town()
    town.premises("library", "library", {"room": ()})
    for day in range(1, 20):
        town.book(f"b{day}", slot(f"2026-10-{day:02}", "12:00", "14:00"))
        town.attend(f"b{day}")
        town.again(town.records[-1])
    town.raw("booking.events.v1", b"nonsense")
    town.raw("notices.events.v1", None)
    town.show("d1", at("2026-10-06 12:00"))
    return town


async def test_the_ledger_holds_what_the_log_holds_record_by_record(settings: Settings) -> None:
    town = a_town()
    await send(settings, town)
    log = await ends(settings)
    assert sum(log.values()) == len(town.records)
    async with running(service(settings), roles={"worker"}) as bench:
        await until(lambda: has_read(bench.service, log))
        figures = await all_figures(bench.service)
    identity = figures["M52"]
    assert {row.key: row.denominator for row in identity.rows if row.dimension == "topic"} == {
        topic: end for topic, end in log.items() if end
    }
    assert all(row.numerator == row.denominator for row in identity.rows if row.dimension == "topic")
    assert identity.whole.parts == {"folded": 42, "doubled": 19, "unknown": 0, "quarantined": 2, "demo": 0}
    assert figures["M01"].whole.value == 19
    assert figures["M03"].whole.parts["attended"] == 19 * 120


async def test_a_worker_that_starts_again_goes_on_where_the_ledger_ends(settings: Settings) -> None:
    town = a_town()
    await send(settings, town)
    async with running(service(settings), roles={"worker"}) as bench:
        await until(lambda: position_is_known(bench.service))
    await send(settings, town)
    log = await ends(settings)
    async with running(service(settings), roles={"worker"}) as bench:
        await until(lambda: has_read(bench.service, log))
        figures = await all_figures(bench.service)
    assert figures["M52"].whole.numerator == 2 * len(town.records)
    assert figures["M01"].whole.value == 19


async def position_is_known(service: Service) -> bool:
    return bool((await position_of(service)).next_offsets)


async def test_a_visit_told_at_a_endpoint_stands_on_the_topic_and_in_the_ledger(settings: Settings) -> None:
    async with running(service(settings), roles={"api", "relay", "worker"}) as bench:
        await tell_a_visit(bench)
        await until(lambda: has_read(bench.service, {"usage.events.v1": 1}))
        async with bench.service.pool.acquire() as conn:
            kept = await conn.fetchrow("select type, subject, unit, class from analytics.ledger")
    assert kept is not None
    assert tuple(kept) == ("omatoimi.visit.counted.v1", "gate-1", "vallila", "folded")


async def tell_a_visit(bench: Harness) -> None:
    span = {"start": "2026-10-19T11:00:00+03:00", "end": "2026-10-19T12:00:00+03:00"}
    body = {"unit": "vallila", "counter": "gate-1", "slot": span, "persons": 12}
    assert (await bench.staff.post("/v1/visits", body)).status_code == 201


async def test_use_of_a_library_that_nobody_knows_is_refused_over_kafka_as_over_http(settings: Settings) -> None:
    told, id_ = {"unit": "valila", "device": "kiosk-1"}, uuid4()
    async with running(service(settings), roles={"api", "relay", "worker"}) as bench:
        event = RequestEvent[HeartbeatRequested](
            id=id_,
            source=bench.staff.caller.channel.source,
            type=HeartbeatRequested.TYPE,
            time=NOW,
            data=HeartbeatRequested.model_validate(told),
        )
        producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
        await producer.start()
        value = write(event)
        await producer.send_and_wait(settings.topic("usage.requests.v1"), value, headers=proved(value))
        await producer.stop()
        await until(lambda: has_read(bench.service, {"usage.events.v1": 1}))
        again = (await bench.staff.post("/v1/heartbeats", told, id=id_)).json()
        async with snapshot_at(bench.service.pool) as known:
            libraries = await units(known)
    assert again["repeated"]
    assert (again["outcome"]["type"], again["type"]) == ("omatoimi.request.rejected.v1", "urn:omatoimi:problem:no-unit")
    assert libraries == []


async def test_this_months_figures_stand_on_their_topic(settings: Settings) -> None:
    await send(settings, a_town())
    log = await ends(settings)
    consumer = AIOKafkaConsumer(
        settings.topic("analytics.metrics.v1"), bootstrap_servers=settings.kafka, auto_offset_reset="earliest"
    )
    async with running(service(settings), roles={"worker"}) as bench:
        await until(lambda: has_read(bench.service, log))
    async with running(service(settings), roles={"relay", "jobs"}):
        await consumer.start()
        try:
            async with asyncio.timeout(300):
                async for record in consumer:
                    event = read(record.value)
                    assert isinstance(event, FactEvent)
                    assert isinstance(event.data, FigureComputed)
                    assert record.key.decode() == event.data.cell
                    if event.data.cell == "M01/2026-10-01..2026-11-01/unit=vallila":
                        assert event.data.value == 19
                        break
        finally:
            await consumer.stop()
