"""A broker whose log is damaged on the disk answers every request for what stands there with an error, for ever."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from chassis import Settings, positions, stalled

from tests.kits.chassis import Harness, running
from tests.kits.platform import Servers as Platform

from .kafka_log import write
from .toys import gate
from .waiting import until
from .wire import visit, wire

REQUESTS = "usage.requests.v1"
SIZE_AT, HEAD = 8, 12
"""Where a batch tells how many bytes of it stand behind its head."""


@contextmanager
def damaged(platform: Platform, topic: str, batch: int) -> Iterator[None]:
    """The size of a batch on the disk is nought: the broker finds neither it nor what stands behind it."""
    log = Path(platform.node._data) / f"{topic}-0" / f"{0:020d}.log"  # type: ignore[union-attr]
    whole, at = log.read_bytes(), 0
    for _ in range(batch):
        at += HEAD + int.from_bytes(whole[at + SIZE_AT : at + HEAD])

    def put(told: bytes) -> None:
        with log.open("r+b") as file:
            file.seek(at + SIZE_AT)
            file.write(told)

    put(b"\0\0\0\0")
    try:
        yield
    finally:
        put(whole[at + SIZE_AT : at + HEAD])


async def applied(r: Harness, number: int) -> None:
    """Wait until so many requests are applied."""
    await until(
        lambda: r.service.pool.fetchval("select count(*) = $1 from gate.visit", number), f"{number} are applied"
    )


async def test_a_log_that_the_broker_cannot_read_is_named_and_read_on_when_it_can(
    platform: Platform, topics: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(stalled, "QUIET_SECONDS", 0.3)
    monkeypatch.setattr(stalled, "ASK_SECONDS", 0.001)  # No broker gives anything out in so short a time.
    topic = topics.topic(REQUESTS)
    async with running(gate(topics), ("worker",)) as r:
        await write(topics.kafka, topic, [wire(visit("door", 1))])
        await applied(r, 1)
    for number in (2, 3):
        await write(topics.kafka, topic, [wire(visit("door", number))])
    with ExitStack() as disk:
        disk.enter_context(damaged(platform, topic, 1))
        async with running(gate(topics), ("worker",)) as r:
            (fault,) = await until(r.running.faults, "it is named")
            assert fault.startswith(f"gate is given nothing more of {REQUESTS}, partition 0, from offset 1 on")
            assert fault in [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
            assert await r.service.pool.fetchval("select count(*) from gate.visit") == 1
            disk.close()
            await applied(r, 3)
            await until(lambda: not r.running.faults(), "nothing stands any more")


async def test_a_place_that_the_broker_cannot_read_is_named(
    platform: Platform, topics: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "POSITION_SECONDS", 1.0)
    topic = topics.topic(REQUESTS)
    async with running(gate(topics), ("worker",)) as r:
        await write(topics.kafka, topic, [wire(visit("door", n)) for n in (1, 2)])
        await write(topics.kafka, topic, [wire(visit("door", 3))])
        await applied(r, 3)
    with damaged(platform, topic, 0):
        async with running(gate(topics), ("worker",)) as r:
            told = await until(r.running.faults, "it is named")
            assert told[0].startswith(f"gate cannot stand in {REQUESTS} where it left off")
            assert not r.running.ready
    async with running(gate(topics), ("worker",)) as r:
        await write(topics.kafka, topic, [wire(visit("door", 4))])
        await applied(r, 4)
        assert r.running.faults() == []
