"""A cluster with TLS, passwords and the access lists that follow from contracts/topics lets each user do its own, and
nothing else."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import booking.main
import pytest
import pytest_asyncio
import trustme
import yaml
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
)
from chassis import Settings
from chassis.kafka import security
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from omatoimi_platform import cluster, topics
from omatoimi_platform.containers import INSIDE, Broker
from pydantic import SecretStr

from tests.kits.chassis import proved, running
from tests.kits.platform import Servers
from tests.waiting import PATIENCE, until

CONTRACTS = {path.stem: yaml.safe_load(path.read_text()) for path in topics.FOLDER.glob("*.yaml")}
PUBLIC = sorted(name for name, contract in CONTRACTS.items() if contract["class"] == "public")
PERSONAL = sorted(set(CONTRACTS) - set(PUBLIC))
USERS = cluster.users(channels=["kiosk"], city=["parking"])
PASSWORDS = {user.name: f"password-of-{user.name}" for user in USERS}

REFUSED = (TopicAuthorizationFailedError, GroupAuthorizationFailedError, ClusterAuthorizationFailedError)
"""A topic or a group that is not theirs; to produce at all, of one who may write no topic."""

SETTINGS = {
    # The administrator comes over the listener that can be reached within the container alone.
    "listener.security.protocol.map": "CLIENTS:SASL_SSL,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "sasl.enabled.mechanisms": "SCRAM-SHA-512",
    "listener.name.clients.scram-sha-512.sasl.jaas.config": (
        "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    ),
    "listener.name.clients.ssl.keystore.type": "PEM",
    "listener.name.clients.ssl.keystore.location": "/etc/kafka/secrets/server.pem",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
    "allow.everyone.if.no.acl.found": "false",
}


class Guarded(Broker):
    """A broker that lets nobody in from outside without TLS and a password."""

    def __init__(self, authority: trustme.CA) -> None:
        super().__init__(SETTINGS)
        server = authority.issue_cert("127.0.0.1")
        chain = b"".join(blob.bytes() for blob in server.cert_chain_pems)
        self.container.with_copy_into_container(_pkcs8(server) + chain, "/etc/kafka/secrets/server.pem")

    async def serves(self) -> bool:
        return "Kafka Server started" in (await asyncio.to_thread(self.container.get_logs))[0].decode()

    async def at(self, tool: str, *arguments: str) -> None:
        """Use one of Kafka's own tools as the administrator."""
        await self.run([f"/opt/kafka/bin/kafka-{tool}.sh", "--bootstrap-server", INSIDE, *arguments])

    async def run(self, command: list[str]) -> None:
        done = await asyncio.to_thread(self.container.exec, command)
        assert done.exit_code == 0, done.output.decode()


def _pkcs8(certificate: trustme.LeafCert) -> bytes:
    """The private key in the one form that Kafka reads."""
    key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass
class ClusterClients:
    """The cluster, its certificate authority, and clients of its users."""

    bootstrap: str
    authority: Path

    def settings(self, user: str, password: str | None = None) -> Settings:
        secret = SecretStr(password or PASSWORDS[user])
        return Settings(
            kafka=self.bootstrap,
            kafka_ca=self.authority,
            kafka_username=user,
            kafka_password=secret,
            postgres=SecretStr("postgresql://nobody@127.0.0.1:1/"),
        )

    async def write(self, user: str, topic: str, value: bytes = b"{}", **login: Any) -> None:
        headers = proved(value)
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap,
            enable_idempotence=True,
            request_timeout_ms=5_000,
            **{**security(self.settings(user)), **login},
        )
        try:
            await producer.start()
            await producer.send_and_wait(
                topic, value, key=b"key", headers=headers
            )  # a compacted topic takes none without
        finally:
            await producer.stop()

    async def read(self, user: str, topic: str, group: str | None = None, wanted: bytes | None = None) -> bytes:
        """The first record of a topic, or the first that holds `wanted`."""
        consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=self.bootstrap,
            group_id=group or f"{user}.a",
            auto_offset_reset="earliest",
            **security(self.settings(user)),
        )
        await consumer.start()
        try:
            while True:
                record = await asyncio.wait_for(consumer.getone(), PATIENCE)
                if record.value and (wanted is None or wanted in record.value):
                    return bytes(record.value)
        finally:
            await consumer.stop()


@pytest_asyncio.fixture(scope="module")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ClusterClients]:
    """A guarded cluster with topics and users as the script of `omatoimi cluster` makes them."""
    authority = trustme.CA()
    file = tmp_path_factory.mktemp("city") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    broker = Guarded(authority)
    passwords = "".join(f"{user}={password}\n" for user, password in PASSWORDS.items())
    script = cluster.script(topics.declared(), USERS)
    for content, place in ((script, "/tmp/cluster.sh"), (passwords, "/tmp/passwords")):
        broker.container.with_copy_into_container(content.encode(), place)
    try:
        await broker.start()
        variables = f"PATH=/opt/kafka/bin:$PATH BOOTSTRAP={INSIDE} PASSWORDS=/tmp/passwords REPLICAS=1"
        # The tools are Java programs that live for a second each.
        quick = "KAFKA_HEAP_OPTS=-Xmx64m KAFKA_JVM_PERFORMANCE_OPTS='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'"
        await broker.run(["bash", "-c", f"{variables} {quick} bash /tmp/cluster.sh"])
        yield ClusterClients(broker.bootstrap, file)
    finally:
        await broker.remove()


def test_nothing_personal_is_for_the_city() -> None:
    """Neither by the contract, nor by what follows from it; and what is public has somebody to read it."""
    (parking,) = (user for user in USERS if user.name == "parking")
    assert parking.reads == tuple(PUBLIC)
    assert parking.writes == ()
    held = {name for name in PERSONAL if name.split(".")[1] not in ("requests", "dead-letters")}
    assert held == {"people.events.v1"}, "which the services alone read"


async def test_the_city_reads_what_is_public_in_groups_of_its_own_and_nothing_personal(city: ClusterClients) -> None:
    for topic in PUBLIC:
        await city.write(CONTRACTS[topic]["owner"], topic)
        assert await city.read("parking", topic) == b"{}"
    for topic in PERSONAL:
        with pytest.raises(REFUSED):
            await city.read("parking", topic)
    with pytest.raises(REFUSED):
        await city.read("parking", "booking.events.v1", group="booking.booking.requests.v1")
    with pytest.raises(REFUSED):
        await city.write("parking", "booking.events.v1")


async def test_a_channel_asks_and_reads_nothing(city: ClusterClients) -> None:
    requests = [name for name in CONTRACTS if ".requests." in name]
    for topic in requests:
        await city.write("kiosk", topic)
        with pytest.raises(REFUSED):
            await city.read("kiosk", topic)
    with pytest.raises(REFUSED):
        await city.write("kiosk", "booking.events.v1")


async def test_a_service_writes_its_own_topics_and_no_others(city: ClusterClients) -> None:
    for topic in ("booking.events.v1", "booking.dead-letters.v1"):
        await city.write("booking", topic)
    for topic in ("decisions.events.v1", "notices.documents.v1", "booking.requests.v1", "made.up.v1"):
        with pytest.raises(REFUSED):
            await city.write("booking", topic)
    for topic in ("notices.requests.v1", "decisions.dead-letters.v1"):
        with pytest.raises(REFUSED):
            await city.read("booking", topic)


async def test_a_wrong_password_an_unknown_user_no_tls_and_a_stranger_s_certificate_are_refused(
    city: ClusterClients, tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    for login in (
        security(city.settings("booking", "wrong")),
        security(city.settings("nobody", "right")),
        {"security_protocol": "PLAINTEXT", "ssl_context": None},
        {"security_protocol": "SASL_PLAINTEXT", "ssl_context": None},
        {"ssl_context": ssl.create_default_context(cafile=str(stranger))},
    ):
        with pytest.raises(KafkaConnectionError):
            await city.write("booking", "booking.events.v1", **login)
    await city.write("booking", "booking.events.v1")


async def test_booking_works_with_its_rights_from_the_request_topic_to_the_city(
    city: ClusterClients, platform: Servers, database: str
) -> None:
    """Worker and relay of a real service, by its own user: what a channel asks over Kafka, the city reads."""
    settings = city.settings("booking").model_copy(update={"postgres": SecretStr(database)})
    async with running(booking.main.service(settings), {"api", "relay", "worker"}) as endpoints:

        async def ready() -> bool:
            return endpoints.running.ready

        await until(ready, "the worker is in its groups")
        premises = str(uuid4())[:8]
        request: dict[str, Any] = {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": "/helsinki/channels/staff",
            "type": "omatoimi.premises.requested.v1",
            "time": (datetime.now(UTC) - timedelta(seconds=1)).isoformat(),
            "data": {"premises": f"p{premises}", "owner": "library", "unit": "vallila"},
        }
        await city.write("kiosk", "booking.requests.v1", json.dumps(request).encode())
        event = json.loads(await city.read("parking", "booking.events.v1", wanted=request["id"].encode()))
        assert (event["type"], event["causationid"]) == ("omatoimi.premises.registered.v1", request["id"])
