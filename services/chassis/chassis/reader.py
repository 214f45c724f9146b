"""Apply one topic of one service; the offset moves with the effects.

Errors of the database are waited out; a record's own fault sends that record, and no other, to the dead letters.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from aiokafka import TopicPartition

from chassis.act import Fence
from chassis.batch import Applied, TooHeavy, apply_batch, apply_log, dead_letter
from chassis.clock import Backoff, pause
from chassis.database import Connection, is_own, took_too_long
from chassis.offsets import Fenced
from chassis.positions import Positions
from chassis.pulse import Pulse
from chassis.record import DeadLetter, Record, Why
from chassis.records import takes_requests
from chassis.registry import BUDGET
from chassis.service import Service
from chassis.telemetry import Telemetry

log = logging.getLogger("omatoimi")

EVENT_TRANSACTION = 1000
"""Weight a transaction on event topics; on request topics, where people wait beside the batch, it is `BUDGET`."""
LOG_TRANSACTION = 5000
"""Records a transaction for a handler of whole logs, which works on sets: nobody waits, and a commit is dear."""
IN_A_ROW = 100
"""So many records of another service, one after another, that cannot be applied stop that subscriber."""
SLOW_TRIES = 3


class Reader(Positions):
    """Applies one topic of one service."""

    def __init__(self, service: Service, topic: str, stop: asyncio.Event, telemetry: Telemetry, pulse: Pulse) -> None:
        super().__init__(service, topic, stop, telemetry, pulse)
        self.size = _transaction(service, topic)
        self.failed_in_a_row = 0

    async def handle(self, records: Sequence[Record]) -> None:
        """Apply what was fetched. FastStream swallows what is raised here; a partition that was not applied to its end
        stays in hand, and before the next fetch it falls back to the store."""
        try:
            for number, group in groupby(records, lambda r: r.partition):
                partition = TopicPartition(self.service.settings.topic(self.topic), number)
                if await self._apply_all(partition, group):
                    self.in_progress.discard(partition)
        except Exception:
            log.exception("%s could not apply a batch of %s; it is fetched again", self.service.name, self.topic)
            await pause(1, self.stop)

    async def _apply_all(self, partition: TopicPartition, group: Iterator[Record]) -> bool:
        offset = self.cursor.get(partition)
        if offset is None:
            return False
        for batch in self._batches([r for r in group if r.offset >= offset]):
            if not await self._apply_until_done(partition, batch):
                return False
        return True

    def _batches(self, records: Sequence[Record]) -> Iterator[list[Record]]:
        """Cut records into transactions; tombstones never share one with documents."""
        runs = [list(records)]
        if self.topic in self.service.handlers.tombstones:
            runs = [list(group) for _, group in groupby(records, lambda r: r.value is None)]
        for run in runs:
            for at in range(0, len(run), self.size):
                yield run[at : at + self.size]

    async def _apply_until_done(self, partition: TopicPartition, records: Sequence[Record]) -> bool:
        """Apply a batch, however long the database is away. False when it is no longer ours to apply."""
        slow = 0

        async def apply(fence: Fence) -> Applied:
            if self.ahead:
                return await apply_log(self.service, await self.ahead.take(records), fence)
            return await apply_batch(self.service, records, fence, self.size)

        while True:
            try:
                done = await self._move(partition, records, apply)
            except TooHeavy as batch:
                return await self._in_parts(partition, batch.parts)
            except Exception as error:
                if len(records) > 1:
                    # Find the culprit: each in a transaction of its own, so that only that one goes to the dead
                    # letters.
                    return await self._in_parts(partition, [[record] for record in records])
                slow += 1
                if took_too_long(error) and slow < SLOW_TRIES:
                    continue
                return await self.dead_letter(partition, records[0], error)
            if done:
                self.failed_in_a_row = 0
            return done

    async def _in_parts(self, partition: TopicPartition, parts: Sequence[Sequence[Record]]) -> bool:
        for part in parts:
            if not await self._apply_until_done(partition, part):
                return False
        return True

    async def dead_letter(self, partition: TopicPartition, record: Record, error: Exception) -> bool:
        if not takes_requests(self.topic):
            self.failed_in_a_row += 1
            if self.failed_in_a_row >= IN_A_ROW:
                self.give_up(
                    f"{self.service.name} could not apply {IN_A_ROW} records of {self.topic} in a row, the last for"
                    f" {type(error).__name__}: {error}. Mend the handler and start again; nothing was skipped since."
                )
                return False
        log.error(
            "a record of %s goes to the dead letters",
            self.topic,
            exc_info=error,
            extra={"fields": {"offset": record.offset}},
        )
        letter = DeadLetter(record, Why.FAILED, f"{type(error).__name__}: {error}"[:500])

        async def apply(fence: Fence) -> Applied:
            return await dead_letter(self.service, letter, fence)

        return await self._move(partition, [record], apply)

    async def _move(self, partition: TopicPartition, records: Sequence[Record], apply: Callable[[Fence], Any]) -> bool:
        """Move past records in one transaction with what `apply` does; errors of the database are waited out, others
        raised. False when the partition is no longer ours, somebody else has moved, or we are to stop."""
        backoff = Backoff(self.stop)
        while not self.stop.is_set() and self.fault is None and partition in self.cursor:
            offset, began = self.cursor[partition], time.monotonic()

            async def fence(conn: Connection, offset: int = offset) -> None:
                await self.offsets.move(conn, partition, offset, records[-1])

            try:
                applied: Applied = await apply(fence)
            except Fenced:
                self.telemetry.fenced.labels(self.service.name, self.topic).inc()
                return False
            except Exception as error:
                if not is_own(error):
                    raise
                log.warning("%s waits for its database: %s", self.service.name, type(error).__name__)
                self.turned()
                await backoff.wait()
                continue
            # Taken from us and given back meanwhile, it is positioned from the store first.
            if partition in self.cursor:
                self.cursor[partition] = records[-1].offset + 1
            self.moved = True
            self.turned()
            self._tell(partition, records, applied, time.monotonic() - began)
            return True
        return False

    def _tell(self, partition: TopicPartition, records: Sequence[Record], applied: Applied, seconds: float) -> None:
        name, topic = self.service.name, self.topic
        self.telemetry.batch(
            name, topic, applied=len(records), doubled=applied.doubled, dead=applied.dead, seconds=seconds
        )
        consumer = self.subscriber.consumer
        highest = consumer.highwater(partition) if consumer and partition in consumer.assignment() else None
        if highest is not None:
            self.telemetry.lag.labels(name, topic).set(max(0, highest - self.cursor.get(partition, highest)))
        fields = {
            "service": name, "topic": topic, "partition": partition.partition,
            "from": records[0].offset, "to": records[-1].offset, "doubled": applied.doubled, "dead": applied.dead,
            "ms": round(seconds * 1000),
        }  # fmt: skip
        log.info("applied", extra={"fields": fields})


def _transaction(service: Service, topic: str) -> int:
    if topic in service.handlers.log_topics:
        return LOG_TRANSACTION
    return BUDGET if takes_requests(topic) else EVENT_TRANSACTION
