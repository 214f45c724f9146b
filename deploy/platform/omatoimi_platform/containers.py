"""Apache Kafka and PostgreSQL in containers, for the tests: `OMATOIMI_TEST_PLATFORM=containers`.

They have the handles of the embedded ones (`kafka.Node`, `postgres.Server`) and their settings, so
that the same tests stop, freeze and kill them. A container keeps its port and data until it is removed.
"""

import asyncio
import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from testcontainers.core.container import DockerContainer

from omatoimi_platform import kafka, postgres
from omatoimi_platform.errors import PlatformError
from omatoimi_platform.home import unused_port

KAFKA_IMAGE = "apache/kafka:4.4.0"
POSTGRES_IMAGE = "postgres:18"

INSIDE = "localhost:9094"
"""The listener by which the broker reaches itself, and Kafka's own tools reach it within its container: the port that
clients come to is not there inside. Without it no transaction would ever end."""

_CONTROLLER = "localhost:9093"
# The image's own first start formats the data folder, and its second one may stumble over what is there.
_FIRST_AND_LATER = """
[ -e /tmp/begun ] && exec /opt/kafka/bin/kafka-server-start.sh /opt/kafka/config/server.properties
touch /tmp/begun && exec /etc/kafka/docker/run
"""

_STOPPED = ("exited", "created", "dead")

_CREATING = threading.Lock()
"""One at a time: the first starts what removes the containers of a run that was killed."""


def engine_answers() -> bool:
    """Tell whether a Docker engine answers here."""
    import docker
    from docker.errors import DockerException

    try:
        return bool(docker.from_env(timeout=5).ping())
    except DockerException:
        return False


@dataclass(frozen=True)
class Pair:
    """Both, started: what `omatoimi_platform.platform.Platform` is of the embedded ones."""

    kafka: str
    postgres: str
    node: "Broker"
    database_server: "DatabaseServer"


async def start() -> Pair:
    """Start both side by side. Raises PlatformError when no Docker engine answers, or when one does not serve."""
    if not engine_answers():
        raise PlatformError(
            "No Docker engine answers: start one, or unset OMATOIMI_TEST_PLATFORM for the embedded platform."
        )
    broker, server = Broker(), DatabaseServer()
    try:
        async with asyncio.TaskGroup() as starting:
            starting.create_task(broker.start())
            starting.create_task(server.start())
    except BaseExceptionGroup as failed:
        await asyncio.gather(broker.remove(), server.remove())
        raise failed.exceptions[0] from None
    return Pair(broker.bootstrap, server.dsn, broker, server)


async def remove(pair: Pair) -> None:
    """Stop and remove both, with their data."""
    await asyncio.gather(pair.node.remove(), pair.database_server.remove())


class Container(ABC):
    """One container with a fixed port of loopback. `kills` counts the times it was ended by force."""

    def __init__(self, image: str, inside: int, command: list[str] | None = None) -> None:
        self.kills = 0
        self.before_kill: Callable[[], Awaitable[None]] | None = None
        self.port = unused_port()
        self.container = DockerContainer(image).with_bind_ports(inside, self.port)
        if command:
            self.container.with_command(command)
        self._made: Any = None

    @property
    def running(self) -> bool:
        return self._made is not None and self._state() not in _STOPPED

    async def start(self, within: float = 120) -> None:
        """Start it, unless it runs, and wait until it serves clients. Raises PlatformError when it does not."""
        if self._made is None:
            await asyncio.to_thread(self._create)
            self._made = self.container.get_wrapped_container()
        elif not self.running:
            await asyncio.to_thread(self._made.start)
        deadline = time.monotonic() + within
        while not await self.serves():
            if not self.running or time.monotonic() > deadline:
                last = self._made.logs(tail=3).decode(errors="replace")
                raise PlatformError(f"The container of {self.container.image} does not serve: {last}")
            await asyncio.sleep(0.1)

    @abstractmethod
    async def serves(self) -> bool:
        """Tell whether a client is served."""

    async def stop(self) -> None:
        """Stop it cleanly, with the signal that its image names; its data stays."""
        if self.running:
            self.resume()
            await asyncio.to_thread(self._made.stop, timeout=60)

    async def remove(self) -> None:
        """Stop and remove it, with its data."""
        if self._made is not None:
            self.resume()
            await asyncio.to_thread(self.container.stop)
            self._made = None

    async def kill9(self) -> None:
        """End all its processes with SIGKILL, as a crash does."""
        await self._end("SIGKILL")

    def pause(self) -> None:
        """Freeze it: its port stays open and nothing answers."""
        self._made.pause()

    def resume(self) -> None:
        """Let it go on after `pause`."""
        if self._state() == "paused":
            self._made.unpause()

    def _create(self) -> None:
        with _CREATING:
            self.container.start()

    async def _end(self, signal: str) -> None:
        if self.before_kill and self.running:
            await self.before_kill()
        self.kills += 1
        await asyncio.to_thread(self._made.kill, signal)
        await asyncio.to_thread(self._made.wait)

    def _state(self) -> str:
        self._made.reload()
        return str(self._made.status)


class Broker(Container):
    """One Apache Kafka node with the listeners CLIENTS and INSIDE. What stands in `settings` comes over those of the
    embedded node."""

    def __init__(self, settings: dict[str, str] | None = None) -> None:
        super().__init__(KAFKA_IMAGE, 9092, ["bash", "-c", _FIRST_AND_LATER])
        # As small as the embedded node, and as quick to start.
        self.container.with_env("KAFKA_HEAP_OPTS", "-Xms64m -Xmx256m")
        self.container.with_env("KAFKA_JVM_PERFORMANCE_OPTS", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1")
        addresses = {
            "listeners": f"CLIENTS://:9092,INSIDE://{INSIDE},CONTROLLER://{_CONTROLLER}",
            "advertised.listeners": f"CLIENTS://{self.bootstrap},INSIDE://{INSIDE}",
            "listener.security.protocol.map": "CLIENTS:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "INSIDE",
            "controller.quorum.voters": f"1@{_CONTROLLER}",
        }
        for name, value in (kafka.SETTINGS | addresses | (settings or {})).items():
            self.container.with_env("KAFKA_" + name.replace("-", "___").replace(".", "_").upper(), value)

    @property
    def bootstrap(self) -> str:
        """The address that clients begin with, `host:port`."""
        return f"127.0.0.1:{self.port}"

    async def serves(self) -> bool:
        return await kafka.answers(self.bootstrap)


class DatabaseServer(Container):
    """One PostgreSQL server."""

    def __init__(self) -> None:
        # The image's own first start goes through a socket in the container.
        own = {"listen_addresses": "*", "unix_socket_directories": "/var/run/postgresql"}
        settings = (postgres.SETTINGS | own).items()
        super().__init__(POSTGRES_IMAGE, 5432, ["postgres", *(part for s in settings for part in ("-c", "=".join(s)))])
        self._password = secrets.token_urlsafe(16)
        self.container.with_env("POSTGRES_PASSWORD", self._password)

    @property
    def dsn(self) -> str:
        """The address of the server for its superuser, as a URL without a database's name."""
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self.port}/"

    async def serves(self) -> bool:
        return await postgres.answers(self.dsn)

    async def stop_immediately(self) -> None:
        """Stop as `pg_ctl stop -m immediate` does: without a checkpoint, so that the next start recovers."""
        await self._end("SIGQUIT")
