"""A whole installation is started, stopped, killed and started again; its tests can run in any order."""

import asyncio
import os
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from omatoimi.installation import RunningInstallation, until
from omatoimi_platform import home as homes
from omatoimi_platform import processes, unprivileged

TOPIC = "booking.events.v1"


def page(system: RunningInstallation) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{system.port}/") as response:
        status: int = response.status
    return status


def send(system: RunningInstallation, value: bytes, key: bytes | None = None) -> None:
    async def _send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=system.addresses["kafka"], acks="all") as producer:
            await producer.send_and_wait(TOPIC, value, key=key)

    # In a loop of its own: these tests are about processes, and wait for them.
    asyncio.run(_send())


def query(url: str, statement: str) -> Any:
    async def _query() -> Any:
        connection = await asyncpg.connect(url)
        try:
            if statement.startswith(("SELECT", "SHOW")):
                return await connection.fetchval(statement)
            return await connection.execute(statement)
        finally:
            await connection.close()

    return asyncio.run(_query())


def fill(system: RunningInstallation, mark: str) -> None:
    """Leave a mark in the log and in the database, both acknowledged."""
    send(system, mark.encode())
    query(system.addresses["postgres"]["booking"], f'CREATE TABLE "{mark}" AS SELECT 1')


def holds(system: RunningInstallation, mark: str) -> bool:
    table = query(system.addresses["postgres"]["booking"], f"SELECT to_regclass('\"{mark}\"') IS NOT NULL")
    count = sum(end_offsets(system))
    seen = system.command("follow", TOPIC, "--from-beginning", "--json", "--count", str(count))
    return bool(table) and mark in seen.splitlines()


def end_offsets(system: RunningInstallation) -> list[int]:
    async def _ends() -> list[int]:
        async with AIOKafkaConsumer(bootstrap_servers=system.addresses["kafka"]) as consumer:
            ends = await consumer.end_offsets([TopicPartition(TOPIC, number) for number in range(6)])
            return list(ends.values())

    return asyncio.run(_ends())


@contextmanager
def bystander(user: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with us."""
    with subprocess.Popen(["sleep", "600"], user=user) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def taken(port: int) -> Iterator[None]:
    """Another program's server on this port."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        yield


def test_one_command_starts_all_and_the_next_start_has_the_data_of_the_first(system: RunningInstallation) -> None:
    assert f"http://127.0.0.1:{system.port}" in system.up()
    assert page(system) == 200
    fill(system, "first")
    running = list(system.processes().values())
    assert len(running) == 4
    system.down()
    assert [processes.identity(pid) for pid in running] == [None] * 4
    system.up()
    assert holds(system, "first")


def test_status_gives_every_address_that_a_client_needs(system: RunningInstallation) -> None:
    system.up()
    status = system.status()
    assert status["phase"] == "ready"
    assert {part["state"] for part in status["parts"].values()} == {"running"}
    assert status["keys"] == str(system.home.keys)
    assert TOPIC in status["topics"]
    for service, url in status["postgres"].items():
        assert (
            query(url, "SELECT current_database() || ' ' || current_user") == f"omatoimi_{service} omatoimi_{service}"
        )
    readable = system.command("status")
    assert status["url"] in readable
    assert not any(url in readable for url in status["postgres"].values())


def test_an_installation_waits_for_the_disk_before_it_acknowledges(system: RunningInstallation) -> None:
    system.up()
    url = system.addresses["postgres"]["booking"]
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        assert query(url, f"SHOW {setting}") == "on"


def test_no_service_enters_the_database_of_another(system: RunningInstallation) -> None:
    system.up()
    urls = system.addresses["postgres"]
    stranger = urls["booking"].removesuffix("booking") + "notices"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        query(stranger, "SELECT 1")


def test_passwords_are_for_the_owner_alone(system: RunningInstallation) -> None:
    system.up()
    assert (system.home.root / "secrets.json").stat().st_mode & 0o777 == 0o600
    secret = system.addresses["postgres"]["booking"].split(":")[2].split("@")[0]
    written = b"".join(path.read_bytes() for path in system.home.logs.iterdir())
    assert secret.encode() not in written + (system.home.root / "state.json").read_bytes()


def test_what_people_wrote_stays_out_of_the_log(system: RunningInstallation) -> None:
    system.up()
    url = system.addresses["postgres"]["notices"]
    query(url, "CREATE TABLE IF NOT EXISTS told (words text PRIMARY KEY); INSERT INTO told VALUES ('a secret')")
    with pytest.raises(asyncpg.UniqueViolationError):
        query(url, "INSERT INTO told VALUES ('a secret')")
    query(url, "DROP TABLE told")
    log = (system.home.logs / "postgres.log").read_text()
    assert "duplicate key value" in log
    assert "a secret" not in log


def test_a_second_start_says_where_the_first_one_runs(system: RunningInstallation) -> None:
    system.up()
    before = system.processes()
    sentence = f"Omatoimi already runs at http://127.0.0.1:{system.port}"
    assert system.up().startswith(sentence)
    assert sentence in system.command("run", status=1)
    assert sentence in system.command("reset", "--yes", status=1)
    assert system.processes() == before


def test_follow_prints_events_readably_and_as_they_are(system: RunningInstallation) -> None:
    system.up()
    event = '{"specversion": "1.0", "id": "e1", "type": "omatoimi.x.done.v1", "source": "/t", "subject": "s1"}'
    send(system, event.encode(), key=b"091/lib")
    send(system, b"\xff", key=b"091/lib")
    every = str(sum(end_offsets(system)))
    readable = system.command("follow", TOPIC, "--from-beginning", "--count", every)
    assert "091/lib  omatoimi.x.done.v1  s1  e1" in readable
    assert "(no CloudEvent: 1 bytes)" in readable
    assert event in system.command("follow", TOPIC, "--from-beginning", "--count", every, "--json").splitlines()
    assert "There is no topic nothing; there are: " in system.command("follow", "nothing", status=1)


def test_follow_begins_with_the_last_events_whatever_partitions_they_are_in(system: RunningInstallation) -> None:
    system.up()
    for n in range(6):
        send(system, f"last {n}".encode(), key=f"key {n}".encode())
    seen = system.command("follow", TOPIC, "--last", "4", "--count", "4", "--json").splitlines()
    assert seen == ["last 2", "last 3", "last 4", "last 5"]
    with ThreadPoolExecutor() as beside:
        following = beside.submit(system.command, "follow", TOPIC, "--last", "4", "--count", "5", "--json")
        while not following.done():
            send(system, b"what came meanwhile")
    assert following.result().splitlines()[-1] == "what came meanwhile"
    both = system.command("follow", TOPIC, "--last", "1", "--from-beginning", status=1)
    assert "Give one of --from-beginning, --last and --at." in both


def test_ctrl_c_stops_all_that_was_started_and_nothing_else(system: RunningInstallation) -> None:
    system.down()
    with bystander() as other:
        # A number that was ours once and is somebody else's by now.
        homes.remember(system.home, "kafka", (other.pid, "an earlier boot/1"))
        with system.foreground() as run:
            started = system.processes()
            assert set(started) == {"omatoimi", "kafka", "postgres", "services"}
            os.killpg(run.pid, signal.SIGINT)  # as the terminal does: to the whole group in front
            assert run.wait(timeout=300) == 0
        assert [processes.identity(pid) for pid in started.values()] == [None] * 4
        assert other.poll() is None
    assert system.status()["phase"] == "stopped"


def test_everything_killed_at_once_starts_again_with_all_that_was_acknowledged(system: RunningInstallation) -> None:
    system.up()
    fill(system, "acknowledged")
    system.kill9()
    assert system.processes() == {}
    assert "Omatoimi does not run" in system.command("follow", TOPIC, status=1)
    # Meanwhile the server's number, which it left in its data folder, has become another program's.
    user = unprivileged.user()[0] if os.geteuid() == 0 else None
    with bystander(user) as other:
        file = system.home.postgres / "data" / "postmaster.pid"
        file.write_text(f"{other.pid}\n" + file.read_text().partition("\n")[2])
        system.up()
        assert other.poll() is None
    assert holds(system, "acknowledged")


def test_what_a_killed_supervisor_leaves_behind_is_stopped_by_the_next_start(system: RunningInstallation) -> None:
    system.up()
    fill(system, "left-behind")
    left = system.processes()
    system.kill9("omatoimi")
    assert "stopped what an earlier run had left behind" in system.up()
    now = system.processes()
    assert set(now) == set(left)
    assert not set(now.values()) & set(left.values())
    assert holds(system, "left-behind")


def test_down_stops_what_a_killed_supervisor_left_behind(system: RunningInstallation) -> None:
    system.up()
    system.kill9("omatoimi")
    # The services notice by themselves; they would serve pages of a system that is not looked after.
    until(lambda: "services" not in system.processes())
    assert "kafka" in system.down()
    assert system.processes() == {}


def test_a_part_that_ends_by_itself_is_started_again(system: RunningInstallation) -> None:
    system.up()
    before = system.processes()
    (system.home.logs / "omatoimi.log").write_text("")
    ended = ("kafka", "postgres", "services")
    system.kill9(*ended)
    log = system.home.logs / "omatoimi.log"
    until(lambda: log.read_text().count("ready again") == len(ended))
    assert page(system) == 200
    fill(system, "again")
    assert system.processes().keys() == before.keys()


def test_a_taken_port_is_named_and_nothing_is_started(system: RunningInstallation) -> None:
    system.down()
    with taken(system.port):
        said = system.command("up", status=1)
    assert f"Port {system.port} is taken by another program" in said
    assert "OMATOIMI_PORT=" in said
    assert system.processes() == {}


def test_a_port_of_the_platform_is_kept_and_replaced_when_another_program_has_it(system: RunningInstallation) -> None:
    other = homes.Home(system.home.root / "other", system.home.jars)
    homes.prepare(other)
    kept = homes.port(other, "kafka")
    assert homes.port(other, "kafka") == kept
    with taken(kept):
        assert homes.port(other, "kafka") != kept


def test_a_damaged_data_folder_is_named_and_nothing_in_it_is_touched(system: RunningInstallation) -> None:
    system.up()
    fill(system, "undamaged")
    system.down()
    for path, content, sentence in (
        ("kafka/data/meta.properties", "version=1\nclus", "is damaged (meta.properties names no cluster and node)"),
        ("postgres/data/PG_VERSION", "", "is damaged (PG_VERSION says '', the server is 18)"),
        ("postgres/data/PG_VERSION", None, "is damaged (PG_VERSION or global/pg_control is missing)"),
    ):
        file = system.home.root / path
        aside = file.rename(file.with_name("aside"))
        if content is not None:
            file.write_text(content)
        said = system.command("up", status=1)
        assert sentence in said
        assert "put it back from a copy, or start afresh with: omatoimi reset" in said
        assert system.processes() == {}
        assert (file.read_text() if file.exists() else None) == content
        aside.rename(file)
    # What can be made anew is, and the broker takes its data to another port.
    (system.home.root / "state.json").write_text('{"phase": "rea')
    system.up()
    assert holds(system, "undamaged")


def test_servers_that_the_environment_names_are_used_and_left_alone(system: RunningInstallation) -> None:
    system.up()
    status = system.status()
    given = homes.secret(system.home, "postgres")
    place = status["postgres"]["booking"].rpartition("@")[2].partition("/")[0]
    own = dict(system.environment)
    guest = homes.Home(system.home.root / "guest", system.home.jars)
    system.environment |= {
        "OMATOIMI_HOME": str(guest.root),
        "OMATOIMI_PORT": str(homes.unused_port()),
        "OMATOIMI_KAFKA": status["kafka"],
        "OMATOIMI_POSTGRES": f"postgresql://postgres:{given}@{place}/",
    }
    try:
        said = system.up()
        assert "OMATOIMI_KAFKA" in said
        assert "OMATOIMI_POSTGRES" in said
        assert {name: part["state"] for name, part in system.status()["parts"].items()} == {
            "kafka": "given",
            "postgres": "given",
            "services": "running",
        }
        assert not (guest.kafka / "data").exists()
        system.down()
        system.environment["OMATOIMI_KAFKA"] = f"127.0.0.1:{homes.unused_port()}"
        assert "No Apache Kafka answers at 127.0.0.1:" in system.command("up", status=1)
    finally:
        system.environment = own
    assert set(system.processes()) == {"omatoimi", "kafka", "postgres", "services"}
    system.down()
