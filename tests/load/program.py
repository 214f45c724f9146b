"""Running a program of `tests.load.programs` in a process of its own."""

import asyncio
import json
import os
import signal
import sys
from typing import Any

from omatoimi_platform.home import CHECKOUT

from tests.kits.process import own_environment

PEERS = CHECKOUT / ".venv-bench" / "bin"
"""The environment of the peers, and of what draws and profiles."""


class Failed(Exception):
    """A program did not tell what it counted."""


async def run(name: str, asked: dict[str, Any], *, peer: bool = False, within: float = 180) -> dict[str, Any]:
    """What the program tells. With `peer` it runs in the environment of the peers."""
    python = str(PEERS / "python") if peer else sys.executable
    process = await asyncio.create_subprocess_exec(
        python, "-m", f"tests.load.programs.{name}", json.dumps(asked),
        cwd=CHECKOUT, env=own_environment(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    try:
        said, complained = await asyncio.wait_for(process.communicate(), within)
    except BaseException as error:
        # With the processes that it has started.
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        if isinstance(error, TimeoutError):
            raise Failed(f"{name} had not ended after {within:.0f} s") from None
        raise
    if process.returncode != 0:
        sys.stderr.buffer.write(complained)
        last = complained.decode(errors="replace").strip().rpartition("\n")[2]
        raise Failed(f"{name} ended with {process.returncode}: {last}")
    told: dict[str, Any] = json.loads(said.decode().splitlines()[-1])
    return told
