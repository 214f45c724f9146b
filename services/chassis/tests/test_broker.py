"""A broker that is not there yet is waited for; what waiting would not mend is named in one sentence, and ends the
process."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import uvloop
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.protocol.metadata import MetadataRequest
from chassis import Settings
from chassis.clock import pause
from chassis.kafka import describe, wait_for_broker
from omatoimi_platform import home as homes
from omatoimi_platform import jars, kafka
from omatoimi_platform.home import Home
from pydantic import SecretStr

from tests.kits.chassis import running
from tests.kits.platform import Servers as Platform

from .children import child
from .kafka_log import make_topics, write
from .toys import gate
from .waiting import until
from .wire import visit, wire

REQUESTS = "usage.requests.v1"


async def test_a_broker_that_is_not_there_yet_is_waited_for(platform: Platform, topics: Settings) -> None:
    await write(topics.kafka, topics.topic(REQUESTS), [wire(visit())])
    await platform.node.kill9()
    async with running(gate(topics), ("api", "worker", "relay")) as r:
        assert r.running.worker is not None
        assert not r.running.ready
        assert (await r.web.post("/v1/visits", visit()["data"])).status_code == 201
        assert r.running.pulse.stuck() == []
        await platform.node.start()
        await until(lambda: r.running.ready, "it is ready")
        await until(lambda: r.service.pool.fetchval("select count(*) = 2 from gate.visit"), "it works")
        unsent = "select count(*) = 0 from chassis.outbox where published_at is null"
        await until(lambda: r.service.pool.fetchval(unsent), "it sends")


async def test_who_is_told_to_stop_waits_no_longer_for_a_broker(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = asyncio.Event()
    monkeypatch.setattr("chassis.clock.pause", lambda _, stop: pause(3600, stop))
    waiting = asyncio.create_task(wait_for_broker(Settings(kafka="127.0.0.1:1"), ["x"], stop))
    await until(lambda: "does not answer yet" in caplog.text, "it has been refused once")
    stop.set()
    await asyncio.wait_for(waiting, 300)


@pytest.mark.parametrize(("role", "topic"), [("worker", REQUESTS), ("relay", "gate.dead-letters.v1")])
async def test_a_topic_that_is_not_there_is_named(platform: Platform, topics: Settings, role: str, topic: str) -> None:
    elsewhere = topics.model_copy(update={"topic_prefix": f"{topics.topic_prefix}other."})
    if role == "relay":
        await make_topics(topics.kafka, {elsewhere.topic("usage.events.v1"): 1})
    async with child(platform, elsewhere, "gate", role) as process:
        assert await process.ended() == 1
    assert f"the topic {elsewhere.topic(topic)} is not on the broker" in process.log[-1]
    assert not any("Traceback" in line for line in process.log)


class Guarded(kafka.Node):
    """A node that lets nobody in without a password: SCRAM-SHA-512, one user."""

    USER, PASSWORD = "gate", "right"

    def _java(self, main: str, *arguments: str) -> list[str]:
        if "format" in arguments:
            arguments += ("--add-scram", f"SCRAM-SHA-512=[name={self.USER},password={self.PASSWORD}]")
        return super()._java(main, *arguments)

    def _write_properties(self, data: Path) -> None:
        super()._write_properties(data)
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required"
        text = self._properties.read_text().replace("map=PLAINTEXT:PLAINTEXT", "map=PLAINTEXT:SASL_PLAINTEXT")
        more = {
            "inter.broker.listener.name": "PLAINTEXT",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "listener.name.plaintext.scram-sha-512.sasl.jaas.config": (
                f'{login} username="{self.USER}" password="{self.PASSWORD}";'
            ),
        }
        self._properties.write_text(text + "".join(f"{name}={value}\n" for name, value in more.items()))

    async def _ready(self) -> None:
        settings = Settings(kafka=self.bootstrap, kafka_username=self.USER, kafka_password=SecretStr(self.PASSWORD))

        async def answers() -> bool:
            try:
                return bool((await describe(settings))["brokers"])
            except KafkaError:
                return False

        await until(answers, "the guarded node answers", 300)


@pytest_asyncio.fixture
async def guarded(platform: Platform, settings: Settings, tmp_path: Path) -> AsyncIterator[Settings]:
    """The settings for a broker that asks for a password, with the right one."""
    assert platform.node.running
    home = Home(tmp_path / "home", homes.home().jars)
    homes.prepare(home)
    node = Guarded(home, await asyncio.to_thread(jars.classpath, home.jars))
    await node.start()
    try:
        secret = {"kafka_username": node.USER, "kafka_password": SecretStr(node.PASSWORD)}
        yield settings.model_copy(update={"kafka": node.bootstrap, **secret})
    finally:
        await node.stop()


async def test_the_right_password_lets_worker_and_relay_in_and_a_wrong_one_is_named_and_ends_the_process(
    platform: Platform, guarded: Settings
) -> None:
    """The client raises the same error for a wrong password as for a dead broker; it is told from its log, also where
    that log is as quiet as in production."""
    login = {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": Guarded.USER,
        "sasl_plain_password": Guarded.PASSWORD,
    }
    names = ("usage.requests.v1", "usage.events.v1", "gate.dead-letters.v1")
    await make_topics(guarded.kafka, {guarded.topic(name): 1 for name in names}, login)
    async with running(gate(guarded), ("api", "worker", "relay")) as r:
        assert (await r.web.post("/v1/visits", visit()["data"])).status_code == 201
        await until(lambda: r.running.ready, "the worker is in its group")
        unsent = "select count(*) = 0 from chassis.outbox where published_at is null"
        await until(lambda: r.service.pool.fetchval(unsent), "the relay has sent")

    wrong = guarded.model_copy(update={"kafka_password": SecretStr("wrong")})
    for role in ("worker", "relay"):
        async with child(platform, wrong, "gate", role) as process:
            assert await process.ended() == 1
        assert "the broker refuses the user 'gate': check its password" in process.log[-1]
        assert sum("does not answer yet" in line for line in process.log) == 2
        assert not any("wrong" in line for line in process.log)


def test_a_connection_that_was_closed_under_its_hands_is_told_to_the_client_as_such(platform: Platform) -> None:
    """On the loop that is used in production, in the turn in which the connection was lost: any other error would end
    the client's own tasks for good, with a broker that answers."""

    async def ask() -> None:
        host, _, port = platform.kafka.rpartition(":")
        conn = await create_conn(host, int(port))
        assert conn._writer is not None
        conn._writer.transport.abort()
        await asyncio.sleep(0)  # a turn of the loop
        with pytest.raises(KafkaConnectionError, match="the connection is closed"):
            await conn.send(MetadataRequest([]))
        assert not conn.connected()

    uvloop.run(ask())
