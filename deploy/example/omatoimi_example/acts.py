"""What the example content is made of: acts, each a request of a channel at a moment."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from omatoimi_contracts import requests as ask
from omatoimi_contracts.vocabulary import RequestData

NAMESPACE = UUID("6f6d6174-6f69-8d69-a465-6d6f00000000")

OUTCOMES: dict[type[RequestData], str] = {
    ask.PremisesRequested: "premises.registered",
    ask.SpaceRequested: "space.registered",
    ask.HoursRequested: "hours.set",
    ask.BookingRequested: "booking.confirmed",
    ask.MoveRequested: "booking.moved",
    ask.CancellationRequested: "booking.cancelled",
    ask.AttendanceRequested: "booking.attended",
    ask.WalkInRequested: "walk-in.counted",
    ask.BlockingRequested: "space.blocked",
    ask.TaskChangeRequested: "task.done",
    ask.VerificationRequested: "organisation.verified",
    ask.NoticeRequested: "notice.published",
    ask.ApprovalRequested: "notice.published",
    ask.RejectionRequested: "notice.rejected",
    ask.NoticeChangeRequested: "notice.changed",
    ask.RecordRequested: "decision.published",
    ask.FeedbackRequested: "feedback.received",
    ask.AnswerRequested: "feedback.answered",
    ask.VisitRequested: "visit.counted",
    ask.DisplayRequested: "item.shown",
    ask.SessionStartRequested: "session.started",
    ask.SessionEndRequested: "session.completed",
    ask.HelpCallRequested: "help.requested",
    ask.HelpGivenRequested: "help.given",
    ask.RatingRequested: "satisfaction.rated",
    ask.HeartbeatRequested: "heartbeat.sent",
}
"""How a request of each kind ends when all goes well."""


@dataclass(frozen=True, slots=True)
class OfEarlier:
    """What came of an earlier act, for a field of a later one: `field` of the act's outcome, or of the fact of type
    `beside` that stands beside it (the task that a booking opened)."""

    label: str
    field: str
    beside: str = ""

    def __str__(self) -> str:
        return f"{self.label} {self.beside} {self.field}"


@dataclass(frozen=True, slots=True)
class Act:
    """A request: by which channel, of which kind, what it says, and when it is decided, by the demo's clock, in UTC.

    `asked` is the channel's own time, where staff write in the evening what happened in the day. `label` is what later
    acts call it by. `ends` is the outcome that the content intends, without `omatoimi.` and the version.
    """

    time: datetime
    channel: str
    kind: type[RequestData]
    data: dict[str, Any]
    asked: datetime
    label: str = ""
    ends: str = ""
    language: str = "fi"
    assisted: bool = False
    id: UUID = field(default=UUID(int=0), compare=False)

    @property
    def service(self) -> str:
        """The service that decides it, by name; `usage` is analytics'."""
        owner = self.kind.TOPIC.partition(".")[0]
        return {"usage": "analytics"}.get(owner, owner)

    @property
    def needs(self) -> list[OfEarlier]:
        """What it must know of earlier acts."""
        return [value for value in self.data.values() if isinstance(value, OfEarlier)]

    def content(self) -> str:
        """Return all that it says, as text, equal for equal acts."""
        said = [self.time, self.channel, self.kind.TYPE, self.data, self.asked, self.label, self.language]
        return json.dumps(said, default=str, ensure_ascii=False, sort_keys=True)


def act(time: datetime, channel: str, kind: type[RequestData], data: dict[str, Any], **more: Any) -> Act:
    """Return an act whose outcome is the usual one, asked when it is decided, unless said otherwise."""
    ends = more.pop("ends", OUTCOMES[kind])
    return Act(time, channel, kind, data, more.pop("asked", time), ends=ends, **more)


def in_order(acts: Iterable[Act], seed: int) -> list[Act]:
    """Return the acts by time, those of one moment by service and kind, each with an id that follows from the seed and
    from what it says; of equal ones the second has another."""
    from collections import Counter
    from dataclasses import replace

    seen: Counter[str] = Counter()
    found = []
    for one in sorted(acts, key=lambda one: (one.time, one.service, one.kind.TYPE, one.asked, one.content())):
        said = one.content()
        seen[said] += 1
        found.append(replace(one, id=uuid5(NAMESPACE, f"{seed} {seen[said]} {said}")))
    return found


def slot_of(start: datetime, end: datetime) -> dict[str, str]:
    """Return a span of time as requests tell it."""
    return {"start": start.isoformat(), "end": end.isoformat()}
