"""What the tests of all packages stand on: the fixtures `platform`, `database`, `topic_prefix`, `installation`.

Broker and database server are real: those that `OMATOIMI_KAFKA` and `OMATOIMI_POSTGRES` name, containers with
`OMATOIMI_TEST_PLATFORM=containers`, else embedded ones with empty data in `.omatoimi/test`. Runs at the same time, and
the workers of one run (`pytest -n`), take `.omatoimi/test-2` and so on.
"""

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError
from omatoimi import installation as installations
from omatoimi.installation import RunningInstallation
from omatoimi_platform import containers, errors, jars, kafka, processes
from omatoimi_platform import home as homes
from omatoimi_platform import platform as platforms
from omatoimi_platform.errors import PlatformError
from omatoimi_platform.home import Home
from omatoimi_platform.kafka import Node
from omatoimi_platform.platform import Platform
from omatoimi_platform.postgres import Server

_SLOTS = 16
_UNSYNCED = {"fsync": "off"}
"""What tests end by force are processes, and the kernel keeps what a process wrote: waiting for the disk would show
nothing. (full_page_writes stay on: a process can be ended within a page.)"""


class Servers:
    """Broker and database server of a test run, and the count of what went through them.

    `kafka` is the bootstrap address, `postgres` the URL of the server for a user who may create databases.
    """

    def __init__(self, platform: Platform | containers.Pair, killed: list[int]) -> None:
        self.kafka = platform.kafka
        self.postgres = platform.postgres
        self.records = 0
        self.transactions = 0
        self._platform = platform
        self._killed = killed
        self._touched = False
        self._ends: dict[TopicPartition, int] | None = None
        self._commits: dict[int, int] | None = None
        if platform.database_server:
            platform.database_server.before_kill = self._observe_commits

    @property
    def node(self) -> Node | containers.Broker:
        """The handle on the broker (`start stop kill9 pause resume`), if it is ours."""
        if self._platform.node is None:
            pytest.skip("ends or pauses the broker, and OMATOIMI_KAFKA names one that is not ours")
        self._touched = True
        return self._platform.node

    @property
    def database_server(self) -> Server | containers.DatabaseServer:
        """The handle on PostgreSQL (`start stop stop_immediately kill9 pause resume`), if it is ours."""
        if self._platform.database_server is None:
            pytest.skip("ends or pauses PostgreSQL, and OMATOIMI_POSTGRES names one that is not ours")
        self._touched = True
        return self._platform.database_server

    def killed(self, pid: int) -> None:
        """Report that a test has ended this process (a worker, a relay) by force."""
        self._killed.append(pid)

    @property
    def kills(self) -> int:
        handles = (self._platform.node, self._platform.database_server)
        return len(self._killed) + sum(handle.kills for handle in handles if handle)

    async def heal(self) -> None:
        """Bring back what an earlier test left dead or paused, so that one failure stays one."""
        for handle in (self._platform.node, self._platform.database_server):
            if handle is not None and (self._touched or not handle.running):
                if handle.running:
                    handle.resume()
                await handle.start()
        self._touched = False

    async def create_database(self) -> str:
        """A fresh, empty database; returns its URL."""
        name = f"t{secrets.token_hex(4)}"
        connection = await asyncpg.connect(self.postgres, database="postgres")
        try:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        finally:
            await connection.close()
        return urlunsplit(urlsplit(self.postgres)._replace(path=f"/{name}"))

    async def drop_database(self, dsn: str) -> None:
        """Count what was committed there and drop it, whoever is still connected."""
        await self._observe_commits()
        connection = await asyncpg.connect(self.postgres, database="postgres")
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS {urlsplit(dsn).path[1:]} WITH (FORCE)")
        finally:
            await connection.close()

    async def delete_topics(self, prefix: str) -> None:
        """Count the records of the topics whose names begin so, and delete them."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka)
        await admin.start()
        try:
            if names := [name for name in await admin.list_topics() if name.startswith(prefix)]:
                await self._observe_ends()
                await admin.delete_topics(names)
        finally:
            await admin.close()

    async def observe(self) -> None:
        """Add what was appended and committed since the last look to `records` and `transactions`."""
        await self._observe_ends()
        await self._observe_commits()

    async def _observe_ends(self) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka)
        await admin.start()
        try:
            topics = [topic for topic in await admin.describe_topics() if not topic["is_internal"]]
        finally:
            await admin.close()
        partitions = [
            TopicPartition(topic["topic"], each["partition"]) for topic in topics for each in topic["partitions"]
        ]
        ends: dict[TopicPartition, int] = {}
        if partitions:
            async with AIOKafkaConsumer(bootstrap_servers=self.kafka) as consumer:
                ends = await consumer.end_offsets(partitions)
        if self._ends is not None:
            self.records += sum(_grown(self._ends.get(partition, 0), end) for partition, end in ends.items())
        self._ends = ends

    async def _observe_commits(self) -> None:
        try:
            connection = await asyncpg.connect(self.postgres, database="postgres", timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return  # a test has taken it down; what stands in its statistics is counted at the next look
        try:
            rows = await connection.fetch("SELECT datid, xact_commit FROM pg_stat_database WHERE datid <> 0")
        finally:
            await connection.close()
        commits = {row["datid"]: row["xact_commit"] for row in rows}
        if self._commits is not None:
            self.transactions += sum(_grown(self._commits.get(oid, 0), now) for oid, now in commits.items())
        self._commits = commits


def _grown(before: int, now: int) -> int:
    # A smaller number is a counter that began anew: a topic made again, statistics lost in a crash.
    return now - before if now >= before else now


_held = pytest.StashKey[ExitStack]()
_bench = pytest.StashKey[Servers]()
_killed = pytest.StashKey[list[int]]()


class Tally(NamedTuple):
    """What went through the platforms of a run, or of a worker of it."""

    places: str = ""
    records: int = 0
    transactions: int = 0
    kills: int = 0

    def __add__(self, other: "Tally") -> "Tally":  # type: ignore[override]
        places = "\n".join(filter(None, (self.places, other.places)))
        return Tally(places, *(a + b for a, b in zip(self[1:], other[1:], strict=True)))


_of_workers = pytest.StashKey[Tally]()
_said = pytest.StashKey[set[str]]()


def _tally(config: pytest.Config) -> Tally:
    bench = config.stash.get(_bench, None)
    if bench is None:
        return Tally(kills=len(config.stash[_killed])) + config.stash[_of_workers]
    place = f"Apache Kafka at {bench.kafka}, PostgreSQL at {urlsplit(bench.postgres).netloc.rpartition('@')[2]}"
    return Tally(place, bench.records, bench.transactions, bench.kills) + config.stash[_of_workers]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker counted; one that ended before its time has told nothing."""
    told = getattr(node, "workeroutput", {})
    node.config.stash[_of_workers] += Tally(*told.get("platform", ()))
    if "said" in told:
        node.config.stash[_said].add(told["said"])


@pytest_asyncio.fixture(scope="session")
async def platform(pytestconfig: pytest.Config) -> AsyncIterator[Servers]:
    """The broker and the database server of this run."""
    try:
        home = _hold_a_slot(pytestconfig)
        started = await (containers.start() if _in_containers() else _embedded(home))
    except (PlatformError, OSError) as error:
        sentence = error if isinstance(error, PlatformError) else errors.from_os_error(error, homes.home().root)
        # Said once: without it every test would say the same.
        said = f"the platform of the tests does not start: {sentence}"
        if hasattr(pytestconfig, "workeroutput"):
            pytestconfig.workeroutput["said"] = said
        pytest.exit(said)
    try:
        await _coordinates_groups(started.kafka)
        bench = pytestconfig.stash[_bench] = Servers(started, pytestconfig.stash[_killed])
        await bench.observe()
        yield bench
        await bench.heal()
        await bench.observe()
    finally:
        await (containers.remove(started) if isinstance(started, containers.Pair) else platforms.stop(started))


async def _embedded(home: Home) -> Platform:
    if not platforms.given_kafka():
        await kafka.keep_classes(home, jars.classpath(home.jars))  # a run has some sixty starts before it
    return await platforms.start(home, lambda _part, _doing: None, _UNSYNCED)


@pytest_asyncio.fixture
async def database(platform: Servers) -> AsyncIterator[str]:
    """The URL of a fresh, empty database that is dropped after the test; its user is the server's superuser."""
    await platform.heal()
    dsn = await platform.create_database()
    yield dsn
    await platform.heal()
    await platform.drop_database(dsn)


@pytest_asyncio.fixture
async def topic_prefix(platform: Servers) -> AsyncIterator[str]:
    """A short prefix such as `t3f9a1c.`; topics whose names begin with it are deleted after the test."""
    await platform.heal()
    prefix = f"t{secrets.token_hex(3)}."
    yield prefix
    await platform.heal()
    await platform.delete_topics(prefix)


@pytest.fixture(scope="module")
def installation(pytestconfig: pytest.Config) -> Iterator[RunningInstallation]:
    """A whole installation with a home of its own, not started yet; the tests of a module share it."""
    with installations.temporary(pytestconfig.stash[_killed]) as made:
        yield made


async def _coordinates_groups(bootstrap: str) -> None:
    """Wait until the broker coordinates groups. A new one makes the topic for that when it is first asked, and refuses
    until then; clients tell that as an error in their logs."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        while True:
            with suppress(GroupCoordinatorNotAvailableError):
                await admin.find_coordinator("any")
                return
            await asyncio.sleep(0.02)
    finally:
        await admin.close()


def _hold_a_slot(config: pytest.Config) -> Home:
    root = homes.home().root
    for home in _slots():
        try:
            config.stash[_held].enter_context(homes.hold(home))
        except PlatformError:
            continue  # another run has it
        # Entered first, so left last: nothing that this run started outlives its hold on the folder.
        config.stash[_held].callback(_leave, home)
        processes.stop_leftovers(home)
        homes.delete_data(home)
        return home
    raise PlatformError(f"{_SLOTS} test runs work in {root} already: wait for one of them to end.")


def _slots() -> list[Home]:
    root = homes.home().root
    return [Home(root / ("test" if n == 1 else f"test-{n}"), root / "jars") for n in range(1, _SLOTS + 1)]


def _stop_what_workers_left() -> None:
    """Stop the servers of workers that were ended before they could, as when this process alone is told to stop."""
    for home in _slots():
        if home.root.exists():
            with suppress(PlatformError), homes.hold(home):
                processes.stop_leftovers(home)


def _leave(home: Home) -> None:
    processes.stop_leftovers(home)
    if home.postgres.is_symlink():
        homes.delete_data(home)  # who deletes the checkout would not find it


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_held] = ExitStack()
    config.stash[_killed] = []
    config.stash[_of_workers] = Tally()
    config.stash[_said] = set()
    # Told to end, stop as after Ctrl-C, with the platform.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_held].close()
    if config.pluginmanager.has_plugin("dsession"):
        _stop_what_workers_left()


def _in_containers() -> bool:
    """Whether this run asks for containers. Raises PlatformError for a platform that there is not."""
    asked = os.environ.get("OMATOIMI_TEST_PLATFORM") or "embedded"
    if asked not in ("embedded", "containers"):
        raise PlatformError(f"OMATOIMI_TEST_PLATFORM={asked} is no platform: give embedded or containers.")
    return asked == "containers"


def pytest_report_header() -> str:
    if _in_containers():
        return f"platform: containers of {containers.KAFKA_IMAGE} and {containers.POSTGRES_IMAGE}"

    def source(name: str, variable: str, given: str | None) -> str:
        return f"{name} from {variable}" if given else f"{name} embedded ({variable} is not set)"

    kafka = source("Apache Kafka", "OMATOIMI_KAFKA", platforms.given_kafka())
    postgres = source("PostgreSQL", "OMATOIMI_POSTGRES", platforms.given_postgres())
    return f"platform: {kafka}, {postgres}, in {homes.home().root}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    said: set[str] = config.stash[_said]
    for sentence in sorted(said):
        terminalreporter.line(sentence)
    tally = _tally(config)
    if tally.places:
        terminalreporter.section("platform")
        terminalreporter.line(tally.places)
        terminalreporter.line(f"{tally.records:>10,} records appended (growth of the end offsets of all topics)")
        terminalreporter.line(f"{tally.transactions:>10,} transactions committed (pg_stat_database, all databases)")
    if tally.kills:
        terminalreporter.line(f"{tally.kills:>10,} kills delivered")
    if skipped:
        terminalreporter.section("could not run here" + (", which fails in CI" if _in_ci() else ""))
        for report in skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            terminalreporter.line(f"{report.nodeid}: {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["platform"] = tuple(_tally(session.config))
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if _in_ci() and session.exitstatus == pytest.ExitCode.OK and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"
