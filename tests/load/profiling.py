"""Where a process spends its time: py-spy looks at it from outside, a hundred times a second, in a round of its own."""

import asyncio
import contextlib
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import psutil

from tests.load.findings import Profile
from tests.load.program import PEERS

TOP = 15
RATE = 100


async def of(pid: int, meanwhile: Awaitable[Any]) -> Profile:
    """The functions with most time of their own, while something is awaited; time in which it waits is left out."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "stacks"
        spy = await asyncio.create_subprocess_exec(
            str(PEERS / "py-spy"), "record", "--pid", str(pid), "--format", "raw", "--output", str(out),
            "--rate", str(RATE), "--duration", "600", "--nonblocking",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        process = psutil.Process(pid)
        begun, used = time.monotonic(), _used(process)
        try:
            await meanwhile
            ran = (_used(process) - used) / (time.monotonic() - begun)
        finally:
            with contextlib.suppress(ProcessLookupError):
                spy.send_signal(signal.SIGINT)
            await spy.wait()
        return Profile(100 * ran, own_time(out.read_text()) if out.exists() else [])


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def own_time(stacks: str) -> list[tuple[float, str]]:
    """Shares by function from stacks, a line each: frames from the outermost in, and how often it was seen."""
    seen: Counter[str] = Counter()
    for line in stacks.splitlines():
        frames, _, number = line.rpartition(" ")
        seen[_function(frames.rpartition(";")[2])] += int(number)
    total = sum(seen.values()) or 1
    return [(100 * number / total, name) for name, number in seen.most_common(TOP)]


def _function(frame: str) -> str:
    """`function package/file.py` of a frame that says `function (package/file.py:line)`."""
    name, _, place = frame.partition(" (")
    return f"`{name}` {place.removesuffix(')').rpartition(':')[0]}"
