"""Apply records: one reader, consumer group and offset set a topic, so that no topic waits for another.

FastStream fetches and drains; PostgreSQL holds the offsets; nothing is parsed before it is ours.
"""

import asyncio
import logging

from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLScram512

from chassis.clock import pause
from chassis.kafka import START_SECONDS, Security, security
from chassis.pulse import Pulse
from chassis.reader import Reader
from chassis.record import Record
from chassis.service import Service
from chassis.telemetry import Telemetry

__all__ = ["Record", "Worker"]

log = logging.getLogger("omatoimi")

CLOSE_SECONDS = 15.0
"""The client's end is waited for no longer: it asks a broker that does not answer again and again. Nothing hangs on it,
the places are in PostgreSQL and a static member does not leave its group."""


class Worker:
    """All readers of one service, on one FastStream broker."""

    def __init__(
        self, service: Service, stop: asyncio.Event, telemetry: Telemetry | None = None, pulse: Pulse | None = None
    ) -> None:
        self.service, self.stop = service, stop
        telemetry, pulse = telemetry or Telemetry(), pulse or Pulse()
        self.readers = [Reader(service, topic, stop, telemetry, pulse) for topic in service.handlers.topics()]

    async def run(self) -> None:
        """Read until `stop` is set; then finish the transaction in hand."""
        while not self.stop.is_set():
            broker = self._broker()
            try:
                await asyncio.wait_for(broker.start(), START_SECONDS)
                await _any(self.stop, *(reader.lost for reader in self.readers))
            except (KafkaError, OSError) as error:
                log.warning("the worker of %s starts over: %s", self.service.name, type(error).__name__)
                await pause(0.5, self.stop)
            finally:
                await self._close(broker)

    async def _close(self, broker: KafkaBroker) -> None:
        """Finish what is in hand, and leave a client behind that does not end or cannot."""
        # A client that leaves its group in the middle of a hint calls that an error.
        for reader in self.readers:
            async with reader.hinting:
                pass
        closing = asyncio.gather(broker.stop(), return_exceptions=True)
        await asyncio.wait({closing}, timeout=CLOSE_SECONDS)
        if not closing.done():
            closing.cancel()
            log.warning("the Kafka client of the worker of %s does not end; it is left", self.service.name)
        elif error := closing.result()[0]:
            log.warning("the Kafka client of the worker of %s ended in %r", self.service.name, error)

    def _broker(self) -> KafkaBroker:
        """Make a new one, which fetches for the readers."""
        settings = self.service.settings
        broker = KafkaBroker(
            settings.kafka,
            allow_auto_create_topics=False,
            graceful_timeout=10,
            metadata_max_age_ms=settings.metadata_max_age_ms,
            client_id=f"omatoimi-{self.service.name}",
            apply_types=False,
            logger=None,
            security=_faststream_security(security(settings)),
        )
        for reader in self.readers:
            reader.subscribe(broker)
        return broker

    @property
    def ready(self) -> bool:
        return all(reader.ready for reader in self.readers)

    def faults(self) -> list[str]:
        """Tell why readers do not go on, one sentence each."""
        return [fault for reader in self.readers for fault in reader.faults()]


async def _any(*events: asyncio.Event) -> None:
    """Wait until one of them is set."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()


def _faststream_security(found: Security) -> BaseSecurity | None:
    if not found:
        return None
    context = found.get("ssl_context")
    if "sasl_mechanism" in found:
        return SASLScram512(
            username=found["sasl_plain_username"],
            password=found["sasl_plain_password"],
            use_ssl=context is not None,
            ssl_context=context,
        )
    return BaseSecurity(ssl_context=context, use_ssl=True)
