"""A booking that stands, and what may still be done with it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from omatoimi_contracts.vocabulary import Organiser, Slot

from booking.domain.hours import month_of

EARLY_CHECK_IN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking as it was confirmed and last moved. `source` is the channel that made it; `attended` is None while it
    is not known whether they came."""

    booking: UUID
    number: int
    source: str
    premises: str
    owner: str
    unit: str
    space: str
    leaves: tuple[str, ...]
    slot: Slot
    wanted: Slot
    hours: str
    organiser: Organiser
    coorganisers: tuple[Organiser, ...]
    opentopublic: bool
    purpose: str
    case: str | None = None
    session: UUID | None = None
    persons: int | None = None
    cancelled_at: datetime | None = None
    attended: bool | None = None
    counted: int | None = None

    @property
    def month(self) -> date:
        """The month whose quota it takes from."""
        return month_of(self.slot.start)

    @property
    def holder(self) -> tuple[UUID, date] | None:
        """Whose quota it takes from."""
        organisation = self.organiser.organisation
        return (organisation, self.month) if organisation else None

    @property
    def state(self) -> str:
        return "cancelled" if self.cancelled_at else "confirmed"

    def facts(self) -> dict[str, Any]:
        """What every event of it tells."""
        return {
            "booking": self.booking,
            "premises": self.premises,
            "owner": self.owner,
            "space": self.space,
            "leaves": self.leaves,
            "slot": self.slot,
            "wanted": self.wanted,
            "hours": self.hours,
            "organiser": self.organiser,
            "coorganisers": self.coorganisers,
            "opentopublic": self.opentopublic,
            "purpose": self.purpose,
            "case": self.case,
        }


def may_not_be_cancelled(booking: Booking, moment: datetime) -> str | None:
    """Why it cannot be given back at that moment, as a code. After its start it still can: that is told apart by its
    time (R4)."""
    if booking.cancelled_at:
        return "already-cancelled"
    if booking.attended is not None:
        return "attendance-known"
    if moment >= booking.slot.end:
        return "already-over"
    return None


def may_not_be_moved(booking: Booking, to: Slot, now: datetime) -> str | None:
    """Why it cannot be moved there, as a code. While they are in it may be made longer or shorter."""
    if booking.cancelled_at:
        return "already-cancelled"
    if now >= booking.slot.end:
        return "already-over"
    if booking.attended is not None and to.start != booking.slot.start:
        return "attendance-known"
    return None


def may_not_be_attended(booking: Booking, attended: bool, persons: int | None, now: datetime) -> str | None:
    """Why attendance cannot be told, as a code. Nobody has stayed away before it began."""
    if booking.cancelled_at:
        return "already-cancelled"
    if now < booking.slot.start - (EARLY_CHECK_IN if attended else timedelta()):
        return "not-yet"
    if not attended and persons:
        return "unattended-with-persons"
    return None
