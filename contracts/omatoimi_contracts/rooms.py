"""What residents need to know of a room before they book it: what stands there, how one gets in, what holds there."""

from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from omatoimi_contracts.text import SEVERAL_LINES
from omatoimi_contracts.vocabulary import Language, Shape, Version, open_list

Equipment = Annotated[
    str,
    open_list(
        "projector",
        "screen",
        "whiteboard",
        "video-conference",
        "sound-system",
        "microphone",
        "computer",
        "printer",
        "3d-printer",
        "sewing-machine",
        "overlocker",
        "piano",
        "drum-kit",
        "amplifiers",
        "stage",
        "mirror-wall",
        "sports-equipment",
        "games",
        "tables",
        "chairs",
        "kitchen",
        "oven",
        "refrigerator",
        "coffee-maker",
        "dishes",
        "wifi",
        description="What stands in a space for whoever has it.",
    ),
]
Accessibility = Annotated[
    str,
    open_list(
        "step-free",
        "lift",
        "automatic-door",
        "wide-doors",
        "accessible-toilet",
        "accessible-parking",
        "hearing-loop",
        "tactile-guidance",
        "adjustable-table",
        description="What lets somebody use a space who sees, hears or moves otherwise.",
    ),
]
Price = Annotated[str, open_list("free", description="What it costs to use a space; `free` is said, not left out.")]
Words = Annotated[
    dict[Language, Annotated[str, Field(max_length=2000), SEVERAL_LINES]],
    Field(max_length=10, description="What the city says of it, by language: its own words, about no person."),
]


class Picture(Shape):
    """A picture of a space: where it is, and what it shows, by language, for whoever does not see it."""

    address: Annotated[str, Field(pattern=r"^https://[^\s?#]{1,500}$", description="No query and no fragment.")]
    alternative: Words = Field(min_length=1)


class HouseRules(Shape):
    """The house rules of a space. `version` grows with every change of their words; `to_accept` tells whether whoever
    books must have accepted them. The first line says what matters most: small devices show no more."""

    version: Version
    to_accept: bool = False
    words: Words


class BookingRules(Shape):
    """The rules of a space for whoever books it, in minutes: bookings begin and end on the `grid`, counted from each
    full hour of the local clock, last from `shortest` to `longest`, and are made at least `notice` before they begin.
    They begin at most `days_ahead` days on. Whoever made one gives it back at least `cancel_before` minutes before it
    begins, or, where that is not said, until its end; staff always can."""

    grid: Annotated[int, Field(ge=5, le=60, description="A divisor of 60.")] = 15
    shortest: Annotated[int, Field(ge=5, le=1440)] = 15
    longest: Annotated[int, Field(ge=5, le=1440)] = 720
    notice: Annotated[int, Field(ge=0, le=43_200)] = 0
    days_ahead: Annotated[int, Field(ge=1, le=365)] = 365
    cancel_before: Annotated[int, Field(ge=0, le=43_200)] | None = None

    @model_validator(mode="after")
    def _possible(self) -> "BookingRules":
        if 60 % self.grid:
            raise ValueError("the grid must divide an hour: 5, 6, 10, 12, 15, 20, 30 or 60 minutes")
        if self.shortest % self.grid or self.longest % self.grid:
            raise ValueError("the shortest and the longest booking must lie on the grid: multiples of its minutes")
        if self.shortest > self.longest:
            raise ValueError("the shortest booking is longer than the longest: nobody could book the space")
        if self.notice >= self.days_ahead * 1440:
            raise ValueError("the notice reaches beyond the days ahead: nobody could book the space")
        return self


class BookingRulesInForce(BookingRules):
    """The rules of a space as they are. `version` grows with every change; a refusal by one of them names it."""

    version: Version


class AboutSpace(BaseModel):
    """What residents need to know of a space before they book it. It is for `minimum` persons or more; `access` says in
    words how one gets there and in."""

    minimum: Annotated[int, Field(ge=1, le=100_000)] = 1
    descriptions: Words = Field(default_factory=dict)
    equipment: tuple[Equipment, ...] = Field(default=(), max_length=50)
    accessibility: tuple[Accessibility, ...] = Field(default=(), max_length=30)
    access: Words = Field(default_factory=dict)
    price: Price = "free"
    pictures: tuple[Picture, ...] = Field(default=(), max_length=10)
