"""Send the outbox to Kafka: at least once, and for each subject the first copies in the order of commits.

One active relay a service. A flag marks what is published, never a cursor. While a batch is sent, the one before it
arrives and is marked. A relay whose lock or send failed sends nothing more, stops its producer fully, asks for the lock
again and begins at the first unmarked row.
"""

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from omatoimi_contracts.codec import STRUCTURED, write
from omatoimi_contracts.proof import HEADER, proof, proof_key
from omatoimi_contracts.topics import TOPICS

from chassis.clock import Backoff, pause
from chassis.database import Connection, is_own
from chassis.kafka import START_SECONDS, security
from chassis.pulse import Pulse
from chassis.service import Service
from chassis.telemetry import Telemetry

log = logging.getLogger("omatoimi")

BATCH = 500
"""Rows that are sent before the ones before them are marked: up to twice as many are on their way."""
BATCH_BYTES = 131_072
"""What the client sends to a partition at once: with its own 16 kB it spends half its time on requests of 17 events."""
IDLE_SECONDS = 0.05
PATIENCE = 300.0
"""So many seconds one turn may take before it counts as stuck: a broker that is away holds it up, and a client that has
lost itself does too."""
STOP_SECONDS = 3.0
"""So long a relay that is told to stop waits for a broker that does not answer; what it leaves is sent later."""
LATE_SECONDS = 60.0
"""After so long nothing that a relay before us had on its way can still arrive."""
ROLL_SECONDS = 5.0
"""So long after its compaction lag a partition of documents on which nothing came is written to once more."""
MAX_DOCUMENT = 1_000_000
LOCK = 0x72656C6179
"""The advisory lock of the active relay ("relay"), in the service's own database."""

UNSENT = """
select seq, topic, key, raw_key, value, headers, created_at from chassis.outbox
where published_at is null and seq <> all($2::bigint[]) order by seq limit $1
"""
MARK = "update chassis.outbox set published_at = $2 where seq = any($1::bigint[])"
RECENT = """
select distinct topic, key from chassis.outbox
where value is null and created_at > $1::timestamptz - interval '24 hours' order by topic, key
"""
WAITING = "select count(*) as rows, min(created_at) as oldest from chassis.outbox where published_at is null"
CONTENT_TYPE = ("content-type", STRUCTURED.encode())
# So that the lock of a machine that vanished is free after some 20 s, and not after hours.
KEEPALIVE = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "2"}


@dataclass(frozen=True, slots=True)
class Sent:
    """Rows of the outbox on their way: the client's future of each, and why the one after them could not be sent."""

    seqs: Sequence[int] = ()
    arriving: Sequence[Any] = ()
    error: Exception | None = None


class Relay:
    """The relay of one service; `run` returns when `stop` is set."""

    def __init__(
        self, service: Service, stop: asyncio.Event, telemetry: Telemetry | None = None, pulse: Pulse | None = None
    ) -> None:
        self.service, self.stop = service, stop
        self.telemetry, self.pulse = telemetry or Telemetry(), pulse or Pulse()
        self.active = False
        self._last: dict[tuple[str, int], tuple[str, float]] = {}

    async def run(self) -> None:
        work = asyncio.create_task(self._keep_sending())
        try:
            await self.stop.wait()
            await asyncio.wait({work}, timeout=STOP_SECONDS)
        finally:
            work.cancel()
            await asyncio.wait({work})

    async def _keep_sending(self) -> None:
        backoff = Backoff(self.stop)
        while not self.stop.is_set():
            self._turned()
            try:
                await self._hold()
                backoff.begin_again()
            except Exception as error:
                if not (isinstance(error, (KafkaError, OSError)) or is_own(error)):
                    log.exception("the relay of %s failed", self.service.name)
                else:
                    log.warning("the relay of %s starts over: %s", self.service.name, type(error).__name__)
            await backoff.wait()

    def _turned(self) -> None:
        self.pulse.beat("relay", PATIENCE)

    async def _hold(self) -> None:
        """Hold the lock on a connection of our own, and send as long as both live."""
        settings, name = self.service.settings, self.service.name
        conn = await asyncpg.connect(
            settings.dsn(name),
            timeout=10,
            command_timeout=30,
            # A mark that is lost with the database's machine is a row that is sent once more: no mark waits for a disk.
            server_settings={
                "application_name": f"omatoimi-{name}-relay",
                "synchronous_commit": "off",
                **self.service.installation.session,
                **KEEPALIVE,
            },
        )
        try:
            while not await conn.fetchval("select pg_try_advisory_lock($1)", LOCK):
                self._turned()
                await pause(0.5, self.stop)
                if self.stop.is_set():
                    return
            producer = AIOKafkaProducer(
                bootstrap_servers=settings.kafka,
                enable_idempotence=True,
                acks="all",
                max_request_size=1_048_576,
                max_batch_size=BATCH_BYTES,
                metadata_max_age_ms=settings.metadata_max_age_ms,
                **security(settings),
            )
            try:
                await asyncio.wait_for(producer.start(), START_SECONDS)
                self.active = True
                await self._send_all(conn, producer)
            finally:
                self.active = False
                # Fully, and never a new one beside an old one: an abandoned producer delivers late. Only a process that
                # ends does not wait for a broker that is away.
                await asyncio.wait_for(producer.stop(), STOP_SECONDS if self.stop.is_set() else None)
        finally:
            await conn.close(timeout=5)

    async def _send_all(self, conn: Connection, producer: AIOKafkaProducer) -> None:
        await self._send_recent_documents(conn, producer)
        late: float | None = time.monotonic() + LATE_SECONDS
        sent = Sent()
        while not self.stop.is_set():
            self._turned()
            before, sent = sent, await self.send_next(conn, producer, sent)
            await self._roll_quiet_partitions(producer)
            if not sent.seqs and not before.seqs:
                await pause(IDLE_SECONDS, self.stop)
            if late is not None and time.monotonic() > late:
                late = None
                await self._send_recent_documents(conn, producer)
        await self.mark_arrived(conn, sent)

    async def send_next(self, conn: Connection, producer: AIOKafkaProducer, before: Sent) -> Sent:
        """Send the oldest unmarked rows but those on their way, while these arrive and are marked; after a failure send
        nothing."""
        rows = await conn.fetch(UNSENT, BATCH, before.seqs) if before.error is None else []
        sending = asyncio.create_task(self._send_rows(producer, rows))
        try:
            await self.mark_arrived(conn, before)
        except BaseException:
            sending.cancel()
            await asyncio.wait({sending})
            raise
        return await sending

    async def _send_rows(self, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> Sent:
        arriving: list[Any] = []
        error = None
        try:
            for row in rows:
                arriving.append(await self._send(producer, row))  # noqa: PERF401 - a failure keeps what was sent
        except Exception as failure:
            error = failure
        return Sent([row["seq"] for row in rows], arriving, error)

    async def mark_arrived(self, conn: Connection, sent: Sent) -> None:
        """Wait until rows have arrived, and mark them. Those from the first failed one on stay unmarked, and the
        failure is raised."""
        arrived, error = await _arrived(sent.arriving)
        if arrived:
            await self.mark(conn, sent.seqs[:arrived])
            self.telemetry.relayed(self.service.name, arrived)
        error = error or sent.error
        if error is not None:
            raise error

    async def mark(self, conn: Connection, seqs: Sequence[int]) -> None:
        """Flag rows as published."""
        await conn.execute(MARK, seqs, self.service.clock())

    def _send(self, producer: AIOKafkaProducer, row: asyncpg.Record) -> Any:
        _, topic, key, raw_key, value, told, since = row
        if told is not None:
            headers = [(name, (text or "").encode()) for name, text in json.loads(told)]
            # Dated when it went to the dead letters: sent late, or again, it goes when it would have gone.
            at, name = int(since.timestamp() * 1000), self.service.settings.topic(topic)
            return producer.send(name, value, key=raw_key, headers=headers, timestamp_ms=at)
        if value is None:
            return self._send_document(producer, topic, key)
        headers = [CONTENT_TYPE]
        if topic in self.service.asks:
            proving = proof_key(self.service.settings.channel_key.get_secret_value())
            headers = [CONTENT_TYPE, (HEADER, proof(proving, value, headers))]
        return producer.send(self.service.settings.topic(topic), value, key=key.encode(), headers=headers)

    async def _send_document(self, producer: AIOKafkaProducer, topic: str, key: str, *, again: bool = False) -> Any:
        async with self.service.pool.acquire() as conn:
            event = await self.service.documents[topic](conn, key)
        value = write(event) if event is not None else None
        if value is not None and len(value) > MAX_DOCUMENT:
            log.error("the document %s of %s has %s bytes and cannot be sent", key, topic, len(value))
            sent = asyncio.get_running_loop().create_future()
            sent.set_result(None)
            return sent
        sent = await producer.send(self.service.settings.topic(topic), value, key=key.encode(), headers=[CONTENT_TYPE])
        if not again:
            sent.add_done_callback(lambda arrived: self._note_document(topic, key, arrived))
        return sent

    def _note_document(self, topic: str, key: str, arrived: "asyncio.Future[Any]") -> None:
        if not arrived.cancelled() and arrived.exception() is None:
            self._last[topic, arrived.result().partition] = key, time.monotonic()

    async def _roll_quiet_partitions(self, producer: AIOKafkaProducer) -> None:
        """Send the last document of a partition again when it has been quiet for its compaction lag.

        Kafka compacts closed segments only, and closes one in time only when something is written to it: on a topic
        that stays quiet after a tombstone, the words before it could be read for ever.
        """
        now = time.monotonic()
        for (topic, partition), (key, at) in list(self._last.items()):
            lag = TOPICS[topic].max_compaction_lag_ms
            if lag is not None and now - at < lag / 1000 + ROLL_SECONDS:
                continue
            del self._last[topic, partition]
            if lag is not None:
                await self._send_document(producer, topic, key, again=True)

    async def _send_recent_documents(self, conn: Connection, producer: AIOKafkaProducer) -> None:
        """Send once more every document that changed in the last 24 hours: a late copy of a relay before us must never
        be the last word."""
        rows = await conn.fetch(RECENT, self.service.clock())
        futures = [await self._send_document(producer, row["topic"], row["key"]) for row in rows]
        await asyncio.gather(*futures)

    async def measure(self) -> None:
        """Tell the metrics how much waits to be sent, and for how long."""
        row = await self.service.pool.fetchrow(WAITING)
        assert row is not None
        waits = (self.service.clock() - row["oldest"]).total_seconds() if row["oldest"] else 0
        self.telemetry.unsent.labels(self.service.name).set(row["rows"])
        self.telemetry.oldest.labels(self.service.name).set(max(0, waits))


async def _arrived(arriving: Sequence["asyncio.Future[Any]"]) -> tuple[int, BaseException | None]:
    """Wait for them one after another, since most have arrived already and cost nothing then: how many arrived before
    the first that did not, and why that one did not."""
    for number, one in enumerate(arriving):
        if not one.done():
            await asyncio.wait([one])
        if one.cancelled() or one.exception():
            first, *_ = await asyncio.gather(*arriving[number:], return_exceptions=True)
            return number, first
    return len(arriving), None
