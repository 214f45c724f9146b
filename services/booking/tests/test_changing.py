"""Moved, given back, attended: what may still be done with a booking, and what is told."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis import Answer, Caller
from omatoimi_contracts.booking import (
    AttendanceCounted,
    BookingAttended,
    BookingCancelled,
    BookingMoved,
    BookingUnattended,
    WalkInCounted,
)
from omatoimi_contracts.outcomes import RequestRejected
from omatoimi_contracts.requests import (
    AttendanceRequested,
    CancellationRequested,
    MoveRequested,
    SpaceRequested,
    WalkInRequested,
)

from tests.kits.booking import KIOSK, STAFF, WEB, City, at, verdict


async def _move(city: City, booking: UUID, start: float, end: float, space: str | None = None, day: int = 2) -> Answer:
    slot = {"start": at(start, day), "end": at(end, day)}
    return await city.ask(MoveRequested.model_validate({"booking": booking, "slot": slot, "space": space}))


async def test_a_move_gives_the_old_and_takes_the_new_in_one_step(city: City) -> None:
    booking = await city.booked("studio", at(10), at(11), persons=3, purpose="hobby")
    assert verdict(await _move(city, booking, 14, 16, "hall")) == "moved"
    (event,) = await city.events(BookingMoved)
    fact = event.data
    assert (fact.space, fact.leaves, fact.slot.start, fact.slot.end) == (
        "hall",
        ("room-a", "room-b", "room-c"),
        at(14),
        at(16),
    )
    assert (fact.previousspace, fact.previousleaves, fact.previous.start) == ("studio", ("studio",), at(10))
    assert (fact.wanted.start, fact.purpose) == (at(10), "hobby")
    await city.booked("studio", at(10), at(11))
    assert verdict(await city.book("room-b", at(15), at(17))) == "taken"


async def test_a_booking_may_move_into_its_own_time_and_its_own_buffers(city: City) -> None:
    booking = await city.booked("studio", at(10), at(12))
    assert verdict(await _move(city, booking, 11, 13)) == "moved"
    assert verdict(await _move(city, booking, 12.5, 14)) == "moved"


async def test_a_move_that_is_refused_leaves_everything_as_it_was(city: City) -> None:
    booking = await city.booked("room-a", at(10), at(11), persons=8)
    await city.booked("room-a", at(12), at(13))
    before = await city.conn.fetch("select * from booking.claim order by during")
    for asked, reason in (
        ((12.5, 14), "taken"),
        ((19, 21), "closed"),
        ((8, 20.5), "too-long"),
        ((10, 11, "studio"), "capacity"),
        ((10, 11, "gym"), "other-premises"),
        ((10, 11, "cellar"), "unknown-space"),
        ((10, 11), "nothing-to-move"),
    ):
        assert verdict(await _move(city, booking, *asked)) == reason
    assert await city.conn.fetch("select * from booking.claim order by during") == before
    assert await city.events(BookingMoved) == []
    assert {event.data.requesttype for event in await city.events(RequestRejected)} == {"omatoimi.move.requested.v1"}


async def test_who_has_lost_the_verification_may_take_less_or_give_back_and_gets_nothing_new(city: City) -> None:
    organisation, partner = uuid4(), uuid4()
    for one in (organisation, partner):
        await city.verify(one)
    own: dict[str, Any] = {"organiser": {"organisation": str(organisation)}}
    shared = own | {"coorganisers": [{"organisation": str(partner)}]}
    booking = await city.booked("room-a", at(10), at(13), **own)
    together = await city.booked("room-b", at(10), at(13), **shared)
    await city.verify(organisation, withdraw=True)
    for asked in ((10, 14), (9, 12), (14, 15), (10, 13, "room-c")):
        assert verdict(await _move(city, booking, *asked)) == "not-verified"
    assert verdict(await _move(city, booking, 10, 12)) == "moved"
    assert verdict(await city.ask(CancellationRequested(booking=booking, by="user", reason="other"))) == "cancelled"
    await city.verify(organisation)
    assert verdict(await _move(city, together, 10, 14)) == "moved", "it is verified again"
    await city.verify(partner, withdraw=True)
    assert verdict(await _move(city, together, 10, 15)) == "not-verified", "one of those who hold it"


async def test_a_move_counts_in_the_quota_of_its_new_month(city: City) -> None:
    organisation = uuid4()
    await city.verify(organisation)
    asked: dict[str, Any] = {"organiser": {"organisation": str(organisation)}}
    for day in range(2, 17):
        booking = await city.booked("room-a", at(9, day), at(10, day), **asked)
    assert verdict(await _move(city, booking, 12, 13)) == "moved"
    january = await city.booked("room-a", at(9, 40), at(10, 40), **asked)
    assert verdict(await _move(city, january, 12, 13, day=20)) == "quota"
    assert verdict(await _move(city, booking, 12, 13, day=41)) == "moved"
    assert verdict(await _move(city, january, 12, 13, day=20)) == "moved"


async def test_who_is_in_may_stay_longer_but_not_come_later(city: City) -> None:
    booking = await city.booked("room-a", at(10), at(11))
    city.now = at(10.75)
    await city.ask(AttendanceRequested(booking=booking), KIOSK)
    assert verdict(await _move(city, booking, 10, 12)) == "moved"
    assert verdict(await _move(city, booking, 11, 12)) == "attendance-known"
    city.now = at(12)
    assert verdict(await _move(city, booking, 10, 13)) == "already-over"


@pytest.mark.parametrize(
    ("by", "channel", "answer"),
    [
        ("user", WEB, "cancelled"),
        ("house", WEB, "not-allowed"),
        ("staff", WEB, "not-allowed"),
        ("house", STAFF, "cancelled"),
        ("staff", STAFF, "cancelled"),
    ],
)
async def test_only_staff_cancel_on_the_part_of_the_house(city: City, by: str, channel: Caller, answer: str) -> None:
    booking = await city.booked("room-a", at(10), at(11))
    told = await city.ask(CancellationRequested(booking=booking, by=by, reason="closure"), channel)
    assert verdict(told) == answer
    events = await city.events(BookingCancelled)
    assert [(event.data.by, event.data.reason) for event in events] == (
        [(by, "closure")] if answer == "cancelled" else []
    )


async def test_a_cancellation_that_comes_late_keeps_its_moment_and_none_lies_ahead(city: City) -> None:
    first, second = [await city.booked("room-a", at(10, day), at(11, day)) for day in (3, 4)]
    city.now = at(12, 3)
    assert verdict(await city.ask(CancellationRequested(booking=first), time=at(9, 3))) == "cancelled"
    assert verdict(await city.ask(CancellationRequested(booking=second), time=at(12.05, 3))) == "cancelled"
    assert [event.time for event in await city.events(BookingCancelled)] == [at(9, 3), at(12, 3)]


async def test_what_is_cancelled_over_or_attended_cannot_be_cancelled(city: City) -> None:
    cancelled, over, attended = [await city.booked("room-a", at(hour), at(hour + 1)) for hour in (10, 11, 12)]
    await city.ask(CancellationRequested(booking=cancelled))
    assert verdict(await city.ask(CancellationRequested(booking=cancelled))) == "already-cancelled"
    assert verdict(await _move(city, cancelled, 14, 15)) == "already-cancelled"
    city.now = at(12)
    assert verdict(await city.ask(CancellationRequested(booking=over))) == "already-over"
    await city.ask(AttendanceRequested(booking=attended))
    assert verdict(await city.ask(CancellationRequested(booking=attended))) == "attendance-known"
    assert verdict(await city.ask(CancellationRequested(booking=uuid4()))) == "unknown-booking"
    assert verdict(await _move(city, uuid4(), 14, 15)) == "unknown-booking"
    assert verdict(await city.ask(AttendanceRequested(booking=uuid4()))) == "unknown-booking"


async def test_a_booking_can_still_be_given_back_while_it_runs(city: City) -> None:
    booking = await city.booked("room-a", at(10), at(12))
    city.now = at(10.5)
    assert verdict(await city.ask(CancellationRequested(booking=booking))) == "cancelled"
    await city.booked("room-a", at(10.5), at(12))


async def test_they_came_and_were_counted_and_a_later_word_corrects_it(city: City) -> None:
    booking = await city.booked("hall", at(18), at(20), opentopublic=True, purpose="event")
    city.now = at(20, 3)
    await city.ask(AttendanceRequested(booking=booking), KIOSK, time=at(18))
    await city.ask(AttendanceRequested(booking=booking, persons=41, method="estimated"), STAFF, time=at(19))
    await city.ask(AttendanceRequested(booking=booking, attended=False), STAFF)
    told = [(e.type.split(".")[2], e.time, e.outcome) for e in await city.events(BookingAttended, BookingUnattended)]
    assert told == [("attended", at(18), True), ("attended", at(19), True), ("unattended", at(20, 3), True)]
    (count,) = await city.events(AttendanceCounted)
    assert (count.data.persons, count.data.method, count.time, count.outcome) == (41, "estimated", at(19), False)
    assert (count.data.opentopublic, count.data.purpose, count.data.hours) == (True, "event", "staffed")
    row = await city.conn.fetchrow("select attended, counted from booking.booking")
    assert dict(row or {}) == {"attended": False, "counted": None}


async def test_nothing_is_concluded_from_silence(city: City) -> None:
    await city.booked("room-a", at(10), at(11))
    city.now = at(12, 9)
    assert [job.name for job in city.services[0].scheduled] == ["remind", "forget_codes"]
    assert await city.conn.fetchval("select attended from booking.booking") is None


async def test_nobody_has_come_or_stayed_away_before_its_time(city: City) -> None:
    booking = await city.booked("room-a", at(10), at(11))
    city.now = at(9.25)
    assert verdict(await city.ask(AttendanceRequested(booking=booking))) == "not-yet"
    city.now = at(9.5)
    assert verdict(await city.ask(AttendanceRequested(booking=booking, attended=False))) == "not-yet"
    assert verdict(await city.ask(AttendanceRequested(booking=booking))) == "attended"
    city.now = at(10)
    told = await city.ask(AttendanceRequested(booking=booking, attended=False, persons=3))
    assert verdict(told) == "unattended-with-persons"
    await city.ask(CancellationRequested(booking=(other := await city.booked("room-b", at(10), at(11)))))
    assert verdict(await city.ask(AttendanceRequested(booking=other))) == "already-cancelled"


async def test_use_without_a_booking_is_counted_on_its_leaves_and_takes_nothing(city: City) -> None:
    city.now = at(13)
    slot = {"start": at(10), "end": at(12)}
    asked = WalkInRequested.model_validate({"space": "hall", "slot": slot, "persons": 7, "method": "estimated"})
    assert verdict(await city.ask(asked, STAFF, time=at(12))) == "counted"
    (event,) = await city.events(WalkInCounted)
    fact = event.data
    assert (event.time, event.unit, fact.owner, fact.hours) == (at(12), "vallila", "library", "staffed")
    assert (fact.leaves, fact.slot.start, fact.persons, fact.method) == (
        ("room-a", "room-b", "room-c"),
        at(10),
        7,
        "estimated",
    )
    assert await city.conn.fetchval("select count(*) from booking.claim") == 0
    ahead = {"space": "hall", "slot": {"start": at(14), "end": at(15)}, "persons": 7}
    assert verdict(await city.ask(WalkInRequested.model_validate(ahead), STAFF)) == "not-yet"
    unknown = {"space": "cellar", "slot": slot, "persons": 7}
    assert verdict(await city.ask(WalkInRequested.model_validate(unknown), STAFF)) == "unknown-space"


async def test_every_event_of_a_booking_tells_what_it_was_when_confirmed(city: City) -> None:
    organisation = uuid4()
    await city.verify(organisation, "association")
    booking = await city.booked("gym", at(10), at(12), organiser={"organisation": str(organisation)})
    await city.verify(organisation, withdraw=True)
    await city.ask(SpaceRequested(premises="school", space="gym", capacity=1, buffer_after=60), STAFF)
    city.now = at(10)
    await city.ask(AttendanceRequested(booking=booking))
    (event,) = await city.events(BookingAttended)
    assert event.data.organiser.class_ == "association"
    assert (await city.events(BookingAttended))[0].data.slot.end - at(10) == timedelta(hours=2)
