"""What is offered to whoever is refused was free, and can be had."""

from datetime import date
from uuid import uuid4

from chassis import Answer
from omatoimi_contracts.requests import BlockingRequested, BookingRequested, HoursRequested

from tests.kits.booking import STAFF, WEB, City, at, booking_request, verdict, week


def _offers(answer: Answer) -> list[tuple[str, str]]:
    return [(one["space"], one["slot"]["start"]) for one in answer.outcome.data["alternatives"]]


async def _take_all(city: City, answer: Answer) -> None:
    """Each offer can be booked."""
    asked = [BookingRequested.model_validate(one) for one in answer.outcome.data["alternatives"]]
    for one in asked:
        assert verdict(await city.ask(one)) == "confirmed"


async def test_other_rooms_at_the_same_time_come_first_the_smallest_in_front(city: City) -> None:
    await city.booked("room-a", at(10), at(12))
    answer = await city.book("room-a", at(11), at(12), persons=4)
    start = at(11).isoformat().replace("+00:00", "Z")
    assert _offers(answer) == [("studio", start), ("room-b", start), ("room-c", start)]
    await _take_all(city, answer)


async def test_a_room_that_is_too_small_taken_or_in_another_house_is_not_offered(city: City) -> None:
    for space in ("room-a", "room-b"):
        await city.booked(space, at(10), at(12))
    answer = await city.book("room-a", at(11), at(12), persons=8)
    assert [space for space, _ in _offers(answer)] == ["room-c", "room-a", "room-a"]
    await _take_all(city, answer)


async def test_whoever_is_too_many_is_offered_a_larger_room(city: City) -> None:
    answer = await city.book("studio", at(10), at(11), persons=30)
    assert verdict(answer) == "capacity"
    assert [space for space, _ in _offers(answer)] == ["hall"]
    await _take_all(city, answer)


async def test_the_nearest_free_times_of_the_same_room_follow_day_by_day(city: City) -> None:
    await city.booked("club", at(10), at(12))
    await city.booked("club", at(10, 3), at(13, 3))
    answer = await city.book("club", at(11), at(12))
    starts = [at(12, 2), at(10, 3) - (at(11) - at(10)), at(11, 4)]
    assert _offers(answer) == [("club", start.isoformat().replace("+00:00", "Z")) for start in starts]
    await _take_all(city, answer)


async def test_alternatives_keep_to_hours_blocks_and_buffers(city: City) -> None:
    hours = HoursRequested(premises="library", valid_from=date(2026, 12, 3), week=week("12:00", "14:00"))
    await city.ask(hours, STAFF)
    await city.booked("hall", at(10), at(12))
    await city.booked("studio", at(9), at(10.75))
    block = {"space": "studio", "slot": {"start": at(13, 3), "end": at(14, 3)}}
    await city.ask(BlockingRequested.model_validate(block), STAFF)
    answer = await city.book("studio", at(10), at(11))
    starts = [at(11.25), at(12, 3), at(12, 4)]
    assert _offers(answer) == [("studio", start.isoformat().replace("+00:00", "Z")) for start in starts]
    await _take_all(city, answer)


async def test_what_the_same_batch_has_given_away_is_not_offered(city: City) -> None:
    asked = [
        booking_request("room-a", at(10), at(11)),
        booking_request("room-b", at(10), at(11)),
        booking_request("studio", at(10), at(11)),
    ]
    answers = await city.ask_all([asked[0], asked[0], *asked[1:]])
    assert [verdict(answer) for answer in answers] == ["confirmed", "taken", "confirmed", "confirmed"]
    assert [space for space, _ in _offers(answers[1])] == ["room-c", "room-a", "room-a"]
    await _take_all(city, answers[1])


async def test_nothing_is_offered_that_would_be_refused_again(city: City) -> None:
    organisation = uuid4()
    for answer in (
        await city.book("room-a", at(10), at(11), WEB, organiser={"organisation": str(organisation)}),
        await city.book("room-a", at(8), at(20.5)),
        await city.book("room-a", at(10, 1), at(11, 1)),
        await city.book("hall", at(10), at(11), persons=61),
    ):
        assert _offers(answer) == []


async def test_nothing_in_the_past_is_offered(city: City) -> None:
    await city.booked("club", at(8), at(20))
    await city.booked("club", at(8, 3), at(20, 3))
    city.now = at(15.1)
    answer = await city.book("club", at(15.5), at(16.5))
    assert [start for _, start in _offers(answer)] == [f"2026-12-{day:02}T13:30:00Z" for day in (4, 5, 6)]
