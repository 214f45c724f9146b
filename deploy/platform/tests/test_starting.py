"""A start is waited for as long as it gets on, and no longer."""

import itertools
import random
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from omatoimi_platform import home as homes
from omatoimi_platform import jars, kafka, processes
from omatoimi_platform.home import Home
from omatoimi_platform.kafka import Node
from omatoimi_platform.processes import Child


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Child]:
    """A process that does nothing, on a machine on which 40 seconds go by between two looks at the clock."""
    home = Home(tmp_path, tmp_path / "jars")
    homes.prepare(home)
    started = Child(home, "idle", ["sleep", "1000"], log=tmp_path / "log", cwd=tmp_path)
    ticks = itertools.count(step=40)
    monkeypatch.setattr(processes, "time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    yield started
    started.send(signal.SIGKILL)


async def test_a_start_that_gets_on_is_waited_for_on_the_slowest_machine(child: Child, tmp_path: Path) -> None:
    looks, said = 0, list[str]()

    async def is_there() -> bool:
        nonlocal looks
        looks += 1
        with (tmp_path / "log").open("a") as log:
            log.write("one more step\n")
        return looks > 20

    assert await child.gets_to(is_there, said.append)
    assert said[-1].startswith("still starting after 800 s")


async def test_a_start_that_works_without_a_word_is_waited_for(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    monkeypatch.setattr(processes, "cpu_seconds", lambda _pid: 3.0 * looks)

    async def is_there() -> bool:
        nonlocal looks
        looks += 1
        return looks > 20

    assert await child.gets_to(is_there, processes.silent)


async def test_a_start_that_does_nothing_or_goes_round_in_circles_is_given_up(
    child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never() -> bool:
        return False

    assert not await child.gets_to(never, processes.silent)
    used = itertools.count(step=100)
    monkeypatch.setattr(processes, "cpu_seconds", lambda _pid: float(next(used)))
    assert not await child.gets_to(never, processes.silent)
    assert child.code is None


async def test_a_start_that_has_ended_is_not_waited_for(child: Child, tmp_path: Path) -> None:
    async def never() -> bool:
        with (tmp_path / "log").open("a") as log:
            log.write("one more step\n")
        if child.code is None:
            child.send(signal.SIGKILL)
        return False

    assert not await child.gets_to(never, processes.silent)


def test_two_starts_that_make_one_home_at_once_both_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, make = Home(tmp_path / "home", tmp_path / "jars"), Path.mkdir

    def made_meanwhile(folder: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        make(folder, parents=True, exist_ok=True)
        make(folder, mode, parents, exist_ok)

    monkeypatch.setattr(Path, "mkdir", made_meanwhile)
    homes.prepare(home)
    assert home.logs.is_dir()


async def test_kept_classes_that_are_damaged_cost_time_and_nothing_else(tmp_path: Path) -> None:
    ours, home = homes.home(), Home(tmp_path / "home", tmp_path / "jars")
    await kafka.keep_classes(ours, jars.classpath(ours.jars))
    homes.prepare(home)
    shutil.copytree(ours.jars, home.jars, dirs_exist_ok=True)
    with kafka.kept_classes(home).open("r+b") as kept:
        kept.seek(20_000_000)
        kept.write(random.Random(1).randbytes(1_000_000))
    node = Node(home, jars.classpath(home.jars))
    await node.start()
    await node.stop()
    assert "Checksum verification failed" in (home.logs / "kafka.log").read_text()
