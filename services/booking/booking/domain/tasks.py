"""Service tasks around a booking: who opens the door."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from booking.domain.bookings import Booking


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a booking; `state` is open, done or cancelled; `due` is when it must be done by."""

    task: UUID
    booking: UUID
    kind: str
    due: datetime
    state: str = "open"
    minutes: int | None = None

    def facts(self, booking: Booking, *, by: str) -> dict[str, Any]:
        """What every event of it tells; `by` is on whose part it happened."""
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
    """Why it cannot be told done or reopened, as a code."""
    if task.state == "cancelled" or booking.cancelled_at:
        return "already-cancelled"
    if state == "done" and task.state == "done":
        return "already-done"
    if state == "reopened" and task.state == "open":
        return "not-done"
    return None
