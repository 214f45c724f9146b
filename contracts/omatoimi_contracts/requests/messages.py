"""What services ask people to tell a person: codes, ids and times alone; the words are made where the person's language
is known."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from omatoimi_contracts.messages import ABOUT, MessageKind
from omatoimi_contracts.primitives import Code, Id
from omatoimi_contracts.requests.booking import CheckInCode
from omatoimi_contracts.requests.people import PeopleServiceRequest
from omatoimi_contracts.vocabulary import (
    AskedSlot,
    By,
    CancelReason,
    CaseKey,
    RejectionReason,
    Unit,
)


class ToldBooking(BaseModel):
    """A booking as it is when it is told of; `previous` is when it was before it moved, `by` and `reason` belong to a
    cancellation, `code` is by which they check in."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    booking: Id
    premises: Code
    space: Code
    slot: AskedSlot
    previous: AskedSlot | None = None
    by: By | None = None
    reason: CancelReason | None = None
    code: CheckInCode | None = None


class MessageRequested(PeopleServiceRequest):
    """Tell a person something. `cause` is what it follows from: of one cause a person is told each kind once, however
    often it is asked for. Services only."""

    TYPE: ClassVar[str] = "omatoimi.message.requested.v1"
    person: Id
    kind: MessageKind
    cause: Id
    unit: Unit
    booking: ToldBooking | None = None
    notice: Id | None = None
    case: CaseKey | None = None
    reason: RejectionReason | None = None

    @model_validator(mode="after")
    def _says_what_it_is_about(self) -> "MessageRequested":
        about, told = ABOUT.get(self.kind), [one for one in sorted({*ABOUT.values()}) if getattr(self, one) is not None]
        if about is not None and told != [about]:
            raise ValueError(f"{self.kind} is about a {about}: name that alone")
        return self

    def subject(self) -> str:
        return str(self.person)


class MessageReceiptRequested(PeopleServiceRequest):
    """Keep what a mail system says became of a message; `status` is its enhanced status (RFC 3463). The mail system's
    channel only."""

    TYPE: ClassVar[str] = "omatoimi.message-receipt.requested.v1"
    message: Id
    state: Literal["delivered", "temporary", "permanent", "technical"]
    status: Annotated[str, Field(max_length=9, pattern=r"^[245]\.[0-9]{1,3}\.[0-9]{1,3}$")]

    def subject(self) -> str:
        return str(self.message)
