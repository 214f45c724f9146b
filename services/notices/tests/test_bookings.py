"""A notice tied to a booking moves and goes with it, in whatever order and how often the facts come."""

import asyncio
import itertools
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from omatoimi_contracts.vocabulary import Slot

from tests.kits.notices import House


def slot_of(asked: dict[str, str]) -> Slot:
    return Slot(start=datetime.fromisoformat(asked["start"]), end=datetime.fromisoformat(asked["end"]))


async def booked(house: House, hours: float = 24) -> tuple[UUID, Slot]:
    booking, slot = uuid4(), slot_of(house.slot(hours))
    await house.apply(house.neighbours.confirmed(booking, slot))
    return booking, slot


async def test_a_notice_has_the_time_and_the_owner_of_its_booking(house: House) -> None:
    booking, slot = await booked(house)
    notice = await house.posted(house.bench.staff, booking=str(booking))
    (event,) = await house.events(notice)
    assert (event.data.slot, event.data.owner, event.data.booking) == (slot, "youth", booking)


async def test_a_notice_moves_with_its_booking(house: House) -> None:
    booking, slot = await booked(house)
    notice = await house.posted(house.bench.staff, booking=str(booking), until=slot.end.isoformat())
    house.clock.pass_(hours=1)
    week_on = slot_of(house.slot(hours=24 * 8))
    move = house.neighbours.moved(booking, week_on, slot)
    await house.apply(move)
    published, changed = await house.events(notice)
    assert changed.type == "omatoimi.notice.changed.v1"
    assert (changed.data.by, changed.channel, changed.data.version) == ("automatic", "automatic", 2)
    assert (changed.causationid, changed.causationsource) == (move.id, "/helsinki/booking")
    assert changed.data.slot == week_on
    assert changed.data.digest == published.data.digest
    assert changed.data.until == week_on.end, "it is shown as long before its end as before"
    assert (await house.words_on_topic(notice)).version == 2
    (item,) = await house.items()
    assert datetime.fromisoformat(item["slot"]["start"]) == week_on.start
    house.clock.now = slot.end
    await house.run_scheduled()
    assert await house.titles() == ["Talkoot"]


async def test_a_notice_goes_with_its_booking(house: House) -> None:
    booking, slot = await booked(house)
    shown = await house.posted(house.bench.staff, booking=str(booking))
    waiting = await house.posted(booking=str(booking))
    coming = await house.posted(house.bench.staff, booking=str(booking), publish_from=house.after(hours=1).isoformat())
    cancellation = house.neighbours.cancelled(booking, slot)
    await house.apply(cancellation)
    assert await house.titles() == []
    for notice in (shown, waiting, coming):
        last = (await house.events(notice))[-1]
        assert (last.type, last.data.by) == ("omatoimi.notice.withdrawn.v1", "automatic")
        assert last.causationid == cancellation.id
    assert await house.words_on_topic(shown) is None
    assert (await house.approve(waiting)).json()["outcome"]["data"]["reason"] == "already-over"


async def test_a_notice_of_a_cancelled_booking_is_not_taken(house: House) -> None:
    booking, slot = await booked(house)
    await house.apply(house.neighbours.cancelled(booking, slot))
    answer = await house.submit(house.bench.staff, booking=str(booking))
    assert answer.status_code == 409
    assert answer.json()["outcome"]["data"]["reason"] == "booking-cancelled"


async def test_a_notice_posted_after_the_move_has_the_new_time(house: House) -> None:
    booking, slot = await booked(house)
    later = slot_of(house.slot(hours=30))
    await house.apply(house.neighbours.moved(booking, later, slot))
    stale = {"start": slot.start.isoformat(), "end": slot.end.isoformat()}
    notice = await house.posted(house.bench.staff, booking=str(booking), slot=stale, until=slot.end.isoformat())
    (event,) = await house.events(notice)
    assert (event.data.slot, event.data.until) == (later, later.end)


async def test_a_notice_of_a_booking_not_heard_of_yet_follows_when_it_comes(house: House) -> None:
    booking, slot = uuid4(), slot_of(house.slot())
    right = await house.posted(house.bench.staff, booking=str(booking), slot=house.slot(), titles={"fi": "Oikein"})
    wrong = await house.posted(house.bench.staff, booking=str(booking), slot=house.slot(hours=20))
    await house.apply(house.neighbours.confirmed(booking, slot))
    assert await house.told_of(right) == ["published"]
    assert await house.told_of(wrong) == ["published", "changed"]
    assert {item["slot"]["start"] for item in await house.items()} == {slot.start.isoformat().replace("+00:00", "Z")}
    await house.apply(house.neighbours.cancelled(booking, slot))
    assert await house.titles() == []


async def test_every_fact_twice_changes_nothing_more(house: House) -> None:
    booking, slot = uuid4(), slot_of(house.slot())
    later = slot_of(house.slot(hours=30))
    confirmed = house.neighbours.confirmed(booking, slot)
    moved, cancelled = house.neighbours.moved(booking, later, slot), house.neighbours.cancelled(booking, later)
    await house.apply(confirmed, confirmed)
    notice = await house.posted(house.bench.staff, booking=str(booking))
    await house.apply(moved, moved)
    await house.apply(confirmed, moved)
    assert await house.told_of(notice) == ["published", "changed"]
    await house.apply(cancelled)
    await house.apply(moved, cancelled, confirmed)
    assert await house.told_of(notice) == ["published", "changed", "withdrawn"]


async def test_a_copy_that_the_inbox_has_forgotten_takes_nothing_back(house: House) -> None:
    booking, slot = uuid4(), slot_of(house.slot())
    later = slot_of(house.slot(hours=30))
    confirmed = house.neighbours.confirmed(booking, slot)
    await house.apply(confirmed, house.neighbours.moved(booking, later, slot))
    notice = await house.posted(house.bench.staff, booking=str(booking))
    async with house.bench.service.pool.acquire() as conn:
        await conn.execute("delete from chassis.inbox")
    await house.apply(confirmed)
    assert await house.told_of(notice) == ["published"]
    assert (await house.events(notice))[0].data.slot == later


@pytest.mark.parametrize("posted_at", range(4))
@pytest.mark.parametrize("together", [True, False])
async def test_reader_down_for_a_day_ends_as_if_it_had_not_been(house: House, posted_at: int, together: bool) -> None:
    """The notice before, between or after confirmed and two moves that all come a day late: one result."""
    booking = uuid4()
    first, second, third = (slot_of(house.slot(hours=h)) for h in (72, 96, 120))
    facts = [
        house.neighbours.confirmed(booking, first),
        house.neighbours.moved(booking, second, first),
        house.neighbours.moved(booking, third, second),
    ]
    asked = {"start": first.start.isoformat(), "end": first.end.isoformat()}
    until = first.end.isoformat()
    house.clock.pass_(days=1)
    if together:
        await house.apply(*facts[:posted_at])
    for fact in [] if together else facts[:posted_at]:
        await house.apply(fact)
    notice = await house.posted(house.bench.staff, booking=str(booking), slot=asked, until=until)
    for fact in facts[posted_at:]:
        await house.apply(fact)
    last = (await house.events(notice))[-1].data
    assert (last.slot, last.until) == (third, third.end)
    assert (await house.words_on_topic(notice)).version == last.version
    await house.apply(house.neighbours.cancelled(booking, third))
    assert await house.titles() == []


async def test_no_notice_slips_through_while_its_booking_is_cancelled(house: House) -> None:
    """Whatever the order, none is shown afterwards: it went with the booking, or was refused."""
    for _ in range(15):
        booking, slot = await booked(house)
        cancellation = house.neighbours.cancelled(booking, slot)
        posting = [house.submit(house.bench.staff, booking=str(booking)) for _ in range(4)]
        await asyncio.gather(*posting[:2], house.apply(cancellation), *posting[2:])
        assert await house.titles() == []


async def test_the_time_of_a_booking_is_changed_by_moving_the_booking(house: House) -> None:
    booking, _ = await booked(house)
    notice = await house.posted(house.bench.staff, booking=str(booking))
    answer = await house.change(notice, house.bench.staff, slot=house.slot(hours=40))
    assert answer.json()["outcome"]["data"]["reason"] == "follows-booking"
    assert (await house.change(notice, house.bench.staff, until=house.after(days=3).isoformat())).status_code == 200


async def test_what_fell_due_unrecorded_is_published_before_it_follows_its_booking(house: House) -> None:
    booking, slot = await booked(house)
    notice = await house.posted(house.bench.staff, booking=str(booking), publish_from=house.after(hours=1).isoformat())
    house.clock.pass_(hours=2)
    await house.apply(house.neighbours.moved(booking, slot_of(house.slot(hours=40)), slot))
    await house.run_scheduled()
    assert await house.told_of(notice) == ["submitted", "published", "changed"]


async def test_facts_of_a_notice_that_has_ended_change_nothing(house: House) -> None:
    booking, slot = await booked(house)
    notice = await house.posted(house.bench.staff, booking=str(booking), until=house.after(hours=1).isoformat())
    house.clock.pass_(hours=1)
    await house.apply(
        house.neighbours.moved(booking, slot_of(house.slot(hours=40)), slot), house.neighbours.cancelled(booking, slot)
    )
    await house.run_scheduled()
    assert await house.told_of(notice) == ["published", "expired"]


async def test_of_bookings_no_more_is_kept_than_needed_and_no_longer(house: House) -> None:
    booking, slot = await booked(house)
    async with house.bench.service.pool.acquire() as conn:
        row = await conn.fetchrow("select * from notices.booking")
        assert row is not None
        assert set(row.keys()) == {
            *("booking", "sequence", "slot_start", "slot_end", "owner", "premises", "space", "cancelled")
        }
        house.clock.now = slot.end
        house.clock.pass_(days=31)
        await house.run_scheduled()
        assert await conn.fetchval("select count(*) from notices.booking where booking = $1", booking) == 0


async def test_many_notices_follow_many_bookings_in_one_batch(house: House) -> None:
    made = [(await booked(house)) for _ in range(5)]
    notices = [await house.posted(house.bench.staff, booking=str(booking)) for booking, _ in made for _ in range(3)]
    later = slot_of(house.slot(hours=40))
    moves = [house.neighbours.moved(booking, later, slot) for booking, slot in made]
    await house.apply(*itertools.chain.from_iterable((move, move) for move in moves))
    assert [await house.told_of(notice) for notice in notices] == [["published", "changed"]] * 15
