"""Example content is taken out of booking: what was made up goes, what is real stays, and the rooms become real."""

from uuid import uuid4

from chassis import demo
from chassis.access import by_channel
from omatoimi_contracts.event import is_demo
from omatoimi_contracts.premises import HoursSet, PremisesRegistered, SpaceRegistered
from omatoimi_contracts.requests import (
    BlockingRequested,
    CancellationRequested,
    HoursRequested,
    PremisesRequested,
    SpaceRequested,
)

from tests.kits.booking import STAFF, WEB, City, at, booking_request, verdict

EXAMPLE_STAFF = by_channel("/helsinki/channels/staff/demo", "staff", "vallila")
EXAMPLE_WEB = by_channel("/helsinki/channels/web/demo", "web", "vallila")


async def _made_up(city: City) -> None:
    """Premises with a hall of two halves, registered by example content."""
    await city.ask(PremisesRequested(premises="mill", owner="culture", unit="vallila"), EXAMPLE_STAFF)
    week = (await city.conn.fetchval("select week::text from booking.hours limit 1")) or "[]"
    asked = HoursRequested.model_validate_json(f'{{"premises": "mill", "valid_from": "2014-01-01", "week": {week}}}')
    await city.ask(asked, EXAMPLE_STAFF)
    for space, parts in (("left", ()), ("right", ()), ("mill-hall", ("left", "right"))):
        request = SpaceRequested(premises="mill", space=space, capacity=20, parts=parts, task="key")
        assert verdict(await city.ask(request, EXAMPLE_STAFF)) == "registered"


async def _take_out(city: City, *others: str) -> None:
    (service,) = city.services
    async with service.pool.acquire() as conn, conn.transaction():
        await demo.begin(conn, 1, city.now.date(), 100)
        await conn.execute("update chassis.demo set state = 'shown'")
    await demo.take_out(service, others)


async def test_what_was_made_up_goes_with_its_claims_and_tasks_and_what_is_real_stays(city: City) -> None:
    await _made_up(city)
    await city.booked("left", at(10), at(12), EXAMPLE_WEB)
    await city.booked("gym", at(10), at(12), EXAMPLE_WEB)
    block = {"space": "right", "slot": {"start": at(10), "end": at(12)}}
    await city.ask(BlockingRequested.model_validate(block), EXAMPLE_STAFF)
    real = await city.booked("mill-hall", at(14), at(16))
    await _take_out(city)
    assert [row["booking"] for row in await city.conn.fetch("select booking from booking.booking")] == [real]
    assert [row["booking"] for row in await city.conn.fetch("select booking from booking.task")] == [real]
    assert await city.conn.fetch("select 1 from booking.block") == []
    assert {row["of"] for row in await city.conn.fetch("select of from booking.claim")} == {real}
    assert verdict(await city.book("mill-hall", at(10), at(12))) == "confirmed"
    assert verdict(await city.book("left", at(14), at(16))) == "taken"


async def test_its_rooms_are_announced_as_real_and_what_is_said_of_them_later_is_real(city: City) -> None:
    await _made_up(city)
    before = len(await city.events())
    await _take_out(city)
    announced = (await city.events())[before:]
    assert not any(is_demo(event.source) for event in announced)
    assert all(event.time == city.now for event in announced)
    assert [type(event.data) for event in announced] == [PremisesRegistered, *[SpaceRegistered] * 3, HoursSet]
    assert [event.data.leaves for event in announced[1:4]] == [("left",), ("right",), ("left", "right")]
    assert [event.data.task for event in announced[1:4]] == ["key"] * 3
    await city.ask(SpaceRequested(premises="mill", space="left", capacity=30), STAFF)
    assert not is_demo((await city.events())[-1].source)


async def test_an_association_that_was_made_up_may_book_no_more_and_its_real_booking_stands(city: City) -> None:
    organisation = uuid4()
    await city.verify(organisation)
    asked = {"organisation": organisation}
    real = await city.booked("room-a", at(10), at(12), organiser=asked)
    await _take_out(city, str(organisation))
    assert verdict(await city.ask(booking_request("room-b", at(10), at(12), organiser=asked))) == "not-verified"
    assert verdict(await city.ask(CancellationRequested(booking=real), WEB)) == "cancelled"
