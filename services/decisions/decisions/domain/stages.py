"""The way of a case, from its beginning to what residents were answered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

State = Literal["done", "now", "ahead"]


@dataclass(frozen=True, slots=True)
class Comments:
    """What residents said about a case: how much, how much of it was answered, and how often that changed the
    proposal."""

    received: int = 0
    answered: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a case: `opened`, `comments`, `hearing`, `meeting`, `decision` or `answers`; `at` is when it was or
    will be, where that is known."""

    name: str
    state: State
    at: datetime | date | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """What is known of the way of a case: when we learnt of it, its next hearing and meeting, the day of its last
    decision, and what residents said. `closed`: the register says that it is done."""

    opened: datetime
    hearing: datetime | None
    meeting: datetime | None
    decided: date | None
    comments: Comments
    closed: bool = False

    @property
    def open(self) -> bool:
        """Whether residents can still have a say: until it is decided."""
        return self.decided is None and not self.closed


def stages(course: Course) -> tuple[Stage, ...]:
    """Return the stages of a case; the one that it is at is the first that is not done."""
    return tuple(_marked(_stages(course)))


def _stages(course: Course) -> Iterator[tuple[str, bool, datetime | date | None]]:
    yield "opened", True, course.opened
    yield "comments", not course.open, None
    if course.hearing:
        yield "hearing", False, course.hearing
    if course.open or course.meeting:
        yield "meeting", not course.open, course.meeting
    yield "decision", not course.open, course.decided
    if course.comments.received:
        yield "answers", course.comments.answered >= course.comments.received, None


def _marked(stages: Iterator[tuple[str, bool, datetime | date | None]]) -> Iterator[Stage]:
    reached = False
    for name, done, at in stages:
        state: State = "done" if done else "ahead" if reached else "now"
        reached = reached or not done
        yield Stage(name, state, at)
