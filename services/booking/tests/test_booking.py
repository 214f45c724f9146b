"""May I have this space then: what is answered, and what the answer tells."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from omatoimi_contracts.booking import BookingConfirmed, BookingRefused
from omatoimi_contracts.requests import CancellationRequested, HoursRequested, MoveRequested, WalkInRequested

from tests.kits.booking import KIOSK, NOON, STAFF, WEB, City, at, booking_request, verdict, week

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


async def test_a_free_space_is_given_and_all_dimensions_are_told(city: City) -> None:
    organisation, partner = uuid4(), uuid4()
    await city.verify(organisation, "association")
    await city.verify(partner, "department", department="youth")
    session = uuid4()
    answer = await city.book(
        "hall",
        at(18),
        at(20),
        KIOSK,
        organiser={"organisation": str(organisation), "class": "firm"},
        coorganisers=[{"organisation": str(partner)}],
        opentopublic=True,
        purpose="hearing",
        case="HEL-2026-012634",
        persons=40,
        session=str(session),
        wanted={"start": at(17), "end": at(19)},
    )
    assert verdict(answer) == "confirmed"
    (event,) = await city.events(BookingConfirmed)
    fact = event.data
    assert event.outcome
    assert (event.unit, event.channel, event.language, event.requestedtime) == ("vallila", "kiosk", "fi", NOON)
    assert (fact.premises, fact.owner, fact.hours) == ("library", "library", "staffed")
    assert (fact.space, fact.leaves) == ("hall", ("room-a", "room-b", "room-c"))
    assert (fact.slot.start, fact.slot.end) == (at(18), at(20))
    assert (fact.wanted.start, fact.wanted.end) == (at(17), at(19))
    assert (fact.organiser.class_, fact.organiser.organisation) == ("association", organisation)
    assert [(o.class_, o.department) for o in fact.coorganisers] == [("department", "youth")]
    assert (fact.opentopublic, fact.purpose, fact.case) == (True, "hearing", "HEL-2026-012634")
    assert (fact.persons, fact.session) == (40, session)


async def test_a_refusal_is_an_event_with_everything_that_was_asked(city: City) -> None:
    await city.booked("room-a", at(10), at(12))
    session = str(uuid4())
    answer = await city.book("hall", at(11), at(13), purpose="event", persons=50, session=session, opentopublic=True)
    assert verdict(answer) == "taken"
    (event,) = await city.events(BookingRefused)
    fact = event.data
    assert event.outcome
    assert (fact.rule, fact.ruleversion) == ("taken", 1)
    assert (fact.space, fact.leaves) == ("hall", ("room-a", "room-b", "room-c"))
    assert (fact.slot, fact.wanted) == (fact.slot, fact.slot)
    assert (fact.organiser.class_, fact.purpose, fact.persons, str(fact.session)) == ("private", "event", 50, session)
    assert fact.booking != (await city.events(BookingConfirmed))[0].data.booking


@pytest.mark.parametrize(
    ("rule", "space", "hours", "more"),
    [
        ("closed", "room-a", (7.5, 9), {}),
        ("closed", "room-a", (19.5, 20.5), {}),
        ("too-long", "room-a", (8, 20.25), {}),
        ("capacity", "room-a", (10, 11), {"persons": 9}),
        ("not-verified", "room-a", (10, 11), {"organiser": {"organisation": str(UUID(int=1))}}),
        ("not-verified", "room-a", (10, 11), {"coorganisers": [{"organisation": str(UUID(int=1))}]}),
        ("not-verified", "room-a", (10, 11), {"organiser": {"class": "association"}}),
        ("not-verified", "room-a", (10, 11), {"organiser": {"class": "library"}}),
    ],
)
async def test_each_rule_refuses_under_its_own_code(
    city: City, rule: str, space: str, hours: tuple[float, float], more: dict[str, Any]
) -> None:
    assert verdict(await city.book(space, at(hours[0]), at(hours[1]), **more)) == rule
    assert await city.conn.fetchval("select count(*) from booking.claim") == 0


async def test_the_past_and_the_far_future_cannot_be_booked(city: City) -> None:
    city.now = at(12)
    assert verdict(await city.book("room-a", at(11), at(13))) == "in-the-past"
    assert verdict(await city.book("room-a", at(11.75), at(13))) == "confirmed"
    assert verdict(await city.book("room-b", at(11.75), at(12))) == "in-the-past"
    year = timedelta(days=365)
    assert verdict(await city.book("room-b", at(12) + year, at(13) + year)) == "confirmed"
    assert verdict(await city.book("room-c", at(12.25) + year, at(13) + year)) == "too-far-ahead"


@pytest.mark.parametrize(
    ("first", "last", "rule"),
    [
        (FIRST, LAST, "in-the-past"),
        (FIRST, FIRST + timedelta(days=1), "in-the-past"),
        (at(10), LAST, "off-grid"),
        (LAST - timedelta(hours=1), LAST, "too-far-ahead"),
    ],
)
async def test_the_ends_of_the_calendar_are_refused_like_any_other_time(
    city: City, first: datetime, last: datetime, rule: str
) -> None:
    organisation = uuid4()
    await city.verify(organisation)
    await city.ask(HoursRequested(premises="library", valid_from=date(1, 1, 1), week=week("00:00", "24:00")), STAFF)
    slot = first, last
    for space in ("room-a", "studio"):
        assert verdict(await city.book(space, *slot, organiser={"organisation": str(organisation)})) == rule
    booking = await city.booked("studio", at(10), at(11), organiser={"organisation": str(organisation)})
    moved = {"booking": booking, "slot": {"start": slot[0], "end": slot[1]}}
    assert verdict(await city.ask(MoveRequested.model_validate(moved))) == rule
    seen = {"space": "studio", "slot": {"start": slot[0], "end": slot[1]}, "persons": 1}
    assert verdict(await city.ask(WalkInRequested.model_validate(seen), KIOSK)) in ("too-long", "not-yet")


async def test_what_does_not_exist_is_rejected_and_not_refused(city: City) -> None:
    assert verdict(await city.book("cellar", at(10), at(11))) == "unknown-space"
    assert verdict(await city.book("room-a", at(10), at(11), case="HEL-2026-012634")) == "case-without-hearing"
    assert await city.events(BookingRefused) == []


async def test_only_staff_book_for_the_citys_departments(city: City) -> None:
    await city.booked("room-a", at(10), at(11), STAFF, organiser={"class": "department", "department": "culture"})
    await city.booked("room-b", at(10), at(11), STAFF, organiser={"class": "library"})
    told = [event.data.organiser for event in await city.events(BookingConfirmed)]
    assert [(o.class_, o.department) for o in told] == [("department", "culture"), ("library", "library")]


async def test_without_proof_who_claims_to_be_more_than_a_private_person_is_an_informal_group(city: City) -> None:
    await city.booked("room-a", at(10), at(11), organiser={"class": "informal"})
    await city.booked("room-b", at(10), at(11), organiser={"class": "private"})
    told = await city.events(BookingConfirmed)
    assert [event.data.organiser.class_ for event in told] == ["informal", "private"]
    organisation = str(uuid4())
    for claims in ({"organisation": organisation}, {"class": "association", "organisation": organisation}):
        assert verdict(await city.book("room-a", at(12), at(13), organiser=claims)) == "not-verified"
    refused = await city.events(BookingRefused)
    assert {(event.data.organiser.class_, str(event.data.organiser.organisation)) for event in refused} == {
        ("informal", organisation)
    }


async def test_an_organisation_that_notices_withdraws_cannot_book_any_more(city: City) -> None:
    organisation = uuid4()
    asked: dict[str, Any] = {"organiser": {"organisation": str(organisation)}}
    assert verdict(await city.book("room-a", at(10), at(11), **asked)) == "not-verified"
    await city.verify(organisation)
    await city.booked("room-a", at(10), at(11), **asked)
    await city.verify(organisation, withdraw=True)
    assert verdict(await city.book("room-a", at(12), at(13), **asked)) == "not-verified"


async def test_what_notices_told_earlier_never_undoes_what_it_told_later(city: City) -> None:
    organisation = uuid4()
    first = city.organisation(organisation, "firm")
    second = city.organisation(organisation, "association")
    await city.apply([second])
    await city.apply([first])
    await city.apply([second, first])
    await city.booked("room-a", at(10), at(11), organiser={"organisation": str(organisation)})
    (event,) = await city.events(BookingConfirmed)
    assert event.data.organiser.class_ == "association"


async def test_asked_again_the_first_answer_is_told(city: City) -> None:
    id_ = uuid4()
    first = await city.ask(booking_request("room-a", at(10), at(11)), id=id_)
    again = await city.ask(booking_request("room-a", at(10), at(11)), id=id_)
    assert again.repeated
    assert again.outcome == first.outcome
    assert len(await city.events(BookingConfirmed, BookingRefused)) == 1


async def test_what_a_batch_has_promised_counts_for_the_next_in_it(city: City) -> None:
    asked = [
        booking_request("room-a", at(10), at(11)),
        booking_request("hall", at(10.5), at(12)),
        booking_request("room-b", at(10), at(11)),
    ]
    assert [verdict(answer) for answer in await city.ask_all([*asked, asked[0]])] == [
        "confirmed",
        "taken",
        "confirmed",
        "taken",
    ]


async def test_a_hall_takes_its_leaves_and_a_leaf_takes_the_hall(city: City) -> None:
    await city.booked("hall", at(10), at(12))
    assert verdict(await city.book("room-b", at(11), at(13))) == "taken"
    await city.booked("room-b", at(12), at(13))
    assert verdict(await city.book("hall", at(12.5), at(14))) == "taken"
    await city.booked("hall", at(13), at(14))


async def test_an_organisation_holds_fifteen_bookings_a_month_and_gets_back_what_it_gives_back(city: City) -> None:
    organisation = uuid4()
    await city.verify(organisation)
    asked: dict[str, Any] = {"organiser": {"organisation": str(organisation)}}
    held = [await city.booked("room-a", at(9, day), at(10, day), **asked) for day in range(2, 17)]
    assert verdict(await city.book("room-a", at(9, 17), at(10, 17), **asked)) == "quota"
    january = timedelta(days=31)
    await city.booked("room-a", at(9, 17) + january, at(10, 17) + january, **asked)
    await city.booked("room-b", at(9, 17), at(10, 17))
    await city.ask(CancellationRequested(booking=held[0]), WEB)
    await city.booked("room-a", at(9, 17), at(10, 17), **asked)
    assert verdict(await city.book("room-a", at(9, 18), at(10, 18), **asked)) == "quota"
