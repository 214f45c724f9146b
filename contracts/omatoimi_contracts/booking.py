"""Bookings and the use of space. Written by booking; key `<municipality>/<premises>`, the smallest unit that no claim
crosses, so that a subscriber never sees two bookings in one room at once."""

from typing import Annotated, ClassVar

from pydantic import Field

from omatoimi_contracts.primitives import Code, Id
from omatoimi_contracts.vocabulary import (
    By,
    CancelReason,
    CaseKey,
    CountMethod,
    Department,
    Fact,
    HoursKind,
    Organiser,
    Persons,
    Purpose,
    Shape,
    Slot,
    Version,
    open_list,
)

Leaves = Annotated[tuple[Code, ...], Field(min_length=1, max_length=50, description="The smallest spaces it takes.")]

Rule = Annotated[
    str,
    open_list(
        "taken",
        "closed",
        "quota",
        "capacity",
        "too-few-persons",
        "off-grid",
        "too-short",
        "too-long",
        "too-soon",
        "in-the-past",
        "too-far-ahead",
        "not-verified",
        description="The rule that refused.",
    ),
]
CancelBefore = Annotated[
    int,
    Field(
        ge=0, le=43_200, description="So many minutes before it begins whoever made it can give it back at the latest."
    ),
]
RulesAccepted = Annotated[Version, Field(description="Which version of the space's house rules was accepted.")]


class UseFact(Fact):
    """The dimensions that every booking, attendance and walk-in carries."""

    TOPIC: ClassVar[str] = "booking.events.v1"
    KEY: ClassVar[str] = "{municipality}/{premises}"
    premises: Code
    space: Code
    leaves: Leaves
    slot: Slot
    owner: Department = Field(description="The department that owns the premises.")
    hours: HoursKind


class BookingFact(UseFact):
    """`wanted` is the slot first asked for. `case` stands where the purpose is a hearing."""

    SUBJECT: ClassVar[str] = "booking"
    booking: Id
    wanted: Slot
    organiser: Organiser
    coorganisers: tuple[Organiser, ...] = Field(default=(), max_length=20)
    opentopublic: bool
    purpose: Purpose
    case: CaseKey | None = None


class BookingConfirmed(BookingFact):
    """The space is theirs for the slot. `session` is random and lasts one visit; without one each
    request counts alone."""

    TYPE: ClassVar[str] = "omatoimi.booking.confirmed.v1"
    session: Id | None = None
    persons: Persons | None = None
    rules_accepted: RulesAccepted | None = None
    cancel_before: CancelBefore | None = None


class Alternative(Shape):
    """A slot that was free when the answer was given."""

    space: Code
    slot: Slot


class BookingRefused(BookingFact):
    """The space was not given: `rule` and its version decided; `alternatives` were free instead. `slot` is the slot
    refused."""

    TYPE: ClassVar[str] = "omatoimi.booking.refused.v1"
    session: Id | None = None
    persons: Persons | None = None
    rule: Rule
    ruleversion: Annotated[int, Field(ge=1)]
    alternatives: tuple[Alternative, ...] = Field(default=(), max_length=10)


class BookingMoved(BookingFact):
    """The booking has another time or space inside its premises; old and new changed hands in one transaction."""

    TYPE: ClassVar[str] = "omatoimi.booking.moved.v1"
    previous: Slot
    previousspace: Code
    previousleaves: Leaves
    rules_accepted: RulesAccepted | None = None
    cancel_before: CancelBefore | None = None


class BookingCancelled(BookingFact):
    """The booking ended before its time. How late it was follows from `time` and the slot's start."""

    TYPE: ClassVar[str] = "omatoimi.booking.cancelled.v1"
    by: By
    reason: CancelReason


class BookingAttended(BookingFact):
    """They came. A later one corrects an earlier one."""

    TYPE: ClassVar[str] = "omatoimi.booking.attended.v1"


class BookingUnattended(BookingFact):
    """They stayed away. A later one corrects an earlier one."""

    TYPE: ClassVar[str] = "omatoimi.booking.unattended.v1"


class AttendanceCounted(BookingFact):
    """How many were present at a booking, and how that was counted. A later one corrects an earlier one."""

    TYPE: ClassVar[str] = "omatoimi.attendance.counted.v1"
    persons: Persons
    method: CountMethod


class WalkInCounted(UseFact):
    """Use without a booking: the leaf spaces, from, until and the persons."""

    TYPE: ClassVar[str] = "omatoimi.walk-in.counted.v1"
    SUBJECT: ClassVar[str] = "walkin"
    walkin: Id
    persons: Persons
    method: CountMethod
