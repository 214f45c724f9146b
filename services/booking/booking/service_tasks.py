"""What becomes of service tasks when their booking is made, moved or cancelled: the row and its event, in one place."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chassis import Request, Transaction
from omatoimi_contracts.tasks import TaskCancelled, TaskMoved, TaskOpened
from uuid_utils.compat import uuid7

from booking.domain.bookings import Booking
from booking.domain.tasks import Task
from booking.store import tasks


async def open_for(confirmed: Sequence[tuple[Request[Any], Booking, str | None]], tx: Transaction) -> None:
    """Open the task that the rule of each booking's space asks for, where it asks for one."""
    opened = []
    for request, booking, kind in confirmed:
        if kind is not None:
            task = Task(uuid7(), booking.booking, kind, booking.slot.start)
            opened.append(task)
            fact = TaskOpened(**task.facts(booking, by=_side(request, booking)))
            tx.emit(request.also(fact, unit=booking.unit))
    await tasks.open_(tx.conn, opened)


async def move_with(request: Request[Any], booking: Booking, kind: str | None, tx: Transaction) -> None:
    """Let the open tasks go with a booking that was moved; cancel what the new space does not ask for, and open what it
    asks for."""
    open_ones = await tasks.open_ones(tx.conn, booking.booking)
    for task in open_ones:
        if task.kind != kind:
            await _cancel(request, booking, task, tx, by=_side(request, booking))
        elif task.due != booking.slot.start:
            moved = task.moved(booking.slot.start)
            await tasks.change(tx.conn, moved)
            fact = TaskMoved(**moved.facts(booking, by=_side(request, booking)), previous=task.due)
            tx.emit(request.also(fact, unit=booking.unit))
    if all(task.kind != kind for task in open_ones):
        await open_for([(request, booking, kind)], tx)


async def cancel_with(request: Request[Any], booking: Booking, tx: Transaction, *, by: str, time: datetime) -> None:
    """Cancel the open tasks of a booking that is given back."""
    for task in await tasks.open_ones(tx.conn, booking.booking):
        await _cancel(request, booking, task, tx, by=by, time=time)


async def _cancel(
    request: Request[Any], booking: Booking, task: Task, tx: Transaction, *, by: str, time: datetime | None = None
) -> None:
    gone = task.cancelled()
    await tasks.change(tx.conn, gone)
    tx.emit(request.also(TaskCancelled(**gone.facts(booking, by=by)), unit=booking.unit, time=time))


def _side(request: Request[Any], booking: Booking) -> str:
    return request.by.side(booking.unit, booking.owner)
