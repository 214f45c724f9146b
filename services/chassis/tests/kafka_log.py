"""The log as a stranger sees it: topics made for a test, records written by hand, and all that stands in a topic."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.memory_records import MemoryRecords

from tests.kits.chassis import proved

from .waiting import until

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"
"""A record as the client library gives it."""


@asynccontextmanager
async def admin(bootstrap: str, **login: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **login)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def make_topics(
    bootstrap: str, partitions: Mapping[str, int], login: Mapping[str, str] | None = None, **settings: str
) -> None:
    """Make topics, each with so many partitions, and wait until they can be used."""
    async with admin(bootstrap, **(login or {})) as client:
        await client.create_topics([NewTopic(name, n, 1, topic_configs=settings) for name, n in partitions.items()])

        async def led() -> bool:
            found = await client.describe_topics(list(partitions))
            return all(not t["error_code"] and all(p["leader"] >= 0 for p in t["partitions"]) for t in found)

        await until(led, "the topics have leaders")


async def delete_topics(bootstrap: str, *topics: str) -> None:
    async with admin(bootstrap) as client:
        await client.delete_topics(list(topics))

        async def gone() -> bool:
            return not set(topics) & set(await client.list_topics())

        await until(gone, "the topics are gone")


async def delete_before(bootstrap: str, topic: str, partition: int, offset: int) -> None:
    """Remove the records below an offset, as retention does."""
    async with admin(bootstrap) as client:
        await client.delete_records({TopicPartition(topic, partition): RecordsToDelete(before_offset=offset)})


@asynccontextmanager
async def producer(bootstrap: str, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    client = AIOKafkaProducer(bootstrap_servers=bootstrap, **options)
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


async def write(
    bootstrap: str, topic: str, values: Iterable[bytes | None], *, key: bytes = b"k", partition: int = 0
) -> None:
    """Write records in order to one partition, those of a channel with its proof."""
    async with producer(bootstrap) as client:
        for value in values:
            await client.send(topic, value, key=key, headers=proved(value), partition=partition)
        await client.flush()


async def records(bootstrap: str, topic: str) -> list[Record]:
    """All that stands in a topic now and was not aborted, partition by partition."""
    partitions = await _partitions(bootstrap, topic)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
    await consumer.start()
    try:
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        found: dict[TopicPartition, list[Record]] = {p: [] for p in partitions}
        while any([await consumer.position(p) < ends[p] for p in partitions]):
            for partition, got in (await consumer.getmany(timeout_ms=500)).items():
                found[partition] += got
        return [record for partition in partitions for record in found[partition]]
    finally:
        await consumer.stop()


async def producers(bootstrap: str, topic: str) -> list[int]:
    """Of each batch in a topic the id of its producer, by which the broker knows a batch that comes again; -1 where the
    producer is not idempotent."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        await client.set_topics([topic])
        found = []
        for at in await _partitions(bootstrap, topic):
            wanted = FetchRequest(500, 1, 1_000_000, 0, [(topic, [(at.partition, 0, 1_000_000)])])
            answer = await client.send(client.cluster.leader_for_partition(at), wanted)
            batches = MemoryRecords(answer.topics[0][1][0][-1])
            while batches.has_next():
                found.append(batches.next_batch().producer_id)
        return found
    finally:
        await client.close()


async def end(bootstrap: str, topic: str) -> int:
    """The sum of the end offsets of a topic."""
    partitions = await _partitions(bootstrap, topic)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
        return sum(ends.values())
    finally:
        await consumer.stop()


async def _partitions(bootstrap: str, topic: str) -> list[TopicPartition]:
    async with admin(bootstrap) as client:
        (found,) = await client.describe_topics([topic])
        return sorted(TopicPartition(topic, partition["partition"]) for partition in found["partitions"])


def events(found: Sequence[Record]) -> list[dict[str, Any]]:
    """The CloudEvents in structured records, tombstones left out."""
    return [json.loads(record.value) for record in found if record.value is not None]


def first_copies(found: Sequence[Record]) -> list[dict[str, Any]]:
    """The events in their order, each once, where it stands first."""
    first: dict[str, dict[str, Any]] = {}
    for event in events(found):
        first.setdefault(event["id"], event)
    return list(first.values())


def header(record: Record, name: str) -> str:
    found: bytes = dict(record.headers)[name]
    return found.decode()
