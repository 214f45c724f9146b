"""A room booked for a hearing shows on its case: when and where residents are heard."""

from functools import partial
from itertools import count
from typing import Any

from omatoimi_contracts.vocabulary import Slot

from tests.exchanges.town import Town
from tests.waiting import until

BOOKED, TOLD = "booking.events.v1", "decisions.events.v1"
numbers = count(500_000)


async def open_case(town: Town, number: int) -> str:
    """A record of the city's case system: a case in preparation; its key."""
    content = {
        "CaseID": f"HEL 2026-{number:06}",
        "Title": "Vallilan asemakaavan muuttaminen",
        "Status": "Vireillä",
        "PublicityClass": "Julkinen",
        "Created": "2026-10-01T09:00:00.000",
    }
    answer = await town["decisions"].doors.staff.post("/v1/records", {"kind": "case", "content": content})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["outcome"]["data"]["case"])


def key_of(number: int) -> str:
    return f"HEL-2026-{number:06}"


async def book(town: Town, case: str, slot: dict[str, str], **more: str) -> str:
    """A room for a hearing on a case."""
    body = {"space": "kerhohuone", "slot": slot, "purpose": "hearing", "case": case, "opentopublic": True, **more}
    answer = await town["booking"].doors.staff.post("/v1/bookings", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["resource"]["booking"])


async def move(town: Town, booking: str, slot: dict[str, str]) -> None:
    answer = await town["booking"].doors.staff.post("/v1/moves", {"booking": booking, "slot": slot})
    assert answer.status_code == 200, answer.text


async def cancel(town: Town, booking: str) -> None:
    answer = await town["booking"].doors.staff.post("/v1/cancellations", {"booking": booking})
    assert answer.status_code == 200, answer.text


async def hearings(town: Town, case: str) -> list[tuple[str, Slot]]:
    """Where and when the case says that residents are heard."""
    answer = await town["decisions"].doors.http.get(f"/v1/cases/{case}")
    assert answer.status_code == 200, answer.text
    shown: list[dict[str, Any]] = answer.json()["hearings"]
    return [
        (f"{each['premises']}/{space}", Slot(start=each["start"], end=each["end"]))
        for each in shown
        for space in each["spaces"]
    ]


async def are_heard(town: Town, case: str, *slots: dict[str, str]) -> None:
    """The case shows these hearings in the club room, the next one first; that next one is what its last event says."""
    wanted = [Slot.model_validate(slot) for slot in slots]
    assert await hearings(town, case) == [("kirjasto/kerhohuone", slot) for slot in wanted]
    last = (await town.told(TOLD, case))[-1]
    assert last.data.hearing == (wanted[0] if wanted else None)


async def test_a_case_shows_when_and_where_residents_are_heard_and_follows_the_booking(town: Town) -> None:
    first, second = town.clock.evening(), town.clock.evening()
    case = await open_case(town, next(numbers))
    await are_heard(town, case)
    booking = await book(town, case, first)

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


async def test_a_room_booked_before_its_case_is_known_shows_once_it_is(town: Town) -> None:
    number, slot = next(numbers), town.clock.evening()
    await book(town, key_of(number), slot)
    await town.caught_up("decisions", BOOKED)
    case = await open_case(town, number)
    assert case == key_of(number)
    await are_heard(town, case, slot)


async def test_decisions_that_was_down_for_a_day_shows_what_it_knew_and_is_right_again_after(town: Town) -> None:
    slots = [town.clock.evening() for _ in range(5)]
    moving, going, new = [await open_case(town, next(numbers)) for _ in range(3)]
    moves, goes = await book(town, moving, slots[0]), await book(town, going, slots[1])
    await town.caught_up("decisions", BOOKED)
    async with town.down_for_a_day("decisions"):
        await move(town, moves, slots[2])
        await cancel(town, goes)
        await book(town, new, slots[1])
        await move(town, moves, slots[3])
        await cancel(town, await book(town, new, slots[4]))
        await are_heard(town, moving, slots[0])
        await are_heard(town, going, slots[1])
        await are_heard(town, new)
    await town.caught_up("decisions", BOOKED)
    await are_heard(town, moving, slots[3])
    await are_heard(town, going)
    await are_heard(town, new, slots[1])


async def test_old_news_of_a_hearing_that_comes_again_takes_nothing_back(town: Town) -> None:
    slots = [town.clock.evening() for _ in range(4)]
    case = await open_case(town, next(numbers))
    moves, goes, _ = [await book(town, case, slot) for slot in slots[:3]]
    await move(town, moves, slots[3])
    await cancel(town, goes)
    await town.everything_twice(BOOKED)
    for again in (town.everything_twice, partial(town.read_anew, "decisions")):
        await again(BOOKED)
        await are_heard(town, case, slots[2], slots[3])
    assert await town.acts(TOLD, case) == ["published", *["changed"] * 5]


async def test_a_worker_of_decisions_killed_in_the_middle_of_a_move_tells_it_once(town: Town) -> None:
    first, second = town.clock.evening(), town.clock.evening()
    case = await open_case(town, next(numbers))
    booking = await book(town, case, first)
    await town.caught_up("decisions", BOOKED)
    row = "select from decisions.publication where key = $1 for update"
    async with town.killed_in_the_middle("decisions", row, case):
        await move(town, booking, second)
    await town.caught_up("decisions", BOOKED)
    await are_heard(town, case, second)
    assert await town.acts(TOLD, case) == ["published", "changed", "changed"]
