"""Another time, or another space of the same premises."""

from dataclasses import replace

from chassis import Asked, Emission, Reject, Transaction
from omatoimi_contracts.booking import BookingMoved
from omatoimi_contracts.requests import MoveRequested
from omatoimi_contracts.tasks import TaskCancelled, TaskMoved, TaskOpened
from uuid_utils.compat import uuid7

from booking.domain.bookings import Booking, may_not_be_moved
from booking.domain.hours import month_of
from booking.domain.rules import Wish, refusal
from booking.domain.tasks import Task
from booking.handlers.registry import registry
from booking.store import bookings, claims, locks, tasks
from booking.store.look import look


@registry.on(MoveRequested, locks=locks.of_bookings)
async def move(request: Asked[MoveRequested], tx: Transaction) -> Emission | Reject:
    """Old and new change hands in one transaction, by the same rules as a booking; a move that is refused leaves
    everything as it was."""
    old = await bookings.find(tx.conn, request.data.booking)
    if old is None:
        return Reject("unknown-booking")
    slot = request.data.slot.slot()
    if reason := may_not_be_moved(old, slot, tx.now):
        return Reject(reason)
    wanted = request.data.space or old.space
    if (wanted, slot) == (old.space, old.slot):
        return Reject("nothing-to-move")
    holder = old.organiser.organisation
    holders = [(holder, month_of(slot.start))] if holder else []
    situation = (await look(tx.conn, tx.now, [(wanted, slot)], holders, but=old.booking)).situation
    space = situation.spaces.get(wanted)
    if space is None:
        return Reject("unknown-space")
    if space.premises != old.premises:
        return Reject("other-premises")
    wish = Wish(old.number, space, slot, old.persons, old.organiser, old.coorganisers, previous=old.slot)
    if rule := refusal(wish, situation):
        return Reject(rule.code)
    hours = situation.hours_of(space).kind(slot)
    new = replace(old, space=space.space, leaves=space.leaves, slot=slot, hours=hours)
    await claims.release(tx.conn, old.booking)
    await claims.claim(tx.conn, claims.of(old.booking, wish.claims))
    await bookings.move(tx.conn, new)
    await _move_tasks(request, new, space.task, tx)
    fact = BookingMoved(**new.facts(), previous=old.slot, previousspace=old.space, previousleaves=old.leaves)
    return request.answer(fact, unit=new.unit)


async def _move_tasks(request: Asked[MoveRequested], new: Booking, kind: str | None, tx: Transaction) -> None:
    """Its open tasks go with it; what the new space does not ask for is cancelled, what it asks for is opened."""
    by = "staff" if request.by.staff else "user"
    open_ones = await tasks.open_ones(tx.conn, new.booking)
    for task in open_ones:
        if task.kind != kind:
            gone = replace(task, state="cancelled")
            await tasks.change(tx.conn, gone)
            tx.emit(request.beside(TaskCancelled(**gone.facts(new, by=by)), unit=new.unit))
        elif task.due != new.slot.start:
            moved = replace(task, due=new.slot.start)
            await tasks.change(tx.conn, moved)
            fact = TaskMoved(**moved.facts(new, by=by), previous=task.due)
            tx.emit(request.beside(fact, unit=new.unit))
    if kind is not None and all(task.kind != kind for task in open_ones):
        task = Task(uuid7(), new.booking, kind, new.slot.start)
        await tasks.open_(tx.conn, [task])
        tx.emit(request.beside(TaskOpened(**task.facts(new, by=by)), unit=new.unit))
