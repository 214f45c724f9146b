"""Services in processes of their own, to be killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chassis import Settings
from omatoimi_platform.home import unused_port
from pydantic import SecretStr

from tests.kits.platform import Servers as Platform
from tests.kits.process import own_environment

HERE = Path(__file__).parent


class Child:
    """A child process. Its log is read to the end so that it never waits for us."""

    def __init__(self, platform: Platform, process: asyncio.subprocess.Process) -> None:
        self.platform, self.process = platform, process
        self.log: list[str] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.log.append(line.decode())

    async def halted(self) -> None:
        """Wait until it stands at its point of danger."""
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 300)
        assert line == b"halted\n", "".join(self.log)

    async def kill(self) -> None:
        """End it with SIGKILL."""
        self.process.kill()
        self.platform.killed(self.process.pid)
        await self.ended()

    async def ended(self, within: float = 60) -> int:
        """Wait for its end and return its exit code."""
        code = await asyncio.wait_for(self.process.wait(), within)
        await self._reading
        return code

    def terminate(self) -> None:
        """Ask it to end, as a deployment does."""
        self.process.send_signal(signal.SIGTERM)


@asynccontextmanager
async def child(
    platform: Platform, settings: Settings, service: str, *roles: str, halts: str = "none"
) -> AsyncIterator[Child]:
    """Run a toy service as a process of its own; it is gone when the context ends."""
    # A port of its own, unless one is given: somebody may use the system on this machine meanwhile.
    given = {"port": unused_port()} | settings.model_dump(exclude_unset=True)
    secrets = {name: value.get_secret_value() for name, value in given.items() if isinstance(value, SecretStr)}
    variables = {f"OMATOIMI_{name.upper()}": str(value) for name, value in (given | secrets).items()}
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(HERE.parent)]))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "tests.child",
        service,
        halts,
        *roles,
        env=own_environment() | variables | {"PYTHONPATH": path},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    made = Child(platform, process)
    try:
        yield made
    finally:
        if process.returncode is None:
            process.kill()
        await made.ended()
