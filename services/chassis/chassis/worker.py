"""The worker applies records: one subscriber, group and offset set a topic, so that no topic waits for another.

FastStream fetches and drains; PostgreSQL holds the offsets; nothing is parsed before it is ours. A batch is one
transaction. Errors of the database are waited out; a record's own fault puts that record, and no other, aside.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import KafkaAckableMessage
from faststream.middlewares import AckPolicy
from omatoimi_contracts.codec import Event, Malformed, UnknownType, read
from omatoimi_contracts.event import FactEvent, RequestEvent

from chassis import channels, dead_letters
from chassis.act import Item, Told, apply
from chassis.database import Connection, is_own, took_too_long
from chassis.kafka import pause, security
from chassis.offsets import Fenced, LogChanged, Offsets
from chassis.outbox import write_all
from chassis.telemetry import Telemetry
from chassis.transaction import Asked, Principal, Transaction

if TYPE_CHECKING:
    from chassis.service import Service

log = logging.getLogger("omatoimi")

REQUEST_TRANSACTION = 20
"""Records a transaction on request topics: people wait beside the batch."""
EVENT_TRANSACTION = 500
IN_A_ROW = 100
"""So many records of another service, one after another, that cannot be applied stop that subscriber."""
SLOW_TRIES = 3


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it stands in the log. `topic` is its logical name, `timestamp` milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a chunk of records holds: events to apply with their records, and records to put aside."""

    items: list[Item]
    records: list[Record]
    letters: list[tuple[Record, str, str]]


async def sort(service: "Service", records: Sequence[Record]) -> Sorted:
    """Read records. What is no event of ours is put aside; a type not in the contract is put aside on a request topic
    and passed over on an event topic, where newer writers may add types."""
    found = Sorted([], [], [])
    read_events: list[tuple[Record, Event]] = []
    for record in records:
        try:
            read_events.append((record, read(record.value, record.headers)))
        except UnknownType as fault:
            if _takes_requests(record.topic):
                found.letters.append((record, fault.reason, fault.pointer))
        except Malformed as fault:
            found.letters.append((record, fault.reason, fault.pointer))
    sources = {event.source for _, event in read_events if isinstance(event, RequestEvent)}
    known = {}
    if sources:
        async with service.pool.acquire() as conn:
            known = await channels.by_source(conn, sources)
    for record, event in read_events:
        unfit = _unfit(service, record, event, known)
        if unfit:
            found.letters.append((record, *unfit))
        elif event.type in service.handlers.handlers:
            found.items.append(Asked(event, known[event.source]) if isinstance(event, RequestEvent) else event)
            found.records.append(record)
    return found


def _takes_requests(topic: str) -> bool:
    return topic.endswith(".requests.v1")


def _unfit(service: "Service", record: Record, event: Event, known: dict[str, Principal]) -> tuple[str, str] | None:
    """Why an event may not stand where it stands, with a pointer; None when it may."""
    if isinstance(event, FactEvent):
        return ("a fact has no place on a request topic", "/type") if _takes_requests(record.topic) else None
    if not _takes_requests(record.topic):
        return "a request has no place on an event topic", "/type"
    if event.type not in service.handlers.handlers:
        return f"{event.type} is not taken here", "/type"
    by = known.get(event.source)
    if by is None:
        return f"the source {event.source} is not a registered channel", "/source"
    if not by.may(event.type):
        return f"the channel {by.name} may not ask for {event.type}", "/type"
    return None


class Reader:
    """Applies one topic of one service."""

    def __init__(self, service: "Service", topic: str, stop: asyncio.Event, telemetry: Telemetry) -> None:
        self.service, self.topic, self.stop, self.telemetry = service, topic, stop, telemetry
        self.offsets = Offsets(service, topic)
        self.cursor: dict[TopicPartition, int] = {}
        self.size = REQUEST_TRANSACTION if _takes_requests(topic) else EVENT_TRANSACTION
        self.joined = False
        self.fault: str | None = None
        self.failed_in_a_row = 0
        self.turned_at = time.monotonic()
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
            auto_offset_reset="earliest",
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

    def started(self) -> None:
        """Position partitions in the polling task itself, before each fetch: a batch that was fetched before a seek can
        then never be taken for one fetched after it."""
        consumer = self.subscriber.consumer
        fetch = consumer.getmany

        async def position_then_fetch(*partitions: Any, **options: Any) -> Any:
            self.turned_at = time.monotonic()
            await self.position()
            return await fetch(*partitions, **options)

        consumer.getmany = position_then_fetch

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
            places = await asyncio.wait_for(self.offsets.places(self.subscriber.consumer, pending), 30)
        except LogChanged as changed:
            self.fault = str(changed)
            log.error("%s", self.fault)
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
        for partition in partitions:
            self.cursor.pop(partition, None)

    # -- applying --------------------------------------------------------------------------------------------------

    async def handle(self, fetched: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        """Apply what was fetched. Never raises: a batch that cannot be applied now is fetched again from the store."""
        try:
            await self._handle(fetched)
        except Exception:
            log.exception("%s could not apply a batch of %s; it is fetched again", self.service.name, self.topic)
            for partition in {TopicPartition(r.topic, r.partition) for r in fetched}:
                self._fall_back(partition)
            await pause(1, self.stop)

    async def _handle(self, fetched: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        for partition, group in groupby(fetched, lambda r: TopicPartition(r.topic, r.partition)):
            place = self.cursor.get(partition)
            if place is None:
                continue
            records = [self._record(r) for r in group if r.offset >= place]
            for at in range(0, len(records), self.size):
                if not await self._apply_until_done(partition, records[at : at + self.size]):
                    self._fall_back(partition)
                    break
        await self._hint()

    def _record(self, r: "ConsumerRecord[bytes, bytes]") -> Record:
        return Record(self.topic, r.partition, r.offset, r.timestamp, r.key, r.value, tuple(r.headers or ()))

    def _fall_back(self, partition: TopicPartition) -> None:
        """Forget where we stand on a partition: before the next fetch it is positioned from the store again."""
        self.cursor.pop(partition, None)
        consumer = self.subscriber.consumer
        if consumer is not None and partition in consumer.assignment():
            consumer.pause(partition)

    async def _apply_until_done(self, partition: TopicPartition, records: Sequence[Record]) -> bool:
        """Apply a chunk, however long the database is away. False when it is no longer ours to apply."""
        delay, slow = 0.1, 0
        while not self.stop.is_set() and partition in self.cursor:
            try:
                await self._apply(partition, records)
            except Fenced:
                self.telemetry.fenced.labels(self.service.name, self.topic).inc()
                return False
            except Exception as error:
                if is_own(error):
                    log.warning("%s waits for its database: %s", self.service.name, type(error).__name__)
                    await pause(delay, self.stop)
                    delay = min(delay * 2, 5)
                    continue
                if len(records) > 1:
                    return await self._one_by_one(partition, records)
                slow += 1
                if took_too_long(error) and slow < SLOW_TRIES:
                    continue
                return await self._put_aside(partition, records[0], error)
            else:
                self.failed_in_a_row = 0
                return True
        return False

    async def _one_by_one(self, partition: TopicPartition, records: Sequence[Record]) -> bool:
        """Find the culprit: each record in a transaction of its own, so that only that one is put aside."""
        for record in records:
            if not await self._apply_until_done(partition, [record]):
                return False
        return True

    async def _put_aside(self, partition: TopicPartition, record: Record, error: Exception) -> bool:
        if not _takes_requests(self.topic):
            self.failed_in_a_row += 1
            if self.failed_in_a_row >= IN_A_ROW:
                self.fault = (
                    f"{self.service.name} could not apply {IN_A_ROW} records of {self.topic} in a row, the last for"
                    f" {type(error).__name__}: {error}. Mend the handler and start again; nothing was skipped since."
                )
                log.error("%s", self.fault)
                return False
        log.error(
            "a record of %s is put aside", self.topic, exc_info=error, extra={"fields": {"offset": record.offset}}
        )
        letters = [(record, f"{type(error).__name__}: {error}"[:500], "")]
        return await self._settle(partition, [record], letters)

    async def _settle(
        self, partition: TopicPartition, records: Sequence[Record], letters: Sequence[tuple[Record, str, str]]
    ) -> bool:
        """Move on past records with nothing but dead letters, however long the database is away."""
        delay = 0.1
        while not self.stop.is_set() and partition in self.cursor:
            try:
                await self._transact(partition, records, Sorted([], [], list(letters)))
            except Fenced:
                return False
            except Exception as error:
                if not is_own(error):
                    raise
                await pause(delay, self.stop)
                delay = min(delay * 2, 5)
            else:
                return True
        return False

    async def _apply(self, partition: TopicPartition, records: Sequence[Record]) -> None:
        handlers = self.service.handlers
        if self.topic in handlers.log_topics:
            await self._apply_log(partition, records)
        elif self.topic in handlers.tombstones:
            for forgotten, run in groupby(records, lambda r: r.value is None):
                chunk = list(run)
                if forgotten:
                    await self._forget_documents(partition, chunk)
                else:
                    await self._transact(partition, chunk, await sort(self.service, chunk))
        else:
            await self._transact(partition, records, await sort(self.service, records))

    async def _transact(self, partition: TopicPartition, records: Sequence[Record], found: Sorted) -> None:
        """One transaction: fence, events, dead letters, offset."""
        began = time.monotonic()
        place = self.cursor[partition]

        async def fence(conn: Connection) -> None:
            await self.offsets.move(conn, partition, place, records[-1])

        async def finish(tx: Transaction, told: Sequence[Told]) -> None:
            doubles = [
                (record, "the same id came before with other content", "/id")
                for record, one in zip(found.records, told, strict=True)
                if one.other_content
            ]
            await dead_letters.keep(tx.conn, self.service, [*found.letters, *doubles], tx.now)

        told = await apply(self.service, found.items, fence, finish)
        self.cursor[partition] = records[-1].offset + 1
        self._tell(partition, records, told, len(found.letters), time.monotonic() - began)

    async def _apply_log(self, partition: TopicPartition, records: Sequence[Record]) -> None:
        began = time.monotonic()
        async with self.service.pool.acquire() as conn, conn.transaction():
            tx = Transaction(conn, self.service.clock())
            await self.offsets.move(conn, partition, self.cursor[partition], records[-1])
            assert self.service.handlers.log_handler is not None
            await self.service.handlers.log_handler(list(records), tx)
            await write_all(self.service, tx)
        self.cursor[partition] = records[-1].offset + 1
        self._tell(partition, records, [], 0, time.monotonic() - began)

    async def _forget_documents(self, partition: TopicPartition, records: Sequence[Record]) -> None:
        async with self.service.pool.acquire() as conn, conn.transaction():
            tx = Transaction(conn, self.service.clock())
            await self.offsets.move(conn, partition, self.cursor[partition], records[-1])
            for record in records:
                await self.service.handlers.tombstones[self.topic]((record.key or b"").decode(errors="replace"), tx)
            await write_all(self.service, tx)
        self.cursor[partition] = records[-1].offset + 1

    def _tell(
        self, partition: TopicPartition, records: Sequence[Record], told: Sequence[Told], dead: int, seconds: float
    ) -> None:
        doubled = sum(one.repeated for one in told)
        self.telemetry.batch(
            self.service.name, self.topic, applied=len(records), doubled=doubled, dead=dead, seconds=seconds
        )
        highest = (
            self.subscriber.consumer.highwater(partition) if self.subscriber and self.subscriber.consumer else None
        )
        if highest is not None:
            lag = max(0, highest - self.cursor.get(partition, highest))
            self.telemetry.lag.labels(self.service.name, self.topic).set(lag)
        fields = {
            "service": self.service.name, "topic": self.topic, "partition": partition.partition,
            "from": records[0].offset, "to": records[-1].offset, "doubled": doubled, "dead": dead,
            "ms": round(seconds * 1000),
        }  # fmt: skip
        log.info("applied", extra={"fields": fields})

    async def _hint(self) -> None:
        """Tell Kafka how far we are: a hint for lag tools, nothing depends on it."""
        consumer = self.subscriber.consumer if self.subscriber else None
        if consumer is None or not self.cursor:
            return
        try:
            await consumer.commit({p: at for p, at in self.cursor.items() if p in consumer.assignment()})
        except KafkaError as error:
            log.debug("the hint was not taken: %s", error)


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


class Worker:
    """All readers of one service, on one FastStream broker."""

    def __init__(self, service: "Service", stop: asyncio.Event, telemetry: Telemetry | None = None) -> None:
        self.service, self.stop = service, stop
        telemetry = telemetry or Telemetry()
        self.readers = [Reader(service, topic, stop, telemetry) for topic in service.handlers.topics()]

    async def run(self) -> None:
        """Read until `stop` is set; then finish the transaction in hand."""
        settings = self.service.settings
        broker = KafkaBroker(
            settings.kafka,
            allow_auto_create_topics=False,
            graceful_timeout=15,
            metadata_max_age_ms=settings.metadata_max_age_ms,
            client_id=f"omatoimi-{self.service.name}",
            apply_types=False,
            logger=None,
            **_faststream_security(security(settings)),
        )
        for reader in self.readers:
            reader.subscribe(broker)
        await broker.start()
        try:
            for reader in self.readers:
                reader.started()
            await self.stop.wait()
        finally:
            await broker.stop()

    @property
    def ready(self) -> bool:
        return all(reader.ready for reader in self.readers)

    def faults(self) -> list[str]:
        """Why readers stopped, one sentence each."""
        return [reader.fault for reader in self.readers if reader.fault]


def _faststream_security(found: dict[str, Any]) -> dict[str, Any]:
    if not found:
        return {}
    from faststream.security import BaseSecurity, SASLScram512

    context = found.get("ssl_context")
    if "sasl_mechanism" in found:
        security_ = SASLScram512(
            username=found["sasl_plain_username"],
            password=found["sasl_plain_password"],
            use_ssl=context is not None,
            ssl_context=context,
        )
        return {"security": security_}
    return {"security": BaseSecurity(ssl_context=context, use_ssl=True)}


async def apply_once(service: "Service", record: Record) -> str | None:
    """Apply one record outside the log, for a retry; returns why it cannot be applied, or None."""
    found = await sort(service, [record])
    if found.letters:
        return found.letters[0][1]
    told = await apply(service, found.items)
    return "the same id came before with other content" if any(one.other_content for one in told) else None
