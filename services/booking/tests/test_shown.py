"""What is shown of a booking is what its shape says."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from booking.domain.bookings import Booking
from booking.views import BookingShown, SeenByHouse, booking, of_the_house
from chassis.last_acts import Tagged
from omatoimi_contracts.vocabulary import Organiser, Slot

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
WITH_ALL = Booking(
    booking=uuid4(),
    number=7,
    source="/vallila/web",
    premises="kirjasto",
    owner="kulttuuri",
    unit="vallila",
    space="kerhohuone",
    leaves=("kerhohuone",),
    slot=Slot(start=NOON, end=NOON + timedelta(hours=1)),
    wanted=Slot(start=NOON, end=NOON + timedelta(hours=1)),
    hours="staffed",
    organiser=Organiser(class_="association", organisation=uuid4()),
    coorganisers=(Organiser(class_="city", department="kulttuuri"),),
    opentopublic=True,
    purpose="hearing",
    case="HEL 2026-000001",
    session=uuid4(),
    persons=4,
    rules_accepted=1,
    counted=3,
    attended=False,
    attended_by="staff",
    attended_at=NOON,
    person=uuid4(),
)


def test_a_booking_with_all_that_one_can_have_is_shown_with_every_member_of_its_shape() -> None:
    once_known = {"cancellable_until"}  # not told any more once it is known whether they came
    assert {*booking(WITH_ALL), *once_known, *Tagged.__annotations__} == {*BookingShown.__annotations__}
    assert {*of_the_house(WITH_ALL)} == {*SeenByHouse.__annotations__}
