"""Put a reader where PostgreSQL says that it stands in its topic, and fall back to that, whatever goes wrong on the
way."""

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import ConsumerStoppedError, KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import KafkaAckableMessage
from faststream.middlewares import AckPolicy

from chassis.clock import pause
from chassis.database import OF_DATABASE
from chassis.offsets import LogChanged, Offsets, read_up_to
from chassis.pulse import Pulse
from chassis.read_ahead import ReadAhead
from chassis.record import Record
from chassis.record_batches import UnreadableBatch
from chassis.service import Service
from chassis.stalled import Stalled
from chassis.telemetry import Telemetry

log = logging.getLogger("omatoimi")

POSITION_SECONDS = 30.0
PLACE_TRIES = 3
"""So many times in vain, and it is told as a fault."""
HINT_EVERY = 1.0
HINT_SECONDS = 2.0
LOOK_EVERY = 3.0
"""How soon a reader notices that its topic is to be read anew."""
FETCH_BYTES = 2_000_000
"""What a poll's records of one partition come to, so that a log in arrears is read in whole transactions."""
LOG_FETCH_BYTES = 4_000_000
LOG_POLLS = 5
"""So many polls in one, for a handler of whole logs: it works on sets, and nobody waits for it."""


class Positions(ABC):
    """The positions of one topic of one service. `cursor` is where it stands in each partition that is its own."""

    def __init__(self, service: Service, topic: str, stop: asyncio.Event, telemetry: Telemetry, pulse: Pulse) -> None:
        self.service, self.topic, self.stop, self.telemetry, self.pulse = service, topic, stop, telemetry, pulse
        self.offsets = Offsets(service, topic, telemetry)
        self.cursor: dict[TopicPartition, int] = {}
        self.in_progress: set[TopicPartition] = set()
        self.moved = False
        self.hinted_at = self.looked_at = time.monotonic()
        self.hinting = asyncio.Lock()
        self.joined = False
        self.lost = asyncio.Event()
        self.ahead = ReadAhead(service.handlers.log_read) if topic in service.handlers.log_topics else None
        self.fetching: asyncio.Task[list[Record]] | None = None
        self.fault: str | None = None
        self.stalled = Stalled(service.name, topic)
        self.unplaced = 0
        self.subscriber: Any = None

    def turned(self) -> None:
        """Tell that its loop turns."""
        self.pulse.beat(f"reader of {self.topic}")

    @abstractmethod
    async def handle(self, records: Sequence[Record]) -> None:
        """Apply what was fetched; a partition that was applied to its end is taken out of `in_progress`."""

    def subscribe(self, broker: KafkaBroker) -> None:
        """Declare the subscriber with FastStream: a parser and decoder that look at nothing, and no acknowledgement."""
        self.joined = False
        self.lost.clear()
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
            max_records=self._at_most,
            max_partition_fetch_bytes=LOG_FETCH_BYTES if self.ahead else FETCH_BYTES,
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
        if self.fetching is not None:
            self.fetching.cancel()  # by the consumer before this one
            self.fetching = None
        self._position_before_each_fetch()

    def _position_before_each_fetch(self) -> None:
        """Position partitions in the polling task itself, before each fetch (docs/adr/0005): a batch that was fetched
        before a seek can then never be taken for one fetched after it. From the first fetch on: FastStream polls while
        the service's other readers still start, and would sleep for 5 s over a partition without a place. A whole log
        in arrears is fetched ahead (docs/adr/0009)."""
        get_msg = self.subscriber.get_msg

        async def read(consumer: Any) -> list[Record]:
            records = [record(self.topic, one) for one in await get_msg(consumer)]
            if self.ahead:
                self.ahead.add(records)
            return records

        async def fetch(consumer: Any) -> Any:
            if self.stop.is_set():
                # FastStream would fetch for ever from a client that ended badly, where no pause holds it up any more.
                raise ConsumerStoppedError
            self.turned()
            self._fall_back(self.in_progress)
            self.in_progress = set()
            await self._look_whether_set_back()
            await self.stalled.look(consumer, self.cursor)
            if self.pending:
                await self._forget_fetched()
            await self.position()
            await self._hint()
            try:
                fetching, self.fetching = self.fetching or read(consumer), None
                records = await fetching
            except ConsumerStoppedError:
                raise
            except NoOffsetForPartitionError:
                return ()
            except Exception as error:
                await self._could_not_fetch(error)
                return ()
            self.turned()
            numbers = {record.partition for record in records}
            self.in_progress = {TopicPartition(self.service.settings.topic(self.topic), number) for number in numbers}
            # A whole log that is in arrears; of one that is not, what comes next would come in crumbs.
            if self.ahead and len(records) == self._at_most:
                self.fetching = asyncio.create_task(read(consumer))
                self.fetching.add_done_callback(lambda task: task.cancelled() or task.exception())
            return records

        self.subscriber.get_msg = fetch

    async def _hint(self) -> None:
        """Tell Kafka how far we have moved, at most once a second: a hint for lag tools, nothing depends on it. One
        that failed is not tried again: in a rebalance each try would begin another."""
        if not self.moved or time.monotonic() - self.hinted_at < HINT_EVERY:
            return
        self.moved, self.hinted_at = False, time.monotonic()
        consumer = self.subscriber.consumer
        offsets = {p: at for p, at in self.cursor.items() if consumer and p in consumer.assignment()}
        if offsets:
            async with self.hinting:
                with suppress(Exception):
                    await asyncio.wait_for(consumer.commit(offsets), HINT_SECONDS)

    async def _look_whether_set_back(self) -> None:
        """Notice that the topic is to be read anew: a reader with nothing to apply would meet no fence."""
        if time.monotonic() - self.looked_at < LOOK_EVERY:
            return
        self.looked_at = time.monotonic()
        with suppress(*OF_DATABASE):
            async with self.service.pool.acquire() as conn:
                stored = await read_up_to(conn, self.topic)
            self._fall_back([p for p, at in self.cursor.items() if stored.get(p.partition) != at])

    async def _forget_fetched(self) -> None:
        """Forget what was fetched before a partition is sought: it counts for nothing, and its partitions are fetched
        anew."""
        if self.fetching is not None:
            self.fetching.cancel()
            await asyncio.wait([self.fetching])
            self.fetching = None
            self._fall_back(self.cursor)
        if self.ahead:
            self.ahead.forget()

    async def _could_not_fetch(self, error: Exception) -> None:
        """Let every partition fall back: what was taken from the client's buffers before it raised is lost to us."""
        if not isinstance(error, OffsetOutOfRangeError):
            log.warning("%s cannot fetch %s: %s %s", self.service.name, self.topic, type(error).__name__, error)
            if type(error) is KafkaError:
                # This class and none of its children: the client has met what it did not expect, and is of no more use.
                self.lost.set()
            await pause(1, self.stop)
        self._fall_back(self.cursor)

    @property
    def _at_most(self) -> int:
        """Records of a fetch."""
        return self.service.settings.poll_records * (LOG_POLLS if self.ahead else 1)

    @property
    def pending(self) -> set[TopicPartition]:
        consumer = self.subscriber.consumer if self.subscriber else None
        return set(consumer.assignment()) - set(self.cursor) if consumer else set()

    @property
    def ready(self) -> bool:
        """In its group, with all assigned partitions positioned, and not stopped by a fault."""
        return self.joined and not self.pending and self.fault is None

    def faults(self) -> list[str]:
        """Tell why it does not go on, one sentence each."""
        told = [self.fault] if self.fault else list(self.stalled.sentences.values())
        if self.unplaced >= PLACE_TRIES:
            told.append(
                f"{self.service.name} cannot stand in {self.topic} where it left off, tried {self.unplaced} times: see"
                " the broker's log and disk. It is tried again and again, nothing is skipped."
            )
        return told

    async def position(self) -> None:
        """Move newly assigned partitions to where PostgreSQL says; what cannot be positioned yet stays paused."""
        pending = self.pending
        if not pending or self.fault:
            return
        try:
            offsets = await asyncio.wait_for(
                self.offsets.starting_offsets(self.subscriber.consumer, pending), POSITION_SECONDS
            )
        except LogChanged as changed:
            self.give_up(str(changed))
            return
        except Exception as error:
            self.unplaced += 1
            log.warning("%s cannot position %s yet: %s %s", self.service.name, self.topic, type(error).__name__, error)
            await pause(0.5, self.stop)
            return
        self.unplaced = 0
        consumer = self.subscriber.consumer
        for partition, offset in offsets.items():
            if partition in consumer.assignment():
                consumer.seek(partition, offset)
                consumer.resume(partition)
                self.cursor[partition] = offset

    def forget(self, partitions: Sequence[TopicPartition]) -> None:
        """Forget these, which are no longer ours, or ours anew."""
        for partition in partitions:
            self.cursor.pop(partition, None)

    def _fall_back(self, partitions: Iterable[TopicPartition]) -> None:
        """Forget where we stand: before the next fetch these are positioned from the store again."""
        consumer = self.subscriber.consumer
        for partition in list(partitions):
            self.cursor.pop(partition, None)
            if consumer is not None and partition in consumer.assignment():
                consumer.pause(partition)

    def give_up(self, fault: str) -> None:
        """Stop for good; readiness turns red with this sentence."""
        self.fault = fault
        log.error("%s", fault)


def record(topic: str, one: ConsumerRecord[bytes, bytes]) -> Record:
    """Return a record as the readers take it."""
    fault = one.fault if isinstance(one, UnreadableBatch) else None
    return Record(topic, one.partition, one.offset, one.timestamp, one.key, one.value, tuple(one.headers or ()), fault)


class Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Only pauses and returns: aiokafka starts the heartbeat after it, and ignores it when it raises."""

    def __init__(self, positions: Positions) -> None:
        self.positions = positions

    async def on_partitions_revoked(self, revoked: Any) -> None:
        self.positions.forget(list(revoked))

    async def on_partitions_assigned(self, assigned: Any) -> None:
        self.positions.forget(list(assigned))
        if assigned:
            self.positions.subscriber.consumer.pause(*assigned)
        self.positions.joined = True
