"""What is asked of booking."""

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from omatoimi_contracts.documents import AskedTitle
from omatoimi_contracts.premises import OpenSpan, WeeklyHours
from omatoimi_contracts.primitives import Code, Day, Id
from omatoimi_contracts.rooms import AboutSpace, BookingRules, Picture, Words
from omatoimi_contracts.vocabulary import (
    AskedCaseKey,
    AskedOrganiser,
    AskedSlot,
    CancelReason,
    CountMethod,
    Department,
    Language,
    Persons,
    Purpose,
    RequestData,
    TaskKind,
    Unit,
    Version,
    open_list,
)

Minutes = Annotated[int, Field(ge=0, le=1440)]
CheckInCode = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{6}$",
        description="By which one checks in at a device of the library: known to whoever booked, on no event topic.",
    ),
]

RulesAccepted = Annotated[
    Version,
    Field(description="Which version of the space's house rules was accepted; the space shows the present one."),
]


class BookingServiceRequest(RequestData):
    TOPIC: ClassVar[str] = "booking.requests.v1"


class PremisesRequested(BookingServiceRequest):
    """Register premises, change their entry, or retire them. Staff only."""

    TYPE: ClassVar[str] = "omatoimi.premises.requested.v1"
    premises: Code
    owner: Department
    unit: Unit
    names: dict[Language, AskedTitle] = Field(default_factory=dict, max_length=10)
    retire: bool = False

    def subject(self) -> str:
        return self.premises


class AskedPicture(Picture):
    """A picture of a space: where it is, and what it shows, by language, for whoever does not see it."""

    model_config = ConfigDict(extra="forbid")


class AskedBookingRules(BookingRules):
    """The rules of a space for whoever books it."""

    model_config = ConfigDict(extra="forbid")


class SpaceRequested(AboutSpace, BookingServiceRequest):
    """Register a space, write its new state, or retire it: what is left out of a new state is not there any more.
    `parts` are spaces it is made of: booking it takes all their leaves. Buffers in minutes. With `rules_to_accept` a
    booking must tell which version of the house rules was accepted. Staff only."""

    TYPE: ClassVar[str] = "omatoimi.space.requested.v1"
    premises: Code
    space: Code
    names: dict[Language, AskedTitle] = Field(default_factory=dict, max_length=10)
    parts: tuple[Code, ...] = Field(default=(), max_length=50)
    capacity: Annotated[int, Field(ge=1, le=100_000)]
    buffer_before: Minutes = 0
    buffer_after: Minutes = 0
    task: TaskKind | None = None
    pictures: tuple[AskedPicture, ...] = Field(default=(), max_length=10)
    house_rules: Words = Field(default_factory=dict)
    rules_to_accept: bool = False
    booking_rules: AskedBookingRules = Field(default_factory=AskedBookingRules)
    retire: bool = False

    @model_validator(mode="after")
    def _bookable(self) -> "SpaceRequested":
        if self.minimum > self.capacity:
            raise ValueError("the minimum of persons is above the capacity: nobody could book the space")
        if self.rules_to_accept and not self.house_rules:
            raise ValueError("there are no house rules to accept: write them, or leave rules_to_accept out")
        return self

    def subject(self) -> str:
        return self.space


class AskedSpan(OpenSpan):
    """Open from `opens` to `closes`, local time, on one day."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("kind")
    @classmethod
    def _of_one_kind(cls, kind: str) -> str:
        if kind == "mixed":
            raise ValueError("hours are of one kind; tell those of several as several spans")
        return kind


class AskedWeekday(WeeklyHours):
    """Hours that are asked for on one weekday, Monday = 1."""

    model_config = ConfigDict(extra="forbid")
    spans: tuple[AskedSpan, ...] = Field(max_length=12)


class HoursRequested(BookingServiceRequest):
    """Set the opening hours of premises from a local date on. Staff only."""

    TYPE: ClassVar[str] = "omatoimi.hours.requested.v1"
    premises: Code
    valid_from: Day
    week: tuple[AskedWeekday, ...] = Field(max_length=7)

    def subject(self) -> str:
        return self.premises


class BookingRequested(BookingServiceRequest):
    """May I have this space then. `wanted` is the slot first asked for, where an alternative was taken; `session` is
    random and lasts one visit at a channel."""

    TYPE: ClassVar[str] = "omatoimi.booking.requested.v1"
    space: Code
    slot: AskedSlot
    organiser: AskedOrganiser = Field(default_factory=AskedOrganiser)
    coorganisers: tuple[AskedOrganiser, ...] = Field(default=(), max_length=20)
    opentopublic: bool = False
    purpose: Purpose = "other"
    case: AskedCaseKey | None = None
    persons: Persons | None = None
    session: Id | None = None
    wanted: AskedSlot | None = None
    rules_accepted: RulesAccepted | None = None

    def subject(self) -> str:
        return self.space


class OfBooking(BookingServiceRequest):
    booking: Id

    def subject(self) -> str:
        return str(self.booking)


class MoveRequested(OfBooking):
    """Another time, or another space of the same premises."""

    TYPE: ClassVar[str] = "omatoimi.move.requested.v1"
    slot: AskedSlot
    space: Code | None = None
    rules_accepted: RulesAccepted | None = None


class CancellationRequested(OfBooking):
    """Give the booking back. `by` is `house` or `staff` only from a staff channel."""

    TYPE: ClassVar[str] = "omatoimi.cancellation.requested.v1"
    by: Annotated[str, open_list("user", "house", "staff", description="On whose part.")] = "user"
    reason: CancelReason = "not-needed"


class AttendanceRequested(OfBooking):
    """Check in, say that they stayed away, or tell how many came. A later one corrects an earlier one."""

    TYPE: ClassVar[str] = "omatoimi.attendance.requested.v1"
    attended: bool = True
    persons: Persons | None = None
    method: CountMethod = "counted"


class CheckInRequested(BookingServiceRequest):
    """Say by its code that they came to a booking of this library, from half an hour before it begins until it ends. A
    device of the library only; a wrong code, one of another library and one at another time are answered alike."""

    TYPE: ClassVar[str] = "omatoimi.check-in.requested.v1"
    unit: Unit
    code: CheckInCode

    def subject(self) -> str:
        return self.unit


class WalkInRequested(BookingServiceRequest):
    """Use without a booking was seen."""

    TYPE: ClassVar[str] = "omatoimi.walk-in.requested.v1"
    space: Code
    slot: AskedSlot
    persons: Persons
    method: CountMethod = "counted"

    def subject(self) -> str:
        return self.space


class BlockingRequested(BookingServiceRequest):
    """Take a space out of booking for a time (`space` and `slot`), or `lift` a block again. Staff only."""

    TYPE: ClassVar[str] = "omatoimi.blocking.requested.v1"
    space: Code | None = None
    slot: AskedSlot | None = None
    lift: Id | None = None

    @model_validator(mode="after")
    def _one_act(self) -> "BlockingRequested":
        if (self.lift is None) != (self.space is not None and self.slot is not None):
            raise ValueError("either a space and a slot to block, or a block to lift")
        return self

    def subject(self) -> str:
        return str(self.lift) if self.lift else (self.space or "-")


class TaskChangeRequested(BookingServiceRequest):
    """Tell that a service task is done (`minutes` of work), or reopen it. Staff only."""

    TYPE: ClassVar[str] = "omatoimi.task-change.requested.v1"
    task: Id
    state: Literal["done", "reopened"]
    minutes: Minutes | None = None

    def subject(self) -> str:
        return str(self.task)
