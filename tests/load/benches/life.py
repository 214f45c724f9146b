"""What a start takes, and what a process holds."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psutil
from omatoimi.installation import RunningInstallation, temporary
from omatoimi_platform import processes

from tests.alone.place import Surroundings
from tests.load.findings import Finding, MeasuredFigure, Profile, told
from tests.load.ground import PATIENCE, place_of
from tests.load.run import Run

SETTING = """
Each service and role as a process of its own, from its start until it says that it is ready: first with an empty
database, which it migrates, then again with what it left. Then a whole installation without example content:
`omatoimi up` in an empty home (with the jars of Apache Kafka in place, which a first run fetches) and again after
`omatoimi down`. Memory is taken as soon as all is ready, before anybody asks for anything: what is resident (RSS), and
the share that counts what several processes hold in common once (PSS); PostgreSQL's processes share their buffers,
which RSS counts for each of them.
"""

SERVICES = ("booking", "notices", "decisions", "analytics")
ROLES = ("api", "relay", "worker")
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Life:
    """A process: seconds from its start to ready, first and again; megabytes once it is ready."""

    what: str
    first: float
    again: Sequence[float]
    resident: float
    share: float | None

    @property
    def row(self) -> list[str]:
        again = MeasuredFigure(self.what, "s", self.again)
        share = "" if self.share is None else f"{self.share:.0f}"
        return [self.what, told(self.first), told(again.median), again.spread, f"{self.resident:.0f}", share]


HEAD = ["process", "first start, s", "again, s", "least–most", "RSS, MB", "PSS, MB"]


async def bench(run: Run) -> Finding:
    lives: list[Life] = []
    async with place_of(run.platform) as place:
        for service in SERVICES if not run.short else SERVICES[:1]:
            await place.create_database(service)
            for role in ROLES:
                lives.append(await _life(run, place, service, role))
                run.say(", ".join(lives[-1].row))
        profiles: dict[str, Profile] = {}
        if run.profile:
            with place.run("booking", "api") as process:
                profiles["booking's API on its way to ready"] = await run.profiled(process.pid, process.ready(PATIENCE))
    with temporary([]) as installation:
        whole = await asyncio.to_thread(_whole, run, installation)
    run.say("; ".join(", ".join(one.row) for one in whole))
    one = whole[0]
    return Finding(
        "life",
        "Start and memory",
        SETTING,
        figures=[
            MeasuredFigure("the whole installation, first start in an empty home", "s", [one.first]),
            MeasuredFigure("the whole installation, warm start", "s", one.again),
            MeasuredFigure("the one process of the four services, RSS", "MB", [one.resident]),
        ],
        bars=[MeasuredFigure(life.what, "MB", [life.resident]) for life in (*lives, *whole[:1])],
        peers=[MeasuredFigure(life.what, "MB", [life.resident]) for life in whole[1:]],
        picture="Memory that is resident (RSS), MB",
        profiles=profiles,
        table=[HEAD, *(life.row for life in [*lives, *whole])],
    )


async def _life(run: Run, place: Surroundings, service: str, role: str) -> Life:
    async def start() -> tuple[float, float, float | None]:
        begun = time.perf_counter()
        with place.run(service, role) as process:
            await process.ready(PATIENCE)
            took = time.perf_counter() - begun
            held = memory(process.pid)
            await process.terminate(PATIENCE)
        return took, *held

    # The database is migrated by whichever role comes first; for the others the first start is one like the next.
    first, _, _ = await start()
    again = [await start() for _ in range(run.rounds)]
    return Life(f"{service} {role}", first, [took for took, _, _ in again], again[-1][1], again[-1][2])


def _whole(run: Run, installation: RunningInstallation) -> list[Life]:
    """The installation as one process beside Kafka and PostgreSQL; the seconds are of all of it."""

    def start() -> float:
        begun = time.perf_counter()
        installation.up()
        return time.perf_counter() - begun

    first, again = start(), []
    for _ in range(run.rounds):
        installation.down()
        again.append(start())
    lives = []
    names = {
        "services": "all four services, one process",
        "kafka": "Apache Kafka",
        "postgres": "PostgreSQL, all its processes",
    }
    for part, name in names.items():
        pid = installation.processes()[part]
        held = [memory(each) for each in [pid, *(processes.children(pid) if part == "postgres" else ())]]
        share = None if any(s is None for _, s in held) else sum(s or 0 for _, s in held)
        lives.append(Life(name, first, again, sum(r for r, _ in held), share))
    return lives


def memory(pid: int) -> tuple[float, float | None]:
    """Megabytes resident, and their share (None where the system does not tell)."""
    found: Any = psutil.Process(pid).memory_full_info()
    share = getattr(found, "pss", None)
    return found.rss / MEGABYTE, share / MEGABYTE if share is not None else None
