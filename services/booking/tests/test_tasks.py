"""Service tasks go with their booking."""

from typing import Any
from uuid import UUID, uuid4

from chassis import Caller
from omatoimi_contracts.booking import BookingConfirmed
from omatoimi_contracts.requests import CancellationRequested, MoveRequested, TaskChangeRequested
from omatoimi_contracts.tasks import TaskCancelled, TaskDone, TaskMoved, TaskOpened, TaskReopened

from tests.kits.booking import STAFF, WEB, City, at, verdict


async def _move(city: City, booking: UUID, start: float, end: float, space: str | None = None) -> None:
    slot = {"start": at(start), "end": at(end)}
    answer = await city.ask(MoveRequested.model_validate({"booking": booking, "slot": slot, "space": space}))
    assert verdict(answer) == "moved"


async def test_a_task_is_opened_moved_and_cancelled_with_its_booking(city: City) -> None:
    booking = await city.booked("gym", at(10), at(12), purpose="hobby", opentopublic=True)
    (opened,) = await city.events(TaskOpened)
    fact = opened.data
    assert (fact.kind, fact.due, fact.booking, fact.space, fact.by) == ("open-door", at(10), booking, "gym", "user")
    assert (fact.owner, fact.organiser.class_, fact.purpose, fact.opentopublic) == ("school", "private", "hobby", True)
    assert (opened.outcome, opened.unit, opened.causationid) == (
        False,
        "vallila",
        (await city.events(BookingConfirmed))[0].causationid,
    )
    await _move(city, booking, 14, 16)
    (moved,) = await city.events(TaskMoved)
    assert (moved.data.task, moved.data.due, moved.data.previous) == (fact.task, at(14), at(10))
    await city.ask(CancellationRequested(booking=booking, by="house", reason="maintenance"), STAFF)
    (cancelled,) = await city.events(TaskCancelled)
    assert (cancelled.data.task, cancelled.data.by, cancelled.data.due) == (fact.task, "house", at(14))
    assert await city.conn.fetch("select 1 from booking.task where state = 'open'") == []


async def test_a_space_that_asks_for_no_task_gets_none_and_a_move_there_ends_the_old_one(city: City) -> None:
    await city.booked("room-a", at(10), at(12))
    assert await city.events(TaskOpened) == []
    booking = await city.booked("gym", at(10), at(12))
    await _move(city, booking, 10, 12, "classroom")
    assert len(await city.events(TaskCancelled)) == 1
    await _move(city, booking, 10, 11, "gym")
    first, second = await city.events(TaskOpened)
    assert first.data.task != second.data.task
    assert (second.data.booking, second.data.due) == (booking, at(10))


async def test_a_task_done_before_a_move_is_asked_for_again(city: City) -> None:
    booking = await city.booked("gym", at(10), at(12))
    (opened,) = await city.events(TaskOpened)
    await city.ask(TaskChangeRequested(task=opened.data.task, state="done"), STAFF)
    await _move(city, booking, 14, 16)
    assert [event.data.due for event in await city.events(TaskOpened)] == [at(10), at(14)]
    assert await city.events(TaskMoved) == []


async def test_a_task_is_done_and_reopened_and_stays_the_same_task(city: City) -> None:
    await city.booked("gym", at(10), at(12))
    (opened,) = await city.events(TaskOpened)
    task = opened.data.task
    city.now = at(10)

    async def change(state: str, by: Caller = STAFF, **more: Any) -> str:
        asked = TaskChangeRequested.model_validate({"task": task, "state": state, **more})
        return verdict(await city.ask(asked, by, time=at(9.5)))

    assert await change("done", WEB) == "not-allowed"
    assert await change("reopened") == "not-done"
    assert await change("done", minutes=12) == "done"
    assert await change("done") == "already-done"
    assert await change("reopened") == "reopened"
    assert await change("done", minutes=20) == "done"
    told = [(e.type.split(".")[2], e.data.task, e.time) for e in await city.events(TaskDone, TaskReopened)]
    assert told == [(word, task, at(9.5)) for word in ("done", "reopened", "done")]
    assert [e.data.minutes for e in await city.events(TaskDone)] == [12, 20]
    task = uuid4()
    assert await change("done") == "unknown-task"


async def test_the_task_of_a_cancelled_booking_cannot_be_done_or_reopened(city: City) -> None:
    done, open_ = [await city.booked("gym", at(hour), at(hour + 1)) for hour in (10, 11)]
    first, second = [event.data.task for event in await city.events(TaskOpened)]
    await city.ask(TaskChangeRequested(task=first, state="done"), STAFF)
    for booking in (done, open_):
        await city.ask(CancellationRequested(booking=booking))
    assert [event.data.task for event in await city.events(TaskCancelled)] == [second]
    assert verdict(await city.ask(TaskChangeRequested(task=first, state="reopened"), STAFF)) == "already-cancelled"
    assert verdict(await city.ask(TaskChangeRequested(task=second, state="done"), STAFF)) == "already-cancelled"
