"""Tell that a service task is done, or reopen it."""

from chassis import KEEPERS, Emission, Reject, Request, Transaction
from omatoimi_contracts.requests import TaskChangeRequested
from omatoimi_contracts.tasks import TaskDone, TaskReopened

from booking.domain.tasks import may_not_become
from booking.handlers.registry import registry
from booking.store import locks, tasks, things


@registry.on(
    TaskChangeRequested,
    path="/v1/task-changes",
    page="/desk",
    tag="staff",
    may=KEEPERS,
    of=things.tasks,
    locks=locks.of_bookings,
    reasons={404: ("unknown-task",), 409: ("already-cancelled", "already-done", "not-done")},
)
async def change(request: Request[TaskChangeRequested], tx: Transaction) -> Emission | Reject:
    """Tell that a service task is done, or reopen it. Done with so many minutes of work; reopened it is the same task,
    and its clock runs on."""
    asked = request.data
    found = await tasks.find(tx.conn, asked.task)
    if found is None:
        return Reject("unknown-task")
    task, booking = found
    if reason := may_not_become(task, booking, asked.state):
        return Reject(reason)
    moment = request.happened(tx.now, booking.confirmed_at)
    if asked.state == "reopened":
        again = task.reopened()
        await tasks.change(tx.conn, again)
        return request.outcome(TaskReopened(**again.facts(booking, by="staff")), unit=booking.unit, time=moment)
    done = task.done(asked.minutes)
    await tasks.change(tx.conn, done)
    fact = TaskDone(**done.facts(booking, by="staff"), minutes=asked.minutes)
    return request.outcome(fact, unit=booking.unit, time=moment)
