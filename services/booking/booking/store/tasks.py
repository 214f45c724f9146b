"""Service tasks as rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from asyncpg import Record
from chassis import Connection
from chassis.access import Houses
from chassis.last_acts import Tagged

from booking.domain.bookings import Booking
from booking.domain.tasks import Task, TaskState
from booking.store.bookings import of_row as of_booking

OPEN = """
insert into booking.task (task, booking, kind, due, state)
select task, booking, kind, due, 'open' from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[])
    t(task, booking, kind, due)
"""
OPEN_ONES = "select * from booking.task where booking = $1 and state = 'open' order by task"
FIND = "select * from booking.task where task = $1"
OF = "select b.* from booking.booking b join booking.task t using (booking) where t.task = $1"
CHANGE = "update booking.task set state = $2, due = $3, minutes = $4 where task = $1"
LIST = """
select t.task, t.booking, t.kind, t.due, t.state, t.minutes, b.unit, b.premises, b.space, b.starts, b.ends
from booking.task t join booking.booking b using (booking)
where t.state = $1 and ($2::text is null or b.unit = $2) and ($3 or b.unit = any($4) or b.owner = any($5))
order by t.due, t.task limit $6
"""


async def open_(conn: Connection, tasks: Sequence[Task]) -> None:
    """Write new tasks."""
    if tasks:
        rows = [(task.task, task.booking, task.kind, task.due) for task in tasks]
        await conn.execute(OPEN, *map(list, zip(*rows, strict=True)))


async def open_ones(conn: Connection, booking: UUID) -> list[Task]:
    """Return the tasks of a booking that are still to be done."""
    return [of_row(row) for row in await conn.fetch(OPEN_ONES, booking)]


async def find(conn: Connection, task: UUID) -> tuple[Task, Booking] | None:
    """Return the task and its booking, or None."""
    row = await conn.fetchrow(FIND, task)
    of = await conn.fetchrow(OF, task)
    return (of_row(row), of_booking(of)) if row and of else None


async def change(conn: Connection, task: Task) -> None:
    """Write a task's state, due time and minutes."""
    await conn.execute(CHANGE, task.task, task.state, task.due, task.minutes)


class ListedTask(Tagged):
    """A task with what the list of tasks tells of its booking. Moments are in UTC."""

    task: UUID
    booking: UUID
    kind: str
    due: datetime
    state: TaskState
    minutes: int | None
    unit: str
    premises: str
    space: str
    starts: datetime
    ends: datetime


async def in_state(conn: Connection, state: TaskState, of: Houses, unit: str | None, limit: int) -> list[ListedTask]:
    """Return the tasks in a state of some houses, those due first at the front, of a unit or of all."""
    rows = await conn.fetch(LIST, state, unit, of.all, of.units, of.departments, limit)
    return [cast(ListedTask, {**row, "state": TaskState(row["state"])}) for row in rows]


def of_row(row: Record) -> Task:
    """Make a task of its row."""
    return Task(row["task"], row["booking"], row["kind"], row["due"], TaskState(row["state"]), row["minutes"])
