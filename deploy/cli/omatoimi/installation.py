"""A whole installation under test: a home of its own, worked with by the command `omatoimi`, as a person does."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from chassis.installation import EXAMPLE, load
from omatoimi_platform import databases, jars, processes
from omatoimi_platform import home as homes
from omatoimi_platform.home import Home

PATIENCE = 300.0
"""Seconds after which what is waited for is taken to hang: no machine that works is so slow."""


def until(condition: Callable[[], bool], within: float = PATIENCE, look_again: float = 0.01) -> None:
    """Wait until this holds; `look_again` is the time between two looks. Raises AssertionError when it does not after
    `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not come about within {within:.0f} s")
        time.sleep(look_again)


def _until_gone(pid: int, known: str | None) -> None:
    until(lambda: known is None or processes.identity(pid) != known)


class RunningInstallation:
    """The home at `home`, its HTTP port, and the environment in which the command runs (to be changed at will; without
    example content unless asked for).

    What it ends by force is added to `killed`.
    """

    def __init__(self, home: Home, port: int, killed: list[int]) -> None:
        self.home = home
        self.port = port
        own = {name: value for name, value in os.environ.items() if not name.startswith("OMATOIMI_")}
        given = {"OMATOIMI_HOME": str(home.root), "OMATOIMI_PORT": str(port), "OMATOIMI_DEMO": "no"}
        self.environment = own | given
        self._killed = killed

    def set_up(self, libraries: dict[str, list[str]], **told: Any) -> None:
        """Name the installation's libraries with their districts, and what else is not as in the example."""
        city = load(EXAMPLE).model_dump(mode="json", exclude_none=True)
        city |= told | {"libraries": {code: {"districts": districts} for code, districts in libraries.items()}}
        # Nobody is of the staff of a library that is not there.
        groups = city["identity"]["groups"].items()
        city["identity"]["groups"] = {
            name: rights for name, rights in groups if all(one.get("unit") in {None, *libraries} for one in rights)
        }
        file = self.home.root / "installation.yaml"
        file.write_text(json.dumps(city), encoding="utf-8")
        self.environment["OMATOIMI_INSTALLATION"] = str(file)

    def command(self, *arguments: str, status: int = 0, within: float = PATIENCE) -> str:
        """Run `omatoimi` with these arguments, and return all that it printed. Its exit status has to be `status`."""
        done = subprocess.run(  # noqa: S603 - the arguments are the test's
            [sys.executable, "-m", "omatoimi.cli", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=within,
            check=False,
        )
        if done.returncode != status:
            raise AssertionError(f"omatoimi {' '.join(arguments)} ended with {done.returncode}: {done.stdout}")
        return done.stdout

    def up(self) -> str:
        """Start it in the background, unless it runs; returns what was printed."""
        return self.command("up")

    def down(self) -> str:
        """Stop it, or what is left of it."""
        return self.command("down")

    def status(self) -> dict[str, Any]:
        """Tell what `omatoimi status --json` says."""
        report: dict[str, Any] = json.loads(self.command("status", "--json"))
        return report

    @property
    def addresses(self) -> dict[str, Any]:
        """The addresses `url`, `internal` and `kafka` and, by service, `postgres`, as the last start has noted them:
        to ask the command for them takes a process."""
        noted = homes.load(self.home).addresses
        return noted | {"postgres": databases.addresses(noted["postgres"], self.home)}

    @contextmanager
    def foreground(self) -> Iterator[subprocess.Popen[str]]:
        """Provide `omatoimi run`, ready; ended by force at the end if it still runs."""
        run = subprocess.Popen(
            [sys.executable, "-m", "omatoimi.cli", "run"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            self.wait_for("ready", run)
            yield run
        finally:
            if run.poll() is None:
                run.kill()
            run.communicate()

    def wait_for(self, phase: str, run: subprocess.Popen[str] | None = None, within: float = PATIENCE) -> None:
        """Wait until this phase is reached, or raise AssertionError when the process has ended instead."""
        until(lambda: homes.load(self.home).phase == phase or bool(run and run.poll() is not None), within)
        if homes.load(self.home).phase != phase:
            raise AssertionError(f"ended before it was {phase}: {homes.load(self.home)}")

    def processes(self) -> dict[str, int]:
        """Return the pids of all that runs here, by part: `omatoimi` (the supervisor), `kafka`, `postgres`,
        `services`."""
        recorded = homes.load(self.home).processes
        return {name: pid for name, (pid, known) in recorded.items() if processes.identity(pid) == known}

    def kill9(self, *parts: str) -> None:
        """End these parts (else all) with SIGKILL, PostgreSQL with its sessions, and wait until they are gone."""
        chosen = {name: pid for name, pid in self.processes().items() if not parts or name in parts}
        if supervisor := chosen.get("omatoimi"):
            # Frozen first: it would start the others again, and they would end by themselves once it is gone.
            os.kill(supervisor, signal.SIGSTOP)
        victims: dict[int, str | None] = {}
        for name, pid in sorted(chosen.items(), key=lambda part: part[0] == "omatoimi"):
            for victim in [pid, *(processes.children(pid) if name == "postgres" else ())]:
                victims[victim] = processes.identity(victim)
                # A session may have ended by itself meanwhile.
                with suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
            self._killed.append(pid)
        while any(known and processes.identity(victim) == known for victim, known in victims.items()):
            time.sleep(0.01)


@contextmanager
def temporary(killed: list[int], below: Path | None = None) -> Iterator[RunningInstallation]:
    """Provide an installation that is stopped and removed afterwards, in a folder below this one (else below the home,
    whose jars it has)."""
    around = homes.home()
    homes.prepare(around)
    jars.classpath(around.jars)
    root = (below or around.root) / "installations" / secrets.token_hex(4)
    home = Home(root, root / "jars")
    homes.prepare(home)
    for jar in around.jars.glob("*.jar"):
        (home.jars / jar.name).symlink_to(jar)
    made = RunningInstallation(home, homes.unused_port(), killed)
    try:
        yield made
    finally:
        made.command("down")
        homes.delete_data(home)
        shutil.rmtree(root)
