"""Whoever made a booking is told what becomes of it, and reminded of it; who had not signed in is not."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest_asyncio
from booking import scheduled
from chassis.access import RESIDENTS
from omatoimi_contracts.requests import CancellationRequested, MessageRequested, MoveRequested
from omatoimi_contracts.vocabulary import AskedSlot
from pydantic import SecretStr

from tests.kits.booking import NOON, STAFF, WEB, City, at, booking_request
from tests.kits.told import asked_to_tell, may_ask

AINO = UUID("6f1f2c9e-8d0b-4b0a-9c55-0d6f3f1b7a11")
BY_AINO = replace(WEB, roles=RESIDENTS, person=AINO)


@pytest_asyncio.fixture(name="city")
async def asking_city(city: City) -> AsyncIterator[City]:
    """The city, whose booking has a key to ask people by."""
    for one in city.services:
        may_ask(one)
    yield city


async def told(city: City) -> list[MessageRequested]:
    return await asked_to_tell(city.services[0])


async def kinds(city: City) -> list[str]:
    return [one.kind for one in await told(city)]


async def test_a_person_is_told_that_their_booking_is_confirmed_moved_and_cancelled(city: City) -> None:
    booking = await city.booked("room-a", at(12), at(14), BY_AINO)
    await city.ask(MoveRequested(booking=booking, slot=AskedSlot(start=at(13), end=at(15))), BY_AINO)
    await city.ask(CancellationRequested(booking=booking, by="house", reason="closure"), STAFF)
    confirmed, moved, cancelled = await told(city)
    assert [one.kind for one in (confirmed, moved, cancelled)] == [
        "booking-confirmed",
        "booking-moved",
        "booking-cancelled",
    ]
    assert confirmed.booking is not None
    assert moved.booking is not None
    assert cancelled.booking is not None
    assert (confirmed.booking.booking, confirmed.booking.space, confirmed.unit) == (booking, "room-a", "vallila")
    assert (moved.booking.slot.start, moved.booking.previous) == (at(13), AskedSlot(start=at(12), end=at(14)))
    assert (cancelled.booking.by, cancelled.booking.reason) == ("house", "closure")
    assert len({one.cause for one in (confirmed, moved, cancelled)}) == 3


async def test_a_request_asked_again_tells_nobody_again_and_a_refused_one_nobody_at_all(city: City) -> None:
    once = uuid4()
    for _ in range(2):
        await city.ask(booking_request("room-a", at(12), at(14)), BY_AINO, id=once)
    await city.ask(booking_request("room-a", at(12), at(14)), BY_AINO)
    assert await kinds(city) == ["booking-confirmed"]


async def test_where_nobody_has_signed_in_nobody_is_told(city: City) -> None:
    booking = await city.booked("room-a", at(12), at(14))
    await city.ask(CancellationRequested(booking=booking, by="house", reason="closure"), STAFF)
    assert await told(city) == []


async def remind(city: City) -> None:
    while await scheduled.remind.run(city.services[0]):
        pass


async def test_a_person_is_reminded_a_day_ahead_once_for_each_time_that_the_booking_has(city: City) -> None:
    start = NOON + timedelta(days=3)
    booking = await city.booked("room-a", start, start + timedelta(hours=1), BY_AINO)
    city.now = start - timedelta(hours=24, seconds=1)
    await remind(city)
    assert await kinds(city) == ["booking-confirmed"]
    city.now = start - timedelta(hours=24)
    for _ in range(2):
        await remind(city)
    later = AskedSlot(start=start + timedelta(days=1), end=start + timedelta(days=1, hours=1))
    await city.ask(MoveRequested(booking=booking, slot=later), BY_AINO)
    city.now = later.start - timedelta(hours=23)
    await remind(city)
    found = await told(city)
    assert [one.kind for one in found] == ["booking-confirmed", "booking-reminder", "booking-moved", "booking-reminder"]
    assert len({one.cause for one in found}) == 4


async def test_nobody_is_reminded_of_what_was_cancelled_is_over_or_was_just_booked(city: City) -> None:
    start = NOON + timedelta(days=3)
    for hours in (0, 1, 2):
        begin = start + timedelta(hours=hours)
        await city.booked("room-a", begin, begin + timedelta(hours=1), BY_AINO if hours else WEB)
    first = (await told(city))[0]
    assert first.booking is not None
    await city.ask(CancellationRequested(booking=first.booking.booking, by="user"), BY_AINO)
    city.now = start + timedelta(hours=2)
    await remind(city)
    await city.booked("room-b", city.now + timedelta(hours=1), city.now + timedelta(hours=2), BY_AINO)
    await remind(city)
    assert "booking-reminder" not in await kinds(city)


async def test_a_service_without_a_key_books_all_the_same(city: City) -> None:
    for one in city.services:
        one.settings = one.settings.model_copy(update={"channel_key": SecretStr("")})
    await city.booked("room-a", at(12), at(14), BY_AINO)
    assert await told(city) == []
