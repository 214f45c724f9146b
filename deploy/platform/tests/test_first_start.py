"""The first start of an installation, and what may come between."""

import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest
from omatoimi.installation import RunningInstallation, until
from omatoimi_platform import processes


def first(system: RunningInstallation) -> None:
    """Back to before the first start."""
    system.down()
    system.command("reset", "--yes")


def test_first_starts_killed_half_way_are_made_good_by_the_next(system: RunningInstallation) -> None:
    first(system)
    for half_made in ("postgres/data.new/base", "kafka/data.new"):
        run = subprocess.Popen([sys.executable, "-m", "omatoimi_platform.supervisor"], env=system.environment)
        until((system.home.root / half_made).exists)
        system.kill9("omatoimi")
        run.wait()
        assert not (system.home.root / half_made.partition("/")[0] / "data").exists()
    said = system.up()
    assert "6, 6 of them new" in said
    assert system.status()["phase"] == "ready"
    assert not list(system.home.root.glob("*/data.new"))


def test_ctrl_c_during_the_first_start_leaves_nothing_running(system: RunningInstallation) -> None:
    first(system)
    run = subprocess.Popen([sys.executable, "-m", "omatoimi_platform.supervisor"], env=system.environment)
    until(lambda: "kafka-format" in system.processes())
    running = system.processes()
    run.send_signal(2)
    assert run.wait(timeout=300) == 0
    assert {name: processes.identity(pid) for name, pid in running.items()} == dict.fromkeys(running)
    assert system.status()["phase"] == "stopped"


def test_without_a_network_the_first_start_says_what_is_missing_and_where_from(system: RunningInstallation) -> None:
    first(system)
    some = sorted(system.home.jars.glob("*.jar"))[:3]
    for jar in some:
        jar.rename(jar.with_suffix(".away"))
    system.environment["OMATOIMI_MAVEN"] = "http://127.0.0.1:9/maven2"
    try:
        said = system.command("up", status=1)
        assert "Apache Kafka could not be fetched from http://127.0.0.1:9/maven2" in said
        assert "check the network" in said
        assert "the 43 of 46 jars that came are kept" in said
        assert system.processes() == {}
    finally:
        del system.environment["OMATOIMI_MAVEN"]
        for jar in some:
            jar.with_suffix(".away").rename(jar)


def test_a_full_disk_is_named_before_and_during_the_start(system: RunningInstallation) -> None:
    first(system)
    # Where PostgreSQL's own user may go, wherever the checkout stands.
    small = Path(tempfile.mkdtemp())
    small.chmod(0o755)
    program = """
        import asyncio, os, sys
        from pathlib import Path
        from omatoimi_platform import home as homes, postgres, kafka, jars
        from omatoimi_platform.errors import PlatformError

        async def main():
            home = homes.Home(Path(sys.argv[1]), Path(sys.argv[2]))
            with homes.hold(home):
                try:
                    await postgres.Server(home).start()
                except PlatformError as sentence:
                    print(sentence)
                with open(home.root / "filling", "wb") as filling:
                    try:
                        while True:
                            filling.write(bytes(65536))
                            filling.flush()
                    except OSError:
                        print("full")
                try:
                    await kafka.Node(home, jars.classpath(home.jars)).start()
                except (PlatformError, OSError) as sentence:
                    print(sentence)

        asyncio.run(main())
    """
    steps = f"""
        mount -t tmpfs -o size=30m,mode=0755 small {small} || exit 99
        OMATOIMI_HOME={small} {sys.executable} -m omatoimi_platform.supervisor
        {sys.executable} -c "$PROGRAM" {small} {system.home.jars}
    """
    # A disk of our own, seen by these processes alone. A normal user needs a namespace of users for that as well.
    isolated = (
        ["unshare", "--mount"]
        if os.geteuid() == 0
        else ["unshare", "--user", "--map-current-user", "--keep-caps", "--mount"]
    )
    environment = system.environment | {"PROGRAM": textwrap.dedent(program)}
    done = subprocess.run([*isolated, "sh", "-c", steps], env=environment, capture_output=True, text=True)
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    said = done.stdout.splitlines()
    assert "MB left and 300 MB are needed: free some space" in said[0], done
    assert said[1].startswith(f"The disk that holds {small}"), done
    assert "is full: free some space and start again" in said[1], done
    assert said[2] == "full"
    assert "No space left on device" in said[3] or "is full: free some space" in said[3], done
    small.rmdir()


def test_reset_asks_first_and_keeps_what_was_fetched(system: RunningInstallation) -> None:
    system.home.postgres.mkdir(exist_ok=True)
    kept = system.home.postgres / "kept"
    kept.touch()
    system.home.keys.touch()
    assert "Delete them?" in system.command("reset", status=1)
    assert kept.exists()
    system.command("reset", "--yes")
    assert not kept.exists()
    assert not system.home.keys.exists()
    assert len(list(system.home.jars.glob("*.jar"))) == 46
