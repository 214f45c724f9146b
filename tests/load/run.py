"""One run: how thorough it is, and rounds in which everybody who is compared has a turn."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.kits.platform import Servers
from tests.load import profiling
from tests.load.findings import Goal, MeasuredFigure, Profile
from tests.load.ground import Say

Turn = Callable[[int], Awaitable[dict[str, Any]]]
"""One contestant's turn in a round, by the round's number: what it counted."""


@dataclass
class Run:
    """`short` measures little and still checks everything that was counted; `profile` looks where the time goes."""

    platform: Servers
    say: Say
    short: bool = False
    profile: bool = False

    @property
    def rounds(self) -> int:
        return 1 if self.short else 3

    def scaled(self, full: int, short: int) -> int:
        """So many in a run, or in a short one."""
        return short if self.short else full

    async def alternate(self, turns: dict[str, Turn]) -> "Turns":
        """Everybody's turn, round by round, every other round from the last to the first."""
        told: dict[str, list[dict[str, Any]]] = {name: [] for name in turns}
        for number in range(self.rounds):
            for name in list(turns) if number % 2 == 0 else list(turns)[::-1]:
                begun = time.monotonic()
                told[name].append(await turns[name](number))
                counted = ", ".join(f"{what} {value:,.1f}" for what, value in told[name][-1].items())
                self.say(f"round {number + 1} of {self.rounds}, {name}: {counted} ({time.monotonic() - begun:.0f} s)")
        return Turns(told)

    async def profiled(self, pid: int, while_: Awaitable[Any]) -> Profile:
        """Where a process spends its time meanwhile."""
        return await profiling.of(pid, while_)


@dataclass(frozen=True)
class Turns:
    """What everybody counted, by name, a dict a round."""

    told: dict[str, list[dict[str, Any]]]

    def figure(
        self, name: str, what: str, counted: str = "rate", unit: str = "/s", goal: Goal | None = None
    ) -> MeasuredFigure:
        """One count of one contestant as a figure."""
        return MeasuredFigure(what, unit, [one[counted] for one in self.told[name]], goal)

    def total(self, name: str, counted: str) -> float:
        return sum(float(one[counted]) for one in self.told[name])
