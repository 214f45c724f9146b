"""Service tasks around a booking: who opens the door."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypedDict
from uuid import UUID

from omatoimi_contracts.vocabulary import Organiser

from booking.domain.bookings import Booking


class TaskState(StrEnum):
    """How far a task is. One that is reopened is open again."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class TaskFacts(TypedDict):
    """What every event of a task tells of it, by the names of the contract; `due` is in UTC, `by` is on whose part it
    happened."""

    task: UUID
    kind: str
    premises: str
    space: str
    booking: UUID
    due: datetime
    by: str
    owner: str
    organiser: Organiser
    coorganisers: tuple[Organiser, ...]
    opentopublic: bool
    purpose: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a booking; `due` is when it must be done by, `minutes` how long it took where that was told."""

    task: UUID
    booking: UUID
    kind: str
    due: datetime
    state: TaskState = TaskState.OPEN
    minutes: int | None = None

    def done(self, minutes: int | None) -> "Task":
        """Let it be done, with so many minutes of work."""
        return replace(self, state=TaskState.DONE, minutes=minutes)

    def reopened(self) -> "Task":
        """Let it be open again; its clock runs on."""
        return replace(self, state=TaskState.OPEN, minutes=None)

    def moved(self, due: datetime) -> "Task":
        """Let it fall due at another time."""
        return replace(self, due=due)

    def cancelled(self) -> "Task":
        """Let it be off, since its booking is gone or needs it no more."""
        return replace(self, state=TaskState.CANCELLED)

    def facts(self, booking: Booking, *, by: str) -> TaskFacts:
        """Tell what every event of it tells."""
        return {
            "task": self.task,
            "kind": self.kind,
            "premises": booking.premises,
            "space": booking.space,
            "booking": booking.booking,
            "due": self.due,
            "by": by,
            "owner": booking.owner,
            "organiser": booking.organiser,
            "coorganisers": booking.coorganisers,
            "opentopublic": booking.opentopublic,
            "purpose": booking.purpose,
        }


def may_not_become(task: Task, booking: Booking, state: str) -> str | None:
    """Tell why it cannot be told done or reopened, as a code."""
    if task.state == TaskState.CANCELLED or booking.cancelled_at:
        return "already-cancelled"
    if state == "done" and task.state == TaskState.DONE:
        return "already-done"
    if state == "reopened" and task.state == TaskState.OPEN:
        return "not-done"
    return None
