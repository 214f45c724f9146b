"""What is asked of notices."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from omatoimi_contracts.documents import AskedText, AskedTitle
from omatoimi_contracts.primitives import Id, Instant
from omatoimi_contracts.text import ONE_LINE
from omatoimi_contracts.vocabulary import (
    AskedCaseKey,
    AskedOrganiser,
    AskedSlot,
    Department,
    District,
    Language,
    NoticeKind,
    OrganiserClass,
    Purpose,
    RejectionReason,
    RequestData,
    Unit,
)


class NoticesServiceRequest(RequestData):
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
    name: Annotated[str, Field(max_length=200), ONE_LINE] = ""

    def subject(self) -> str:
        return str(self.organisation)


class NoticeRequested(NoticesServiceRequest):
    """Please publish this. Trusted organisations' notices go out at once, others wait for approval. Words per language;
    shown from `publish_from` (else at once) until `until`."""

    TYPE: ClassVar[str] = "omatoimi.notice.requested.v1"
    kind: NoticeKind = "announcement"
    titles: dict[Language, AskedTitle] = Field(min_length=1, max_length=10)
    texts: dict[Language, AskedText] = Field(default_factory=dict, max_length=10)
    until: Instant
    publish_from: Instant | None = None
    slot: AskedSlot | None = None
    booking: Id | None = None
    case: AskedCaseKey | None = None
    organiser: AskedOrganiser = Field(default_factory=AskedOrganiser)
    coorganisers: tuple[AskedOrganiser, ...] = Field(default=(), max_length=20)
    opentopublic: bool = True
    purpose: Purpose = "other"
    districts: tuple[District, ...] = Field(default=(), max_length=60)
    unit: Unit | None = None


class OfNotice(NoticesServiceRequest):
    notice: Id

    def subject(self) -> str:
        return str(self.notice)


class NoticeChangeRequested(OfNotice):
    """Change words or times of a notice, or withdraw it. What is not given stays."""

    TYPE: ClassVar[str] = "omatoimi.notice-change.requested.v1"
    titles: dict[Language, AskedTitle] | None = Field(default=None, max_length=10)
    texts: dict[Language, AskedText] | None = Field(default=None, max_length=10)
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
