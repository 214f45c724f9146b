"""A booking that stands, and what may still be done with it."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from omatoimi_contracts.booking import BookingFact
from omatoimi_contracts.vocabulary import Organiser, Slot

EARLY_CHECK_IN = timedelta(minutes=30)


class BookingState(StrEnum):
    """Whether a booking stands."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking as it was confirmed and last moved. `source` is the channel that made it, `person` who
    has signed in there (told to nobody); `attended` is None while it
    is not known whether they came; then `attended_by` is in which role somebody last told it, and `attended_at` when.
    `confirmed_at` is None until it is written."""

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
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None
    attended: bool | None = None
    counted: int | None = None
    attended_by: str | None = None
    attended_at: datetime | None = None
    person: UUID | None = None
    rules_accepted: int | None = None
    cancel_before: int | None = None

    @property
    def state(self) -> BookingState:
        return BookingState.CANCELLED if self.cancelled_at else BookingState.CONFIRMED

    @property
    def cancellable_until(self) -> datetime | None:
        """Until when whoever made it can give it back; None where it cannot be any more, whatever the time."""
        if self.cancelled_at or self.attended is not None:
            return None
        return self.slot.end if self.cancel_before is None else self.slot.start - timedelta(minutes=self.cancel_before)

    def too_late(self, moment: datetime) -> bool:
        """Tell whether whoever made it was to give it back before that moment."""
        return self.cancel_before is not None and moment > self.slot.start - timedelta(minutes=self.cancel_before)

    def facts(self, of: type[BookingFact] = BookingFact) -> dict[str, Any]:
        """Tell what every event of it tells, or one kind of event: each field of the contract that a booking has."""
        return {name: getattr(self, name) for name in _told(of)}


@cache
def _told(of: type[BookingFact]) -> tuple[str, ...]:
    known = {field.name for field in fields(Booking)}
    return tuple(name for name in of.model_fields if name in known)


def may_not_be_cancelled(booking: Booking, moment: datetime, *, by_keeper: bool) -> str | None:
    """Tell why it cannot be given back at that moment, as a code. After its start it still can, where its space does
    not say otherwise or a keeper of the house does it: that is told apart by its time (R4)."""
    if booking.cancelled_at:
        return "already-cancelled"
    if booking.attended is not None:
        return "attendance-known"
    if moment >= booking.slot.end:
        return "already-over"
    if booking.too_late(moment) and not by_keeper:
        return "too-late-to-cancel"
    return None


def may_not_be_moved(booking: Booking, space: str, to: Slot, now: datetime, *, by_keeper: bool) -> str | None:
    """Tell why it cannot be moved there, as a code. While they are in it may be made longer or shorter; when it is too
    late to give it back, only longer."""
    if booking.cancelled_at:
        return "already-cancelled"
    if now >= booking.slot.end:
        return "already-over"
    if booking.attended is not None and to.start != booking.slot.start:
        return "attendance-known"
    if (space, to) == (booking.space, booking.slot):
        return "nothing-to-move"
    keeps_all = space == booking.space and to.start <= booking.slot.start and booking.slot.end <= to.end
    if booking.too_late(now) and not by_keeper and not keeps_all:
        return "too-late-to-cancel"
    return None


def may_not_be_attended(booking: Booking, attended: bool, persons: int | None, moment: datetime) -> str | None:
    """Tell why attendance at that moment cannot be told, as a code. Nobody has stayed away before it began."""
    if booking.cancelled_at:
        return "already-cancelled"
    if moment < booking.slot.start - (EARLY_CHECK_IN if attended else timedelta()):
        return "not-yet"
    if not attended and persons:
        return "unattended-with-persons"
    return None
