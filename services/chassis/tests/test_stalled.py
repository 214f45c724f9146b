"""A broker whose log is damaged on the disk answers every request for what stands there with an error, for ever."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from chassis import Settings, positions, stalled

from tests.kits.chassis import running
from tests.kits.platform import Servers as Platform

from .kafka_log import write
from .toys import gate
from .waiting import until
from .wire import visit, wire

REQUESTS = "usage.requests.v1"
SIZE_AT = slice(8, 12)
"""Where the first batch of a log tells its size."""


@contextmanager
def damaged(platform: Platform, topic: str) -> Iterator[None]:
    """The size of the first batch on the disk is nought: whatever stands behind it is not found any more."""
    log = Path(platform.node._data) / f"{topic}-0" / f"{0:020d}.log"  # type: ignore[union-attr]
    size = log.read_bytes()[SIZE_AT]

    def put(told: bytes) -> None:
        with log.open("r+b") as file:
            file.seek(SIZE_AT.start)
            file.write(told)

    put(b"\0\0\0\0")
    try:
        yield
    finally:
        put(size)


async def test_a_log_that_the_broker_cannot_read_is_named_and_read_on_when_it_can(
    platform: Platform, topics: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(stalled, "QUIET_SECONDS", 0.3)
    monkeypatch.setattr(stalled, "ASK_SECONDS", 0.1)
    topic = topics.topic(REQUESTS)
    async with running(gate(topics), ("worker",)) as r:
        await write(topics.kafka, topic, [wire(visit("door", 1))])
        count = "select count(*) from gate.visit"
        await until(lambda: r.service.pool.fetchval(f"select ({count}) = 1"), "the first is applied")
        with damaged(platform, topic):
            await write(topics.kafka, topic, [wire(visit("door", 2))])
            (fault,) = await until(r.running.faults, "it is named")
            assert fault.startswith(f"gate is given nothing more of {REQUESTS}, partition 0, from offset 1 on")
            assert fault in [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
            assert await r.service.pool.fetchval(count) == 1
        await until(lambda: r.service.pool.fetchval(f"select ({count}) = 2"), "it goes on")
        await until(lambda: not r.running.faults(), "nothing stands any more")


async def test_a_place_that_the_broker_cannot_read_is_named(
    platform: Platform, topics: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "POSITION_SECONDS", 1.0)
    topic = topics.topic(REQUESTS)
    async with running(gate(topics), ("worker",)) as r:
        await write(topics.kafka, topic, [wire(visit("door", n)) for n in (1, 2)])
        await write(topics.kafka, topic, [wire(visit("door", 3))])
        await until(lambda: r.service.pool.fetchval("select count(*) = 3 from gate.visit"), "all are applied")
    with damaged(platform, topic):
        async with running(gate(topics), ("worker",)) as r:
            told = await until(r.running.faults, "it is named")
            assert told[0].startswith(f"gate cannot stand in {REQUESTS} where it left off")
            assert not r.running.ready
    async with running(gate(topics), ("worker",)) as r:
        await write(topics.kafka, topic, [wire(visit("door", 4))])
        await until(lambda: r.service.pool.fetchval("select count(*) = 4 from gate.visit"), "it goes on")
        assert r.running.faults() == []
