"""The broker as the chassis sees it: how to reach it, whether it is there, and which cluster it is."""

import asyncio
import logging
import ssl
from collections.abc import Iterable
from typing import Any, TypedDict

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError

from chassis.clock import Backoff
from chassis.settings import Settings

log = logging.getLogger("omatoimi")

WRONG_PASSWORD_TRIES = 3
START_SECONDS = 20.0
"""A client's start takes no longer. A broker that has just come back may answer before it is a member of its own
cluster; a client that was told of no broker, and is cut off then, knows nobody to ask any more: it would wait for ever.
"""


_send = AIOKafkaConnection.send


def _send_or_tell(self: AIOKafkaConnection, *arguments: Any, **named: Any) -> Any:
    """Send, or tell the client that it cannot. On a connection that has just been closed asyncio writes into the void,
    and uvloop raises RuntimeError. The client expects no such error: its task that meets it ends for good, and whoever
    waits for that one waits for ever, for instance its own end (https://github.com/aio-libs/aiokafka/issues/1038). So
    it is told what it can live with."""
    try:
        return _send(self, *arguments, **named)
    except RuntimeError as error:
        self.close(reason=CloseReason.CONNECTION_BROKEN, exc=error)
        raise KafkaConnectionError(f"the connection is closed: {error}") from error


AIOKafkaConnection.send = _send_or_tell


class Fatal(Exception):
    """An error that waiting does not mend: the process ends with this sentence."""


class Security(TypedDict, total=False):
    """How to log in, by the names of the client library."""

    security_protocol: str
    ssl_context: ssl.SSLContext
    sasl_mechanism: str
    sasl_plain_username: str
    sasl_plain_password: str


def security(settings: Settings) -> Security:
    """Tell how to log in: SCRAM over TLS when a user and a CA are set, else
    plaintext."""
    found: Security = {}
    if settings.kafka_ca:
        found |= {"security_protocol": "SSL", "ssl_context": ssl.create_default_context(cafile=str(settings.kafka_ca))}
    if settings.kafka_username and settings.kafka_password:
        found |= {
            "security_protocol": "SASL_SSL" if settings.kafka_ca else "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return found


class _Refusals(logging.Handler):
    """Counts failed logins. The client raises the same error for a wrong password as for a dead broker; only its log
    tells them apart."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        if "authentication" in record.getMessage().lower():
            self.count += 1


async def describe(settings: Settings) -> dict[str, Any]:
    """Return the cluster's description: `cluster_id`, `brokers`. Raises the client's errors."""
    client = AIOKafkaAdminClient(bootstrap_servers=settings.kafka, request_timeout_ms=3000, **security(settings))
    try:
        await client.start()
        description: dict[str, Any] = await client.describe_cluster()
        return description
    finally:
        await client.close()


async def wait_for_broker(settings: Settings, topics: Iterable[str], stop: asyncio.Event) -> None:
    """Wait until the broker answers and has these topics. A wrong password is named after three tries and ends the
    process; a missing topic likewise. Returns early when `stop` is set."""
    refusals, backoff = _Refusals(), Backoff(stop, 0.2)
    client_log = logging.getLogger("aiokafka")
    client_log.addHandler(refusals)
    try:
        while not stop.is_set():
            try:
                missing = sorted(set(map(settings.topic, topics)) - await _topics(settings))
                if not missing:
                    return
                raise Fatal(
                    f"the topic {missing[0]} is not on the broker: create the topics first (`omatoimi up` does)"
                )
            except (KafkaError, OSError) as error:
                if refusals.count >= WRONG_PASSWORD_TRIES:
                    raise Fatal(
                        f"the broker refuses the user {settings.kafka_username!r}: check its password"
                    ) from None
                log.warning("the broker at %s does not answer yet (%s); waiting", settings.kafka, type(error).__name__)
            await backoff.wait()
    finally:
        client_log.removeHandler(refusals)


async def _topics(settings: Settings) -> set[str]:
    client = AIOKafkaAdminClient(bootstrap_servers=settings.kafka, request_timeout_ms=3000, **security(settings))
    try:
        await client.start()
        return set(await client.list_topics())
    finally:
        await client.close()
