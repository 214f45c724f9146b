"""What counters, kiosks, screens and pages tell; taken by analytics."""

from typing import Annotated, ClassVar

from pydantic import Field

from omatoimi_contracts.primitives import Code, Id
from omatoimi_contracts.usage import ItemId, ItemKind
from omatoimi_contracts.vocabulary import AskedSlot, CountMethod, Department, Persons, RequestData, Unit, open_list


class UsageRequest(RequestData):
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
