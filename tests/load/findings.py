"""What a bench finds: figures with one value a round, ratios within a round, and the goals they are held to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Profile:
    """Where a process spent its time: the share of the time in which it ran at all (per cent of one core; the rest it
    waited), and of that the functions with most time of their own, in per cent."""

    ran: float
    own: Sequence[tuple[float, str]]


class Wrong(Exception):
    """What was measured did not do what it promises: no figure of it counts."""


def check(holds: bool, sentence: str) -> None:
    """Raise `Wrong` with the sentence unless it holds."""
    if not holds:
        raise Wrong(sentence)


@dataclass(frozen=True)
class Goal:
    """At least `at`, or with `below` less than it."""

    at: float
    below: bool = False

    def reached(self, value: float) -> bool:
        return value < self.at if self.below else value >= self.at

    def __str__(self) -> str:
        return f"{'<' if self.below else '≥'} {told(self.at)}"


@dataclass(frozen=True)
class MeasuredFigure:
    """One thing that was measured, once a round; told as the median with the least and the most."""

    what: str
    unit: str
    values: Sequence[float]
    goal: Goal | None = None

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def reached(self) -> bool | None:
        """Whether the median reaches the goal; None without one."""
        return self.goal.reached(self.median) if self.goal else None

    @property
    def spread(self) -> str:
        low, high = told(min(self.values)), told(max(self.values))
        return "" if low == high else f"{low}–{high}"


def ratio(what: str, ours: MeasuredFigure, theirs: MeasuredFigure, goal: Goal | None = None) -> MeasuredFigure:
    """How many times theirs is ours: within each round, so that what disturbs both cancels out."""
    return MeasuredFigure(what, "×", [a / b for a, b in zip(ours.values, theirs.values, strict=True)], goal)


def told(value: float) -> str:
    """A number with as many digits as are worth reading."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


@dataclass(frozen=True)
class Finding:
    """What one bench found. `setting` says what was measured beside what, and what differs between the two; `bars` are
    drawn beside `peers`, under `picture` if that is not the title; `table` is told as it is, its head first."""

    name: str
    title: str
    setting: str
    ratios: Sequence[MeasuredFigure] = ()
    figures: Sequence[MeasuredFigure] = ()
    bars: Sequence[MeasuredFigure] = ()
    peers: Sequence[MeasuredFigure] = ()
    picture: str = ""
    table: Sequence[Sequence[str]] = ()
    profiles: dict[str, Profile] = field(default_factory=dict)
