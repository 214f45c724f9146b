"""A room booked for a hearing shows on its case: when and where residents are heard."""

from functools import partial

from omatoimi_contracts.vocabulary import Slot

from tests.exchanges.bookings import TOLD as BOOKED
from tests.exchanges.bookings import book, cancel, move
from tests.exchanges.cases import TOLD, are_heard, hearings, key_of, numbers, open_case
from tests.exchanges.town import ConnectedServices
from tests.waiting import until


async def hear(town: ConnectedServices, case: str, slot: dict[str, str]) -> str:
    """A room for a hearing on a case; the booking."""
    return await book(town, slot, purpose="hearing", case=case)


async def test_a_case_shows_when_and_where_residents_are_heard_and_follows_the_booking(town: ConnectedServices) -> None:
    first, second = town.clock.evening(), town.clock.evening()
    case = await open_case(town)
    await are_heard(town, case)
    booking = await hear(town, case, first)

    async def shown() -> bool:
        return bool(await hearings(town, case))

    await until(shown, "the case shows the hearing")
    await are_heard(town, case, first)
    await move(town, booking, second)

    async def moved() -> bool:
        return (await hearings(town, case))[0][1] == Slot.model_validate(second)

    await until(moved, "the case shows the new time")
    await are_heard(town, case, second)
    await cancel(town, booking)

    async def gone() -> bool:
        return not await hearings(town, case)

    await until(gone, "the case shows no hearing any more")
    await are_heard(town, case)
    causes = [event.id for event in await town.told(BOOKED, booking)]
    changed = (await town.told(TOLD, case))[1:]
    assert [event.type for event in changed] == ["omatoimi.case.changed.v1"] * 3
    assert [event.causationid for event in changed] == causes


async def test_a_room_booked_before_its_case_is_known_shows_once_it_is(town: ConnectedServices) -> None:
    number, slot = next(numbers), town.clock.evening()
    await hear(town, key_of(number), slot)
    await town.caught_up("decisions", BOOKED)
    case = await open_case(town, number)
    assert case == key_of(number)
    await are_heard(town, case, slot)


async def test_decisions_that_was_down_for_a_day_shows_what_it_knew_and_is_right_again_after(
    town: ConnectedServices,
) -> None:
    slots = [town.clock.evening() for _ in range(5)]
    moving, going, new = [await open_case(town) for _ in range(3)]
    moves, goes = await hear(town, moving, slots[0]), await hear(town, going, slots[1])
    await town.caught_up("decisions", BOOKED)
    async with town.down_for_a_day("decisions"):
        await move(town, moves, slots[2])
        await cancel(town, goes)
        await hear(town, new, slots[1])
        await move(town, moves, slots[3])
        await cancel(town, await hear(town, new, slots[4]))
        await are_heard(town, moving, slots[0])
        await are_heard(town, going, slots[1])
        await are_heard(town, new)
    await town.caught_up("decisions", BOOKED)
    await are_heard(town, moving, slots[3])
    await are_heard(town, going)
    await are_heard(town, new, slots[1])


async def test_old_news_of_a_hearing_that_comes_again_takes_nothing_back(town: ConnectedServices) -> None:
    slots = [town.clock.evening() for _ in range(4)]
    case = await open_case(town)
    moves, goes, _ = [await hear(town, case, slot) for slot in slots[:3]]
    await move(town, moves, slots[3])
    await cancel(town, goes)
    await town.everything_twice(BOOKED)
    late, anew = partial(town.very_late, "decisions"), partial(town.read_anew, "decisions")
    for again in (town.everything_twice, late, anew):
        await again(BOOKED)
        await are_heard(town, case, slots[2], slots[3])
    assert await town.acts(TOLD, case) == ["published", *["changed"] * 5]


async def test_a_worker_of_decisions_killed_in_the_middle_of_a_move_tells_it_once(town: ConnectedServices) -> None:
    first, second = town.clock.evening(), town.clock.evening()
    case = await open_case(town)
    booking = await hear(town, case, first)
    await town.caught_up("decisions", BOOKED)
    row = "select from decisions.publication where key = $1 for update"
    async with town.killed_in_the_middle("decisions", row, case):
        await move(town, booking, second)
    await town.caught_up("decisions", BOOKED)
    await are_heard(town, case, second)
    assert await town.acts(TOLD, case) == ["published", "changed", "changed"]
