"""Store offsets with the effects, in the same transaction, and check that the log is the one that was read before."""

import hashlib
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis import restored
from chassis.database import Connection
from chassis.kafka import describe, security
from chassis.record import Record
from chassis.service import Service
from chassis.telemetry import Telemetry

log = logging.getLogger("omatoimi")

MOVE = """
update chassis.consumed set next_offset = $4, last_offset = $5, last_digest = $6
where topic = $1 and partition = $2 and next_offset = $3 returning true
"""


async def read_up_to(conn: Connection, topic: str) -> dict[int, int]:
    """Return the next offset that is read of each partition of a topic."""
    rows = await conn.fetch("select partition, next_offset from chassis.consumed where topic = $1", topic)
    return {row["partition"]: row["next_offset"] for row in rows}


class Fenced(Exception):
    """Another member has moved the stored offset: what we hold is stale."""


class LogChanged(Exception):
    """The log is not the one that was read before; the sentence says what to do."""


def digest(key: bytes | None, value: bytes | None, timestamp: int) -> bytes:
    """Return the SHA-256 of a record's bytes: key, value and timestamp, each with its length, so that no two run
    together."""
    found = hashlib.sha256()
    for part in (key, value, str(timestamp).encode()):
        found.update(b"-" if part is None else str(len(part)).encode() + b":" + part)
    return found.digest()


UNREADABLE = digest(None, None, 0)
"""Stands for a record that could not be read: a later version may read it, and it is no other log for that."""


class Offsets:
    """The stored offsets of one topic of one service."""

    def __init__(self, service: Service, topic: str, telemetry: Telemetry) -> None:
        self.service, self.topic, self.telemetry = service, topic, telemetry

    async def move(self, conn: Connection, partition: TopicPartition, offset: int, last: "Record") -> None:
        """Move past `last`, if nobody else has moved since we stood at `place`; else raise `Fenced`."""
        mark = UNREADABLE if last.fault else digest(last.key, last.value, last.timestamp)
        moved = await conn.fetchval(MOVE, self.topic, partition.partition, offset, last.offset + 1, last.offset, mark)
        if not moved:
            raise Fenced(f"{self.topic}/{partition.partition} was moved from {offset} by another member")

    async def starting_offsets(
        self, consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]
    ) -> dict[TopicPartition, int]:
        """Tell where to read on. Raises `LogChanged` when the log is another one than before."""
        partitions = list(partitions)
        cluster: str = (await describe(self.service.settings))["cluster_id"]
        begins = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        hints = {p: await consumer.committed(p) for p in partitions} if self.topic == restored.ERASURES else {}
        rows = await self._rows({p.partition: begins[p] for p in partitions}, cluster)
        if any(hint is not None and hint > rows[p.partition]["next_offset"] for p, hint in hints.items()):
            # Kafka is told after PostgreSQL: what is ahead is of a later database than this one (docs/adr/0028).
            await restored.doubt(self.service)
        unread = {
            p: rows[p.partition]["last_offset"] for p in partitions if rows[p.partition]["last_offset"] is not None
        }
        again = await self._reread({p: at for p, at in unread.items() if begins[p] <= at < ends[p]})
        return {
            p: await self._starting_offset(p, rows[p.partition], cluster, begins[p], ends[p], again.get(p))
            for p in partitions
        }

    async def _rows(self, begins: dict[int, int], cluster: str) -> dict[int, Any]:
        async with self.service.pool.acquire() as conn:
            await conn.execute(
                "insert into chassis.consumed (topic, partition, next_offset, cluster_id)"
                " select $1, p, o, $4 from unnest($2::int[], $3::bigint[]) w(p, o) order by p on conflict do nothing",
                self.topic, list(begins), list(begins.values()), cluster,
            )  # fmt: skip
            rows = await conn.fetch(
                "select * from chassis.consumed where topic = $1 and partition = any($2::int[])",
                self.topic,
                list(begins),
            )
        return {row["partition"]: row for row in rows}

    async def _starting_offset(
        self, partition: TopicPartition, row: Any, cluster: str, begin: int, end: int, again: bytes | None
    ) -> int:
        name, offset = f"{self.topic}/{partition.partition}", int(row["next_offset"])
        what_to_do = (
            "If that is meant, have it read anew with `omatoimi reread`; known events are recognised by their ids."
            " If the broker lost its data, fill it again first with `omatoimi republish`."
        )
        if row["cluster_id"] != cluster:
            raise LogChanged(f"{name} lies on another cluster than the one read before. {what_to_do}")
        if end < offset:
            raise LogChanged(f"{name} ends at {end}, before the stored offset {offset}: it was reset. {what_to_do}")
        if again is not None and row["last_digest"] not in (again, UNREADABLE):
            raise LogChanged(f"{name} holds another record at {row['last_offset']}: it was made anew. {what_to_do}")
        if begin <= offset:
            return offset
        log.error("%s begins at %s, %s records were removed before they were read", name, begin, begin - offset)
        self.telemetry.lost.labels(self.service.name, self.topic).inc(begin - offset)
        async with self.service.pool.acquire() as conn:
            await conn.execute(
                "update chassis.consumed set next_offset = $3 where topic = $1 and partition = $2",
                self.topic, partition.partition, begin,
            )  # fmt: skip
        return begin

    async def _reread(self, offsets: dict[TopicPartition, int]) -> dict[TopicPartition, bytes]:
        """Return the digest of the record at each of these offsets; none where compaction has removed it."""
        if not offsets:
            return {}
        async with self._probe(offsets) as probe:
            first = {partition: await _first(probe, partition, at) for partition, at in offsets.items()}
        return {partition: found[1] for partition, found in first.items() if found and found[0] == offsets[partition]}

    @asynccontextmanager
    async def _probe(self, offsets: dict[TopicPartition, int]) -> AsyncIterator[AIOKafkaConsumer]:
        settings = self.service.settings
        probe = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False, **security(settings))
        await probe.start()
        try:
            probe.assign(list(offsets))
            for partition, at in offsets.items():
                probe.seek(partition, at)
            yield probe
        finally:
            await probe.stop()


async def _first(probe: AIOKafkaConsumer, partition: TopicPartition, at: int) -> tuple[int, bytes] | None:
    """Return offset and digest of the first record from `at` on, which is below the log's end; None when compaction has
    left nothing there."""
    while await probe.position(partition) <= at:
        found = await probe.getmany(partition, timeout_ms=500, max_records=1)
        for record in found.get(partition, ()):
            return record.offset, digest(record.key, record.value, record.timestamp)
    return None
