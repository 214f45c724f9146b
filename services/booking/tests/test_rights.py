"""Whose booking it is, who may see it, and from when on anything may be told of it. docs/access.md has the whole table,
and tests/access tries its cells; here stands what lies behind them."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from chassis import ask
from chassis.access import Role, by_channel
from omatoimi_contracts.requests import (
    AttendanceRequested,
    CancellationRequested,
    MoveRequested,
    TaskChangeRequested,
)
from omatoimi_contracts.tasks import TaskOpened
from omatoimi_contracts.vocabulary import RequestData

from tests.kits.booking import KIOSK, STAFF, WEB, City, at, verdict

ELSEWHERE = by_channel("/helsinki/channels/door-kallio", "door-kallio", "kallio", Role.DEVICE)
PHONE = by_channel("/helsinki/channels/phone", "phone", "vallila")


def _move(booking: UUID) -> MoveRequested:
    return MoveRequested.model_validate({"booking": booking, "slot": {"start": at(14), "end": at(15)}})


def _cancel(booking: UUID) -> CancellationRequested:
    return CancellationRequested(booking=booking)


def _attend(booking: UUID) -> AttendanceRequested:
    return AttendanceRequested(booking=booking)


@pytest.mark.parametrize("act", [_move, _cancel, _attend])
async def test_whoever_knows_a_bookings_public_id_has_no_right_by_that(
    city: City, act: Callable[[UUID], RequestData]
) -> None:
    booking = await city.booked("room-a", at(10), at(11))
    city.now = at(10)
    before = await city.conn.fetchrow("select * from booking.booking")
    assert verdict(await city.ask(act(booking), PHONE)) == "not-allowed"
    assert verdict(await city.ask(act(booking), ELSEWHERE)) == "not-allowed"
    assert await city.conn.fetchrow("select * from booking.booking") == before
    assert verdict(await city.ask(act(booking), WEB)) != "not-allowed"


async def test_a_device_marks_who_came_in_its_library_and_is_not_told_who_booked(city: City) -> None:
    booking = await city.booked("room-a", at(10), at(11))
    city.now = at(10)
    asked = city.request(_attend(booking), KIOSK)
    tried = await ask(city.services[0], asked, validate_only=True)
    first, again = [await ask(city.services[0], asked) for _ in range(2)]
    assert [verdict(one) for one in (tried, first, again)] == ["attended"] * 3
    assert [one.resource for one in (tried, first, again)] == [None, None, None]
    assert verdict(await city.ask(_cancel(booking), KIOSK)) == "not-allowed"
    told = await city.ask(_attend(booking), STAFF)
    assert told.resource is not None
    assert told.resource["booking"] == str(booking)


async def test_nothing_is_told_of_a_booking_from_before_it_was_there(city: City) -> None:
    booking = await city.booked("gym", at(10), at(11))
    (opened,) = await city.events(TaskOpened)
    made, city.now = city.now, at(10)
    done = TaskChangeRequested(task=opened.data.task, state="done")
    for asked in (_cancel(booking), _attend(booking), _move(booking), done):
        answer = await city.ask(asked, STAFF, time=made - timedelta(minutes=6))
        assert verdict(answer) == "before-it-was", asked
    # A clock that is a little slow is taken, and nothing is dated before the booking.
    answer = await city.ask(_cancel(booking), WEB, time=made - timedelta(minutes=4))
    assert (verdict(answer), answer.outcome.time) == ("cancelled", made)


async def test_nothing_is_told_that_has_not_happened(city: City) -> None:
    booking = await city.booked("room-a", at(10), at(11))
    city.now = at(10)
    for asked in (_cancel(booking), _attend(booking), _move(booking)):
        assert verdict(await city.ask(asked, time=city.now + timedelta(minutes=6))) == "in-the-future"
    answer = await city.ask(_attend(booking), time=city.now + timedelta(minutes=4))
    assert (verdict(answer), answer.outcome.time) == ("attended", city.now)


async def test_nobody_came_before_the_endpoints_could_open_for_them(city: City) -> None:
    booking = await city.booked("room-a", at(10), at(11))
    city.now = at(10.5)
    assert verdict(await city.ask(_attend(booking), time=at(9.4))) == "not-yet"
    assert verdict(await city.ask(_attend(booking), time=at(9.6))) == "attended"
