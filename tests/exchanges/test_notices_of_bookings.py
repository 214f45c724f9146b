"""A notice that is tied to a booking moves with it and goes with it."""

from functools import partial

from omatoimi_contracts.vocabulary import Slot

from tests.exchanges.bookings import TOLD as BOOKED
from tests.exchanges.bookings import book, cancel, move
from tests.exchanges.noticeboard import TOLD, in_the_feed, is_gone, listed, post, stands_at
from tests.exchanges.town import ConnectedServices
from tests.waiting import until


async def test_a_notice_moves_with_its_booking_and_goes_with_it(town: ConnectedServices) -> None:
    first, second = town.clock.evening(), town.clock.evening()
    booking = await book(town, first)
    notice = await post(town, booking, first)
    await town.caught_up("notices", BOOKED)
    await stands_at(town, notice, first)
    await move(town, booking, second)

    async def moved() -> bool:
        item = await listed(town, notice)
        return item is not None and Slot.model_validate(item["slot"]) == Slot.model_validate(second)

    await until(moved, "the list shows the new time")
    await stands_at(town, notice, second)
    await cancel(town, booking)

    async def gone() -> bool:
        return await in_the_feed(town, notice) is None

    await until(gone, "the notice has left the feed")
    await is_gone(town, notice)
    published, changed, withdrawn = await town.told(TOLD, notice)
    causes = [event for event in await town.told(BOOKED, booking) if event.type != "omatoimi.booking.confirmed.v1"]
    assert [changed.causationid, withdrawn.causationid] == [cause.id for cause in causes]
    assert (published.channel, changed.channel, withdrawn.channel) == ("staff", "automatic", "automatic")


async def test_a_notice_tied_to_a_cancelled_booking_is_not_taken(town: ConnectedServices) -> None:
    slot = town.clock.evening()
    booking = await book(town, slot)
    await cancel(town, booking)
    await town.caught_up("notices", BOOKED)
    body = {"titles": {"fi": "Korttelin ilta"}, "until": slot["end"], "booking": booking}
    answer = await town["notices"].endpoints.staff.post("/v1/notices", body)
    assert answer.json()["outcome"]["data"]["reason"] == "booking-cancelled"


async def test_notices_that_was_down_for_a_day_shows_what_it_knew_and_is_right_again_after(
    town: ConnectedServices,
) -> None:
    slots = [town.clock.evening() for _ in range(4)]
    moving, going = await book(town, slots[0]), await book(town, slots[1])
    moves, goes = await post(town, moving, slots[0]), await post(town, going, slots[1])
    await town.caught_up("notices", BOOKED)
    async with town.down_for_a_day("notices"):
        await move(town, moving, slots[2])
        await cancel(town, going)
        unheard = await book(town, slots[1])
        posted_meanwhile = await post(town, unheard, slots[1])
        await move(town, moving, slots[3])
        await move(town, unheard, slots[2])
        await stands_at(town, moves, slots[0])
        await stands_at(town, goes, slots[1])
    await town.caught_up("notices", BOOKED)
    await stands_at(town, moves, slots[3])
    await stands_at(town, posted_meanwhile, slots[2])
    await is_gone(town, goes)
    await cancel(town, unheard)
    await town.caught_up("notices", BOOKED)
    await is_gone(town, posted_meanwhile)


async def test_old_news_of_a_booking_that_comes_again_neither_moves_a_notice_nor_brings_it_back(
    town: ConnectedServices,
) -> None:
    slots = [town.clock.evening() for _ in range(3)]
    booking, cancelled = await book(town, slots[0]), await book(town, slots[1])
    notice, withdrawn = await post(town, booking, slots[0]), await post(town, cancelled, slots[1])
    await cancel(town, cancelled)
    await move(town, booking, slots[2])
    await town.everything_twice(BOOKED)
    late, anew = partial(town.very_late, "notices"), partial(town.read_anew, "notices")
    for again in (town.everything_twice, late, anew):
        await again(BOOKED)
        await stands_at(town, notice, slots[2])
        await is_gone(town, withdrawn)
    assert await town.acts(TOLD, notice) == ["published", "changed"]
    assert await town.acts(TOLD, withdrawn) == ["published", "withdrawn"]


async def test_a_worker_of_notices_killed_in_the_middle_of_a_move_tells_it_once(town: ConnectedServices) -> None:
    first, second = town.clock.evening(), town.clock.evening()
    booking = await book(town, first)
    notice = await post(town, booking, first)
    await town.caught_up("notices", BOOKED)
    row = "select from notices.notice where notice = $1 for update"
    async with town.killed_in_the_middle("notices", row, notice):
        await move(town, booking, second)
    await town.caught_up("notices", BOOKED)
    await stands_at(town, notice, second)
    assert await town.acts(TOLD, notice) == ["published", "changed"]
