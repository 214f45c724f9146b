"""What a door offers: every act has a type `omatoimi.<act>.requested.v1`, on its owner's request topic and at the
CloudEvents door. The owner answers each with one fact of its own that is marked as the outcome. Request topics are
personal: kept 7 days, read by the owner alone; free words may stand here and go no further than the owner's store."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from omatoimi_contracts.documents import Title
from omatoimi_contracts.premises import OpenSpan, WeeklyHours
from omatoimi_contracts.usage import ItemId, ItemKind
from omatoimi_contracts.vocabulary import (
    AskedOrganiser,
    AskedSlot,
    CancelReason,
    CaseKey,
    Code,
    CountMethod,
    Department,
    Id,
    Instant,
    Language,
    NoticeKind,
    OrganiserClass,
    Persons,
    Purpose,
    RejectionReason,
    Request,
    TaskKind,
    Unit,
    open_list,
)

Minutes = Annotated[int, Field(ge=0, le=1440)]


class BookingServiceRequest(Request):
    TOPIC: ClassVar[str] = "booking.requests.v1"


class PremisesRequested(BookingServiceRequest):
    """Register premises, change their entry, or retire them. Staff only."""

    TYPE: ClassVar[str] = "omatoimi.premises.requested.v1"
    premises: Code
    owner: Department
    unit: Unit
    names: dict[Language, Title] = Field(default_factory=dict, max_length=10)
    retire: bool = False

    def subject(self) -> str:
        return self.premises


class SpaceRequested(BookingServiceRequest):
    """Register a space, change its entry, or retire it. `parts` are spaces it is made of: booking it takes all their
    leaves. Buffers in minutes. Staff only."""

    TYPE: ClassVar[str] = "omatoimi.space.requested.v1"
    premises: Code
    space: Code
    names: dict[Language, Title] = Field(default_factory=dict, max_length=10)
    parts: tuple[Code, ...] = Field(default=(), max_length=50)
    capacity: Annotated[int, Field(ge=1, le=100_000)]
    buffer_before: Minutes = 0
    buffer_after: Minutes = 0
    task: TaskKind | None = None
    retire: bool = False

    def subject(self) -> str:
        return self.space


class AskedSpan(OpenSpan):
    """Open from `opens` to `closes`, local time, on one day."""

    model_config = ConfigDict(extra="forbid")


class AskedWeekday(WeeklyHours):
    """Hours that are asked for on one weekday, Monday = 1."""

    model_config = ConfigDict(extra="forbid")
    spans: tuple[AskedSpan, ...] = Field(max_length=12)


class HoursRequested(BookingServiceRequest):
    """Set the opening hours of premises from a local date on. Staff only."""

    TYPE: ClassVar[str] = "omatoimi.hours.requested.v1"
    premises: Code
    valid_from: date
    week: tuple[AskedWeekday, ...] = Field(max_length=7)

    def subject(self) -> str:
        return self.premises


class BookingRequested(BookingServiceRequest):
    """May I have this space then. `wanted` is the slot first asked for, where an alternative was taken; `session` is
    random and lasts one visit at a channel."""

    TYPE: ClassVar[str] = "omatoimi.booking.requested.v1"
    space: Code
    slot: AskedSlot
    organiser: AskedOrganiser = Field(default_factory=AskedOrganiser)
    coorganisers: tuple[AskedOrganiser, ...] = Field(default=(), max_length=20)
    opentopublic: bool = False
    purpose: Purpose = "other"
    case: CaseKey | None = None
    persons: Persons | None = None
    session: Id | None = None
    wanted: AskedSlot | None = None

    def subject(self) -> str:
        return self.space


class OfBooking(BookingServiceRequest):
    booking: Id

    def subject(self) -> str:
        return str(self.booking)


class MoveRequested(OfBooking):
    """Another time, or another space of the same premises."""

    TYPE: ClassVar[str] = "omatoimi.move.requested.v1"
    slot: AskedSlot
    space: Code | None = None


class CancellationRequested(OfBooking):
    """Give the booking back. `by` is `house` or `staff` only from a staff channel."""

    TYPE: ClassVar[str] = "omatoimi.cancellation.requested.v1"
    by: Annotated[str, open_list("user", "house", "staff", description="On whose part.")] = "user"
    reason: CancelReason = "not-needed"


class AttendanceRequested(OfBooking):
    """Check in, say that they stayed away, or tell how many came. A later one corrects an earlier one."""

    TYPE: ClassVar[str] = "omatoimi.attendance.requested.v1"
    attended: bool = True
    persons: Persons | None = None
    method: CountMethod = "counted"


class WalkInRequested(BookingServiceRequest):
    """Use without a booking was seen."""

    TYPE: ClassVar[str] = "omatoimi.walk-in.requested.v1"
    space: Code
    slot: AskedSlot
    persons: Persons
    method: CountMethod = "counted"

    def subject(self) -> str:
        return self.space


class BlockingRequested(BookingServiceRequest):
    """Take a space out of booking for a time (`space` and `slot`), or `lift` a block again. Staff only."""

    TYPE: ClassVar[str] = "omatoimi.blocking.requested.v1"
    space: Code | None = None
    slot: AskedSlot | None = None
    lift: Id | None = None

    @model_validator(mode="after")
    def _one_act(self) -> "BlockingRequested":
        if (self.lift is None) != (self.space is not None and self.slot is not None):
            raise ValueError("either a space and a slot to block, or a block to lift")
        return self

    def subject(self) -> str:
        return str(self.lift) if self.lift else (self.space or "-")


class TaskChangeRequested(BookingServiceRequest):
    """Tell that a service task is done (`minutes` of work), or reopen it. Staff only."""

    TYPE: ClassVar[str] = "omatoimi.task-change.requested.v1"
    task: Id
    state: Literal["done", "reopened"]
    minutes: Minutes | None = None

    def subject(self) -> str:
        return str(self.task)


class NoticesServiceRequest(Request):
    TOPIC: ClassVar[str] = "notices.requests.v1"


class VerificationRequested(NoticesServiceRequest):
    """Prove an organisation, or withdraw the proof. The name of a registered association is public; an informal group's
    is not told further. Staff only."""

    TYPE: ClassVar[str] = "omatoimi.verification.requested.v1"
    organisation: Id
    state: Literal["verified", "withdrawn"] = "verified"
    class_: OrganiserClass = Field(alias="class", default="association")
    registernumber: Annotated[str, Field(pattern=r"^[0-9][0-9.-]{2,19}$")] | None = None
    department: Department | None = None
    name: Annotated[str, Field(max_length=200)] = ""

    def subject(self) -> str:
        return str(self.organisation)


class NoticeRequested(NoticesServiceRequest):
    """Please publish this. Trusted organisations' notices go out at once, others wait for approval. Words per language;
    shown from `publish_from` (else at once) until `until`."""

    TYPE: ClassVar[str] = "omatoimi.notice.requested.v1"
    kind: NoticeKind = "announcement"
    titles: dict[Language, Title] = Field(min_length=1, max_length=10)
    texts: dict[Language, Annotated[str, Field(max_length=10_000)]] = Field(default_factory=dict, max_length=10)
    until: Instant
    publish_from: Instant | None = None
    slot: AskedSlot | None = None
    booking: Id | None = None
    case: CaseKey | None = None
    organiser: AskedOrganiser = Field(default_factory=AskedOrganiser)
    coorganisers: tuple[AskedOrganiser, ...] = Field(default=(), max_length=20)
    opentopublic: bool = True
    purpose: Purpose = "other"
    districts: tuple[Annotated[str, Field(pattern=r"^[0-9]{2}$")], ...] = Field(default=(), max_length=60)
    unit: Unit | None = None


class OfNotice(NoticesServiceRequest):
    notice: Id

    def subject(self) -> str:
        return str(self.notice)


class NoticeChangeRequested(OfNotice):
    """Change words or times of a notice, or withdraw it. What is not given stays."""

    TYPE: ClassVar[str] = "omatoimi.notice-change.requested.v1"
    titles: dict[Language, Title] | None = Field(default=None, max_length=10)
    texts: dict[Language, Annotated[str, Field(max_length=10_000)]] | None = Field(default=None, max_length=10)
    until: Instant | None = None
    slot: AskedSlot | None = None
    withdraw: bool = False


class ApprovalRequested(OfNotice):
    """Publish a notice that waits. Staff only."""

    TYPE: ClassVar[str] = "omatoimi.approval.requested.v1"


class RejectionRequested(OfNotice):
    """Do not publish a notice that waits; the reason is told. Staff only."""

    TYPE: ClassVar[str] = "omatoimi.rejection.requested.v1"
    reason: RejectionReason


class DecisionsServiceRequest(Request):
    TOPIC: ClassVar[str] = "decisions.requests.v1"


class RecordRequested(DecisionsServiceRequest):
    """Take in a record of the city: a JSON object of its case system (`content`), or minutes as plain text (`text`), or
    take it back (`remove`, with the record's id). Staff only."""

    TYPE: ClassVar[str] = "omatoimi.record.requested.v1"
    kind: Annotated[
        str,
        open_list(
            "case", "decision", "meeting", "initiative", "resolution", "minutes", description="What the record is."
        ),
    ]
    record: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    content: dict[str, Any] | None = None
    text: Annotated[str, Field(max_length=900_000)] | None = None
    remove: bool = False
    answer_by: Instant | None = None

    @model_validator(mode="after")
    def _one_act(self) -> "RecordRequested":
        if [self.content is not None, self.text is not None, self.remove].count(True) != 1:
            raise ValueError("one of content, text and remove")
        if self.remove and self.record is None:
            raise ValueError("the record to remove is named by its id")
        return self

    def subject(self) -> str | None:
        return self.record


class FeedbackRequested(DecisionsServiceRequest):
    """What I want to say about a case. The words stay with decisions."""

    TYPE: ClassVar[str] = "omatoimi.feedback.requested.v1"
    case: CaseKey
    text: Annotated[str, Field(min_length=1, max_length=5000)]

    def subject(self) -> str:
        return self.case


class AnswerRequested(DecisionsServiceRequest):
    """The preparer's answer to a feedback; it is published. Staff only."""

    TYPE: ClassVar[str] = "omatoimi.answer.requested.v1"
    feedback: Id
    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    changed: bool = False

    def subject(self) -> str:
        return str(self.feedback)


class UsageRequest(Request):
    """`unit` is the library whose use it is."""

    TOPIC: ClassVar[str] = "usage.requests.v1"
    unit: Unit


class VisitRequested(UsageRequest):
    """People counted by one counter during a span; the same counter and span again corrects the earlier count."""

    TYPE: ClassVar[str] = "omatoimi.visit.requested.v1"
    counter: Code
    slot: AskedSlot
    persons: Persons
    method: CountMethod = "gate"

    def subject(self) -> str:
        return self.counter


class DisplayRequested(UsageRequest):
    """A decision, case or notice was shown at a place of the unit."""

    TYPE: ClassVar[str] = "omatoimi.display.requested.v1"
    place: Code
    kind: ItemKind
    item: ItemId

    def subject(self) -> str:
        return self.place


class SessionRequest(UsageRequest):
    session: Id
    task: Annotated[
        str,
        open_list(
            "book", "cancel", "notice", "read", "feedback", "other", description="What the person set out to do."
        ),
    ] = "other"

    def subject(self) -> str:
        return str(self.session)


class SessionStartRequested(SessionRequest):
    """Somebody began at a kiosk or page."""

    TYPE: ClassVar[str] = "omatoimi.session-start.requested.v1"


class SessionEndRequested(SessionRequest):
    """They finished, or left it."""

    TYPE: ClassVar[str] = "omatoimi.session-end.requested.v1"
    completed: bool


class OfHelp(UsageRequest):
    help: Id
    topic: Annotated[
        str, open_list("booking", "door", "kiosk", "decision", "notice", "other", description="What about.")
    ] = "other"

    def subject(self) -> str:
        return str(self.help)


class HelpCallRequested(OfHelp):
    """Somebody asks for help."""

    TYPE: ClassVar[str] = "omatoimi.help-call.requested.v1"


class HelpGivenRequested(OfHelp):
    """Help was given."""

    TYPE: ClassVar[str] = "omatoimi.help-given.requested.v1"
    referred: Department | None = None


class RatingRequested(UsageRequest):
    """One answer from 1 (poor) to 5 (very good)."""

    TYPE: ClassVar[str] = "omatoimi.rating.requested.v1"
    rating: Annotated[int, Field(ge=1, le=5)]
    session: Id | None = None


class HeartbeatRequested(UsageRequest):
    """A counter, kiosk or screen is alive."""

    TYPE: ClassVar[str] = "omatoimi.heartbeat.requested.v1"
    device: Code

    def subject(self) -> str:
        return self.device
