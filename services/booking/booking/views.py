"""What is shown of a booking, and to whom: its channel and the staff, whoever made it, who keeps the house."""

from typing import NotRequired, TypedDict

from chassis.last_acts import Tagged
from omatoimi_contracts.booking import BookingConfirmed
from omatoimi_contracts.vocabulary import Slot
from pydantic_core import to_jsonable_python

from booking.domain.bookings import Booking, BookingState

HIDDEN = ("owner", "session")
"""What the events of a booking tell and whoever made it needs not."""


OrganiserShown = TypedDict(
    "OrganiserShown", {"class": str, "organisation": NotRequired[str], "department": NotRequired[str]}
)
"""Who organises, as the contract has it."""


class Span(TypedDict):
    """From when until when, as text with an offset."""

    start: str
    end: str


def slot(of: Slot) -> Span:
    """Tell a slot as JSON has it."""
    told = of.model_dump(mode="json")
    return {"start": told["start"], "end": told["end"]}


class BookingShown(Tagged):
    """A booking as its channel and the staff may see it. `slot` is what it holds, `wanted` what was first asked for,
    `cancellable_until` (with an offset) until when it can be given back, where it still can; `attended` and `counted`
    where that is known."""

    premises: str
    space: str
    leaves: list[str]
    slot: Span
    hours: str
    booking: str
    wanted: Span
    organiser: OrganiserShown
    coorganisers: list[OrganiserShown]
    opentopublic: bool
    purpose: str
    case: NotRequired[str]
    persons: NotRequired[int]
    rules_accepted: NotRequired[int]
    cancel_before: NotRequired[int]
    cancellable_until: NotRequired[str]
    state: BookingState
    attended: NotRequired[bool]
    counted: NotRequired[int]


class NumberedBooking(BookingShown):
    """A booking that stands, with the number by which people name it."""

    number: int


class SeenByHouse(TypedDict, total=False):
    """What who keeps the house may see of a booking besides: which department owns the premises, by what id
    people tells them whose the booking is; in which role somebody last told who came, and when, with an offset."""

    owner: str
    person: str
    attended_by: str
    attended_at: str


class SeenByMaker(TypedDict, total=False):
    """What whoever made a booking may see of it besides: by which code they check in."""

    code: str


class BookingOfMaker(NumberedBooking, SeenByMaker):
    """A booking as whoever made it sees it."""


class BookingInFull(BookingOfMaker, SeenByHouse):
    """A booking with what its reader may see of it, be it as its maker, for its house or both."""


def booking(of: Booking) -> BookingShown:
    """Return a booking as its channel and the staff may see it: what its events tell, what it is now, and until when it
    can be given back, where it still can."""
    told = {name: value for name, value in of.facts(BookingConfirmed).items() if name not in HIDDEN}
    now = {"state": of.state, "attended": of.attended, "counted": of.counted}
    told["cancellable_until"] = of.cancellable_until
    shown: BookingShown = to_jsonable_python(told | now, by_alias=True, exclude_none=True)
    return shown


def of_the_house(of: Booking) -> SeenByHouse:
    """Return what who keeps the house may see of a booking besides; people logs that they asked whose it is."""
    told: SeenByHouse = {"owner": of.owner}
    if of.person:
        told["person"] = str(of.person)
    if of.attended_at is not None:
        told |= {"attended_by": str(of.attended_by), "attended_at": of.attended_at.isoformat()}
    return told


def of_its_maker(of: Booking, code: str | None) -> SeenByMaker:
    """Return what whoever made a booking may see of it besides: by which code they check in, while it stands."""
    return {"code": code} if code and of.state is BookingState.CONFIRMED else {}


def with_number(of: Booking) -> NumberedBooking:
    """Return a booking that stands, with the number by which people name it; while one is validated only, none is
    given."""
    return {**booking(of), "number": of.number}
