"""A service, or a role of it, as a process: `python -m <service> <role>`, with nothing but its environment."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from omatoimi_platform import home as homes

from tests.kits.platform import Servers
from tests.waiting import PATIENCE, until


class Process:
    """One process. `http` is where it serves (if `api` is among its roles), `internal` where its health is told."""

    def __init__(self, run: "subprocess.Popen[bytes]", what: str, port: int, internal: int, log: Path) -> None:
        self.what, self._run, self._log = what, run, log
        self.http = f"http://127.0.0.1:{port}"
        self.internal = f"http://127.0.0.1:{internal}"

    @property
    def pid(self) -> int:
        return self._run.pid

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8")

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of its log."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]

    @property
    def sentence(self) -> str:
        """What it said in the end, beside its log."""
        return "\n".join(line for line in self.log.splitlines() if not line.startswith("{"))

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._run.poll()

    async def health(self, kind: str) -> int:
        """The status of `/health/live` or `/health/ready`; 0 while nobody answers."""
        async with httpx.AsyncClient() as client:
            try:
                return (await client.get(f"{self.internal}/health/{kind}")).status_code
            except httpx.TransportError:
                return 0

    async def ready(self, within: float = PATIENCE) -> "Process":
        async def look() -> bool:
            assert self._run.poll() is None, f"{self.what} ended with {self._run.returncode}: {self.log}"
            return await self.health("ready") == 200

        await until(look, f"{self.what} is ready", within)
        return self

    async def ended(self, within: float = PATIENCE) -> int:
        """Wait until it has ended of itself; its exit code."""

        async def look() -> bool:
            return self._run.poll() is not None

        try:
            await until(look, f"{self.what} ends", within)
        except AssertionError as late:
            raise AssertionError(f"{late}: {self.log[-5000:]}") from None
        return self._run.returncode

    def ask_to_end(self) -> None:
        """Send SIGTERM, as a deployment does."""
        self._run.send_signal(signal.SIGTERM)

    async def terminate(self, within: float = PATIENCE) -> int:
        """Ask it to end, and wait for that; its exit code."""
        self.ask_to_end()
        return await self.ended(within)

    async def kill(self, platform: Servers) -> None:
        """End it by force (SIGKILL), and count that."""
        self._run.kill()
        platform.killed(self._run.pid)
        await self.ended()

    def freeze(self) -> None:
        """Stop it from running (SIGSTOP): its ports stay open and nothing answers."""
        self._run.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `freeze`."""
        self._run.send_signal(signal.SIGCONT)


def own_environment() -> dict[str, str]:
    """This process's environment, without what is meant for the services."""
    return {name: told for name, told in os.environ.items() if not name.startswith("OMATOIMI_")}


@contextmanager
def process(
    service: str, *roles: str, environment: dict[str, str], folder: Path, port: int | None = None
) -> Iterator[Process]:
    """Start it, on ports of its own unless one is given; whatever is left of it at the end is ended by force."""
    port = port or homes.unused_port()
    internal = homes.unused_port(besides=[port])
    ports = {"OMATOIMI_PORT": str(port), "OMATOIMI_INTERNAL_PORT": str(internal)}
    what = " ".join([service, *roles])
    log = folder / f"{'-'.join([service, *roles])}-{port}.log"
    with log.open("ab") as out:  # on a port of its own, the log of all its lives
        run = subprocess.Popen(
            [sys.executable, "-m", service, *roles],
            env=own_environment() | ports | environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Process(run, what, port, internal, log)
    finally:
        if run.poll() is None:
            run.kill()
        run.wait()
