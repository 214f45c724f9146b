"""The topics as any subscriber reads them: from their first record, and whatever comes again."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from omatoimi_contracts.codec import STRUCTURED, read
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.topics import TOPICS

from tests.kits.chassis import proved

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"
"""A record as the client library gives it, key and value as bytes."""


class Log:
    """Every record of the event and document topics so far, by the topic's name in the contract."""

    def __init__(self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, prefix: str) -> None:
        self._consumer, self._producer, self._prefix = consumer, producer, prefix
        self._records: dict[str, list[Record]] = defaultdict(list)
        self._events: dict[str, dict[tuple[str, UUID], FactEvent[Any]]] = defaultdict(dict)
        self._read: Counter[str] = Counter()
        self._copies: set[tuple[str, int, int]] = set()

    @classmethod
    @asynccontextmanager
    async def of(cls, bootstrap: str, prefix: str) -> AsyncIterator["Log"]:
        topics = [t for t in TOPICS.values() if t.name.endswith((".events.v1", ".documents.v1"))]
        # One fetch at a time stands at the broker: what it does not ask for waits until it is answered.
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=20)
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
        async with consumer, producer:
            consumer.assign([TopicPartition(prefix + t.name, p) for t in topics for p in range(t.partitions)])
            yield cls(consumer, producer, prefix)

    async def records(self, topic: str) -> list[Record]:
        """All records of a topic up to its present end, copies among them."""
        partitions = [p for p in self._consumer.assignment() if p.topic == self._prefix + topic]
        ends = await self._consumer.end_offsets(partitions)
        while [p for p in partitions if await self._consumer.position(p) < ends[p]]:
            for partition, found in (await self._consumer.getmany(timeout_ms=100)).items():
                self._records[partition.topic.removeprefix(self._prefix)] += found
        return self._records[topic]

    async def events(self, topic: str) -> list[FactEvent[Any]]:
        """Each event once, where its first copy stands. Every later copy must be its equal."""
        records, first = await self.records(topic), self._events[topic]
        for record in records[self._read[topic] :]:
            event = read(record.value, record.headers)
            assert isinstance(event, FactEvent)
            assert first.setdefault((event.source, event.id), event) == event
        self._read[topic] = len(records)
        return list(first.values())

    async def latest(self, topic: str) -> dict[str, bytes | None]:
        """What compaction leaves of what its owner wrote: the last value of each key, None for a tombstone."""
        own = [record for record in await self.records(topic) if not self._is_copy(topic, record)]
        return {(record.key or b"").decode(): record.value for record in own}

    async def ends(self, topic: str) -> dict[int, int]:
        """The offset after the last record, by partition."""
        # Topics of requests have an end too, though nobody here reads them.
        partitions = [TopicPartition(self._prefix + topic, p) for p in range(TOPICS[topic].partitions)]
        return {p.partition: end for p, end in (await self._consumer.end_offsets(partitions)).items()}

    async def write(self, topic: str, key: str, event: dict[str, Any]) -> None:
        """Write a CloudEvent in structured mode, as a channel does."""
        value = json.dumps(event).encode()
        headers = proved(value, [("content-type", STRUCTURED.encode())])
        await self._producer.send_and_wait(self._prefix + topic, value, key.encode(), headers=headers)

    async def copy(self, topic: str, *, oldest_last: bool = False) -> None:
        """Send what its owner wrote once more, byte for byte, to the partition that it came from: in the same
        order, or the oldest last. Then tombstones are left out: they have no version that would tell their age."""
        records = [r for r in await self.records(topic) if not self._is_copy(topic, r)]
        if oldest_last:
            records = [record for record in reversed(records) if record.value is not None]
        sent = [
            await self._producer.send(r.topic, r.value, r.key, r.partition, headers=list(r.headers)) for r in records
        ]
        self._copies |= {(topic, copy.partition, copy.offset) for copy in await asyncio.gather(*sent)}

    def _is_copy(self, topic: str, record: Record) -> bool:
        return (topic, record.partition, record.offset) in self._copies
