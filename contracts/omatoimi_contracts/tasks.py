"""Service tasks around a booking: who opens the door. Written by booking."""

from typing import Annotated, ClassVar

from pydantic import Field

from omatoimi_contracts.primitives import Code, Id, Instant
from omatoimi_contracts.vocabulary import By, Department, Fact, Organiser, Purpose, TaskKind


class TaskFact(Fact):
    """`due` is when it must be done by; `by` tells on whose part the event happened."""

    TOPIC: ClassVar[str] = "booking.events.v1"
    SUBJECT: ClassVar[str] = "task"
    KEY: ClassVar[str] = "{municipality}/{premises}"
    task: Id
    kind: TaskKind
    premises: Code
    space: Code
    booking: Id
    due: Instant
    by: By
    owner: Department
    organiser: Organiser
    coorganisers: tuple[Organiser, ...] = Field(default=(), max_length=20)
    opentopublic: bool
    purpose: Purpose


class TaskOpened(TaskFact):
    """There is something to do for a booking."""

    TYPE: ClassVar[str] = "omatoimi.task.opened.v1"


class TaskMoved(TaskFact):
    """It falls due at another time, since its booking moved."""

    TYPE: ClassVar[str] = "omatoimi.task.moved.v1"
    previous: Instant


class TaskDone(TaskFact):
    """It is done; `minutes` of work, where told."""

    TYPE: ClassVar[str] = "omatoimi.task.done.v1"
    minutes: Annotated[int, Field(ge=0, le=1440)] | None = None


class TaskReopened(TaskFact):
    """It was not right the first time: the same task, its clock runs on."""

    TYPE: ClassVar[str] = "omatoimi.task.reopened.v1"


class TaskCancelled(TaskFact):
    """Its booking is gone: it leaves both sides of every share."""

    TYPE: ClassVar[str] = "omatoimi.task.cancelled.v1"
