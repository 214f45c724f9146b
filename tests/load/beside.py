"""The same bench from two checkouts, in turns on the same servers: what was won or lost, on however busy a machine.

Each checkout runs its own bench in its own environment. Of each turn it is told, too, how long it held a core, which
others on the machine change far less than how long it took.
"""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
from omatoimi_platform import home as homes
from omatoimi_platform.home import CHECKOUT
from omatoimi_platform.postgres import Server

from tests.kits.process import own_environment
from tests.load.findings import MeasuredFigure, check, ratio, told
from tests.load.page import table
from tests.load.program import PEERS, Failed
from tests.load.run import Run

TIMES = 2
"""So often a bench runs from its beginning, with its processes started anew."""
IN_TURNS = Path(__file__).parent / "programs" / "in_turns.py"
HEAD = ("turn", "counted", "there", "here", "here / there", "least–most")
DECIDED = ("confirmed", "refused", "asked")
"""Counts of requests in turns that last so many seconds: what it took of a core is told for one of them. Other turns do
the same work each time."""

Counted = dict[tuple[str, str], list[float]]
"""What a checkout counted, by turn and count: a value a round."""


async def compare(run: Run, bench: str, folder: Path) -> str:
    """Run the bench of both checkouts, by turns first; a table of what both counted."""
    there, here = Counted(), Counted()
    for _ in range(1 if run.short else TIMES):
        async with _side(run, bench, folder, "there") as theirs, _side(run, bench, CHECKOUT, "here") as ours:
            order = [(theirs, there), (ours, here)]
            while turn := await theirs.next():
                check(turn == (other := await ours.next()), f"not the same turns: {turn} there, {other} here")
                for side, counted in order:
                    for what, value in (await side.go(turn)).items():
                        counted.setdefault((turn, what), []).append(value)
                    run.say(f"{turn}, {side.name}: {_last(counted, turn)}")
                order.reverse()
    return table(HEAD, rows(there, here))


def _last(counted: Counted, turn: str) -> str:
    return ", ".join(f"{what} {told(values[-1])}" for (of, what), values in counted.items() if of == turn)


def rows(there: Counted, here: Counted) -> Iterator[Sequence[str]]:
    """What both counted, with the median of the ratios of each round."""
    for key, values in there.items():
        if key in here and key[1] not in DECIDED and all(values):
            before, now = MeasuredFigure("", "", values), MeasuredFigure("", "", here[key])
            times = ratio("", now, before)
            yield *key, told(before.median), told(now.median), told(times.median), times.spread


class Side:
    """One checkout's bench, which waits before each of its turns."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, database: int) -> None:
        self.name, self._process, self._database = name, process, database

    async def next(self) -> str | None:
        """The turn that it waits for; None when it has ended."""
        said = await self._said()
        return str(said["turn"]) if said else None

    async def go(self, turn: str) -> dict[str, float]:
        """Let it have its turn; what it counted, and how long it held a core."""
        before, kept = held(self._process.pid), held(self._database)
        assert self._process.stdin
        self._process.stdin.write(b"\n")
        said = await self._said()
        check(said is not None, f"{self.name} ended within {turn}")
        assert said
        counted: dict[str, float] = said["counted"]
        after, stored = held(self._process.pid), held(self._database)
        decided = sum(counted.get(what, 0) for what in DECIDED) or 1
        served = sum(after[pid] - before[pid] for pid in after.keys() & before.keys() - {self._process.pid})
        return counted | {
            "ms of a core, services that run on": 1000 * served / decided,
            "ms of a core, all processes": 1000 * (sum(after.values()) - sum(before.values())) / decided,
            "ms of a core, PostgreSQL": 1000 * (sum(stored.values()) - sum(kept.values())) / decided,
        }

    async def _said(self) -> dict[str, Any] | None:
        assert self._process.stdout
        if line := await self._process.stdout.readline():
            return dict(json.loads(line))
        if code := await self._process.wait():
            raise Failed(f"{self.name} ended with {code}")
        return None


def held(root: int) -> dict[int, float]:
    """Seconds for which a process and those below it have held a core, by pid; what ended counts for its parent."""
    seconds = {}
    for process in (psutil.Process(root), *psutil.Process(root).children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            seconds[process.pid] = sum(process.cpu_times()[:4])
    return seconds


@asynccontextmanager
async def _side(run: Run, bench: str, folder: Path, name: str) -> AsyncIterator[Side]:
    environment = own_environment() | {
        "OMATOIMI_HOME": str(homes.home().root / "load" / name),
        "OMATOIMI_KAFKA": run.platform.kafka,
        "OMATOIMI_POSTGRES": run.platform.postgres,
        "PYTHONPATH": str(folder),
    }
    process = await asyncio.create_subprocess_exec(
        # All that it imports comes from the folder, nothing from beside the program (-P).
        str(folder / ".venv" / "bin" / "python"), "-P", str(IN_TURNS),
        bench, "short" if run.short else "whole", str(PEERS),
        cwd=folder, env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    database = run.platform.database_server
    assert isinstance(database, Server), "time of PostgreSQL is told of a server of ours, not of one in a container"
    try:
        yield Side(name, process, database.pid)
    finally:
        if process.returncode is None:  # with the services that it has started
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
