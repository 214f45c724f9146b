"""Premises, their spaces and hours: the register that bookings stand on. Written by booking."""

from datetime import time
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from omatoimi_contracts.primitives import Code, Day
from omatoimi_contracts.rooms import AboutSpace, BookingRulesInForce, HouseRules
from omatoimi_contracts.vocabulary import Department, Fact, HoursKind, Language, Shape, Slot, TaskKind

TimeOfDay = Annotated[
    str,
    Field(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$",
        description="Local time of day, of the installation's time zone.",
    ),
]

Names = Annotated[
    dict[Language, Annotated[str, Field(max_length=2000)]],
    Field(max_length=10, description="What the city calls it, by language: its own words, about no person."),
]


class PremisesFact(Fact):
    TOPIC: ClassVar[str] = "booking.events.v1"
    SUBJECT: ClassVar[str] = "premises"
    KEY: ClassVar[str] = "{municipality}/{premises}"
    premises: Code


class PremisesRegistered(PremisesFact):
    """Premises came under local booking; `owner` is the department that owns them."""

    TYPE: ClassVar[str] = "omatoimi.premises.registered.v1"
    owner: Department
    names: Names = Field(default_factory=dict)


class PremisesChanged(PremisesFact):
    """The register's entry of the premises changed; the fields are the new state."""

    TYPE: ClassVar[str] = "omatoimi.premises.changed.v1"
    owner: Department
    names: Names = Field(default_factory=dict)


class PremisesRetired(PremisesFact):
    """The premises left local booking."""

    TYPE: ClassVar[str] = "omatoimi.premises.retired.v1"


class SpaceFact(Fact):
    TOPIC: ClassVar[str] = "booking.events.v1"
    SUBJECT: ClassVar[str] = "space"
    KEY: ClassVar[str] = "{municipality}/{premises}"
    premises: Code
    space: Code


class SpaceState(AboutSpace, SpaceFact):
    """`leaves` are the smallest spaces it is made of (itself, when it has no parts); `capacity` in persons; the buffers
    in minutes; `task` the service task that each booking of it asks for."""

    leaves: tuple[Code, ...] = Field(min_length=1, max_length=50)
    capacity: Annotated[int, Field(ge=1, le=100_000)]
    buffer_before: Annotated[int, Field(ge=0, le=1440)] = 0
    buffer_after: Annotated[int, Field(ge=0, le=1440)] = 0
    task: TaskKind | None = None
    names: Names = Field(default_factory=dict)
    house_rules: HouseRules | None = None
    booking_rules: BookingRulesInForce | None = None


class SpaceRegistered(SpaceState):
    """A space can be booked from now on."""

    TYPE: ClassVar[str] = "omatoimi.space.registered.v1"


class SpaceChanged(SpaceState):
    """The register's entry of the space changed; the fields are the new state."""

    TYPE: ClassVar[str] = "omatoimi.space.changed.v1"


class SpaceRetired(SpaceFact):
    """The space cannot be booked any more."""

    TYPE: ClassVar[str] = "omatoimi.space.retired.v1"


class SpaceBlocked(Fact):
    """A space is taken out of booking for a time (cleaning, repair): it lowers availability and is no use."""

    TYPE: ClassVar[str] = "omatoimi.space.blocked.v1"
    TOPIC: ClassVar[str] = "booking.events.v1"
    SUBJECT: ClassVar[str] = "block"
    KEY: ClassVar[str] = "{municipality}/{premises}"
    block: Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
    premises: Code
    space: Code
    leaves: tuple[Code, ...] = Field(min_length=1, max_length=50)
    slot: Slot


class SpaceUnblocked(SpaceBlocked):
    """A block was lifted, from its start on."""

    TYPE: ClassVar[str] = "omatoimi.space.unblocked.v1"


class OpenSpan(Shape):
    """Open from `opens` to `closes`, local time, on one day; `kind` is one of the three national kinds of hours."""

    opens: TimeOfDay
    closes: TimeOfDay
    kind: HoursKind

    @model_validator(mode="after")
    def _ordered(self) -> "OpenSpan":
        if self.opens >= self.closes:
            raise ValueError("a span closes after it opens; one over midnight is told as two")
        return self


class WeeklyHours(Shape):
    """Hours of one weekday, Monday = 1."""

    weekday: Annotated[int, Field(ge=1, le=7)]
    spans: tuple[OpenSpan, ...] = Field(max_length=12)


class HoursSet(PremisesFact):
    """Opening hours from `valid_from` (a local date) on, until a later one is set: changed hours change the past only
    from their own date."""

    TYPE: ClassVar[str] = "omatoimi.hours.set.v1"
    valid_from: Day
    week: tuple[WeeklyHours, ...] = Field(max_length=7)


def clock(text: str) -> time | None:
    """Read `HH:MM` as a time of day; None for `24:00`, the end of the day."""
    return None if text == "24:00" else time.fromisoformat(text)
