"""A reader applies one topic of one service: it stands where PostgreSQL says, and moves with the effects.

Errors of the database are waited out; a record's own fault puts that record, and no other, aside.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, Any

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import (
    ConsumerStoppedError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    UnsupportedCodecError,
)
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import KafkaAckableMessage
from faststream.middlewares import AckPolicy

from chassis.act import Fence
from chassis.batch import Applied, apply_batch, put_aside
from chassis.database import Connection, is_own, took_too_long
from chassis.kafka import pause
from chassis.offsets import Fenced, LogChanged, Offsets
from chassis.records import Letter, Record, takes_requests
from chassis.telemetry import Telemetry

if TYPE_CHECKING:
    from chassis.service import Service

log = logging.getLogger("omatoimi")

REQUEST_TRANSACTION = 20
"""Records a transaction on request topics: people wait beside the batch."""
EVENT_TRANSACTION = 500
IN_A_ROW = 100
"""So many records of another service, one after another, that cannot be applied stop that subscriber."""
SLOW_TRIES = 3
POSITION_SECONDS = 30.0
HINT_SECONDS = 2.0


class Reader:
    """Applies one topic of one service."""

    def __init__(self, service: "Service", topic: str, stop: asyncio.Event, telemetry: Telemetry) -> None:
        self.service, self.topic, self.stop, self.telemetry = service, topic, stop, telemetry
        self.offsets = Offsets(service, topic, telemetry)
        self.cursor: dict[TopicPartition, int] = {}
        self.in_hand: set[TopicPartition] = set()
        self.size = REQUEST_TRANSACTION if takes_requests(topic) else EVENT_TRANSACTION
        self.joined = False
        self.fault: str | None = None
        self.failed_in_a_row = 0
        self.turned_at: float | None = None
        self.subscriber: Any = None

    # -- where we stand --------------------------------------------------------------------------------------------

    def subscribe(self, broker: KafkaBroker) -> None:
        """Declare the subscriber with FastStream: a parser and decoder that look at nothing, and no acknowledgement."""
        settings = self.service.settings
        group = f"{settings.topic_prefix}{self.service.name}.{self.topic}"

        async def parser(records: Any) -> KafkaAckableMessage:
            return KafkaAckableMessage(
                body=b"", headers={}, batch_headers=[], reply_to="", content_type=None, message_id="",
                correlation_id="-", raw_message=records, path={}, consumer=self.subscriber.consumer,
            )  # fmt: skip

        async def decoder(message: KafkaMessage) -> Any:
            return message.raw_message

        self.subscriber = broker.subscriber(
            settings.topic(self.topic),
            group_id=group,
            group_instance_id=f"{group}.{settings.member}",
            # Where to stand is told by PostgreSQL; a place that is gone is an error and never silently another place.
            auto_offset_reset="none",
            isolation_level="read_committed",
            batch=True,
            batch_timeout_ms=50,
            max_records=settings.poll_records,
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=min(3000, settings.session_timeout_ms // 3),
            max_poll_interval_ms=300_000,
            ack_policy=AckPolicy.MANUAL,
            listener=Listener(self),
            parser=parser,
            decoder=decoder,
        )
        # With `apply_types=False` a handler is given what the decoder returns.
        self.subscriber(self.handle)
        self._position_before_each_fetch()

    def _position_before_each_fetch(self) -> None:
        """Position partitions in the polling task itself, before each fetch (docs/adr/0005): a batch that was fetched
        before a seek can then never be taken for one fetched after it. From the first fetch on: FastStream polls while
        the service's other readers still start, and would sleep for 5 s over a partition without a place."""
        get_msg = self.subscriber.get_msg

        async def fetch(consumer: Any) -> Any:
            self.turned_at = self.turned_at or time.monotonic()
            self._fall_back(self.in_hand)
            self.in_hand = set()
            await self.position()
            try:
                fetched = await get_msg(consumer)
            except ConsumerStoppedError:
                raise
            except NoOffsetForPartitionError:
                return ()
            except Exception as error:
                await self._could_not_fetch(error)
                return ()
            self.turned_at = time.monotonic()
            self.in_hand = {TopicPartition(record.topic, record.partition) for record in fetched}
            return fetched

        self.subscriber.get_msg = fetch

    async def _could_not_fetch(self, error: Exception) -> None:
        """What was taken from the client's buffers before it raised is lost to us, so every partition falls back."""
        if isinstance(error, UnicodeDecodeError):
            await self._step_over(error)
        elif isinstance(error, UnsupportedCodecError):
            self._give_up(f"{self.topic} holds records in a compression that cannot be read here: install cramjam")
        elif not isinstance(error, OffsetOutOfRangeError):
            log.warning("%s cannot fetch %s: %s %s", self.service.name, self.topic, type(error).__name__, error)
            await pause(1, self.stop)
        self._fall_back(self.cursor)

    async def _step_over(self, error: UnicodeDecodeError) -> None:
        """The client library cannot read a record whose header has a name that is no UTF-8, nor what it fetched with
        it. Come to it record by record, and put it aside with what is known of it: its place."""
        if self.subscriber.max_records > 1:
            self.subscriber.max_records = 1
            return
        self.subscriber.max_records = self.service.settings.poll_records
        for partition, place in list(self.cursor.items()):
            if await self.offsets.unreadable(partition, place):
                record = Record(self.topic, partition.partition, place, 0, None, None, ())
                await self._put_aside(partition, record, error)

    @property
    def pending(self) -> set[TopicPartition]:
        consumer = self.subscriber.consumer if self.subscriber else None
        return set(consumer.assignment()) - set(self.cursor) if consumer else set()

    @property
    def ready(self) -> bool:
        """In its group, with all assigned partitions positioned, and not stopped by a fault."""
        return self.joined and not self.pending and self.fault is None

    async def position(self) -> None:
        """Move newly assigned partitions to where PostgreSQL says; what cannot be positioned yet stays paused."""
        pending = self.pending
        if not pending or self.fault:
            return
        try:
            places = await asyncio.wait_for(self.offsets.places(self.subscriber.consumer, pending), POSITION_SECONDS)
        except LogChanged as changed:
            self._give_up(str(changed))
            return
        except Exception as error:
            log.warning("%s cannot position %s yet: %s %s", self.service.name, self.topic, type(error).__name__, error)
            await pause(0.5, self.stop)
            return
        consumer = self.subscriber.consumer
        for partition, place in places.items():
            if partition in consumer.assignment():
                consumer.seek(partition, place)
                consumer.resume(partition)
                self.cursor[partition] = place

    def forget(self, partitions: Sequence[TopicPartition]) -> None:
        """These are no longer ours, or ours anew."""
        for partition in partitions:
            self.cursor.pop(partition, None)

    def _fall_back(self, partitions: Iterable[TopicPartition]) -> None:
        """Forget where we stand: before the next fetch these are positioned from the store again."""
        consumer = self.subscriber.consumer
        for partition in list(partitions):
            self.cursor.pop(partition, None)
            if consumer is not None and partition in consumer.assignment():
                consumer.pause(partition)

    def _give_up(self, fault: str) -> None:
        self.fault = fault
        log.error("%s", fault)

    # -- applying --------------------------------------------------------------------------------------------------

    async def handle(self, fetched: Sequence["ConsumerRecord[bytes, bytes]"]) -> None:
        """Apply what was fetched. FastStream swallows what is raised here; a partition that was not applied to its end
        stays in hand, and before the next fetch it falls back to the store."""
        try:
            for partition, group in groupby(fetched, lambda r: TopicPartition(r.topic, r.partition)):
                if await self._apply_all(partition, group):
                    self.in_hand.discard(partition)
            await self._hint()
        except Exception:
            log.exception("%s could not apply a batch of %s; it is fetched again", self.service.name, self.topic)
            await pause(1, self.stop)

    async def _apply_all(self, partition: TopicPartition, group: "Iterator[ConsumerRecord[bytes, bytes]]") -> bool:
        place = self.cursor.get(partition)
        if place is None:
            return False
        records = [
            Record(self.topic, r.partition, r.offset, r.timestamp, r.key, r.value, tuple(r.headers or ()))
            for r in group
            if r.offset >= place
        ]
        for batch in self._batches(records):
            if not await self._apply_until_done(partition, batch):
                return False
        return True

    def _batches(self, records: Sequence[Record]) -> Iterator[list[Record]]:
        """Cut records into transactions; tombstones never share one with documents."""
        tombstones = self.topic in self.service.handlers.tombstones
        for _, group in groupby(records, lambda r: tombstones and r.value is None):
            run = list(group)
            for at in range(0, len(run), self.size):
                yield run[at : at + self.size]

    async def _apply_until_done(self, partition: TopicPartition, records: Sequence[Record]) -> bool:
        """Apply a batch, however long the database is away. False when it is no longer ours to apply."""
        slow = 0

        async def apply(fence: Fence) -> Applied:
            return await apply_batch(self.service, records, fence)

        while True:
            try:
                done = await self._move(partition, records, apply)
            except Exception as error:
                if len(records) > 1:
                    return await self._one_by_one(partition, records)
                slow += 1
                if took_too_long(error) and slow < SLOW_TRIES:
                    continue
                return await self._put_aside(partition, records[0], error)
            if done:
                self.failed_in_a_row = 0
            return done

    async def _one_by_one(self, partition: TopicPartition, records: Sequence[Record]) -> bool:
        """Find the culprit: each record in a transaction of its own, so that only that one is put aside."""
        for record in records:
            if not await self._apply_until_done(partition, [record]):
                return False
        return True

    async def _put_aside(self, partition: TopicPartition, record: Record, error: Exception) -> bool:
        if not takes_requests(self.topic):
            self.failed_in_a_row += 1
            if self.failed_in_a_row >= IN_A_ROW:
                self._give_up(
                    f"{self.service.name} could not apply {IN_A_ROW} records of {self.topic} in a row, the last for"
                    f" {type(error).__name__}: {error}. Mend the handler and start again; nothing was skipped since."
                )
                return False
        log.error(
            "a record of %s is put aside", self.topic, exc_info=error, extra={"fields": {"offset": record.offset}}
        )
        letter = Letter(record, f"{type(error).__name__}: {error}"[:500])

        async def apply(fence: Fence) -> Applied:
            return await put_aside(self.service, letter, fence)

        return await self._move(partition, [record], apply)

    async def _move(self, partition: TopicPartition, records: Sequence[Record], apply: Callable[[Fence], Any]) -> bool:
        """Move past records in one transaction with what `apply` does; errors of the database are waited out, others
        raised. False when the partition is no longer ours, somebody else has moved, or we are to stop."""
        delay = 0.1
        while not self.stop.is_set() and self.fault is None and partition in self.cursor:
            place, began = self.cursor[partition], time.monotonic()

            async def fence(conn: Connection, place: int = place) -> None:
                await self.offsets.move(conn, partition, place, records[-1])

            try:
                applied: Applied = await apply(fence)
            except Fenced:
                self.telemetry.fenced.labels(self.service.name, self.topic).inc()
                return False
            except Exception as error:
                if not is_own(error):
                    raise
                log.warning("%s waits for its database: %s", self.service.name, type(error).__name__)
                self.turned_at = time.monotonic()
                await pause(delay, self.stop)
                delay = min(delay * 2, 5)
                continue
            # Taken from us and given back meanwhile, it is positioned from the store first.
            if partition in self.cursor:
                self.cursor[partition] = records[-1].offset + 1
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

    async def _hint(self) -> None:
        """Tell Kafka how far we are: a hint for lag tools, nothing depends on it."""
        consumer = self.subscriber.consumer
        places = {p: at for p, at in self.cursor.items() if consumer and p in consumer.assignment()}
        if places:
            with suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(consumer.commit(places), HINT_SECONDS)


class Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Only pauses and returns: aiokafka starts the heartbeat after it, and ignores it when it raises."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    async def on_partitions_revoked(self, revoked: Any) -> None:
        self.reader.forget(list(revoked))

    async def on_partitions_assigned(self, assigned: Any) -> None:
        self.reader.forget(list(assigned))
        if assigned:
            self.reader.subscriber.consumer.pause(*assigned)
        self.reader.joined = True
