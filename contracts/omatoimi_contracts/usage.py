"""How the service point is used: visits, screens, kiosk sessions, help. Written by analytics."""

from typing import Annotated, ClassVar

from pydantic import Field

from omatoimi_contracts.primitives import Code, Id, Instant
from omatoimi_contracts.vocabulary import CountMethod, Department, Fact, Persons, Slot, open_list

ItemId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9{}][A-Za-z0-9{}:/._%+-]{0,254}$", description="Key of the decision, case or notice shown."
    ),
]
ItemKind = Annotated[str, open_list("decision", "case", "notice", description="What was shown.")]


class UsageFact(Fact):
    TOPIC: ClassVar[str] = "usage.events.v1"
    KEY: ClassVar[str] = "{unit}"


class VisitCounted(UsageFact):
    """People who came in by one counter during a span. A correction names the same counter and span."""

    TYPE: ClassVar[str] = "omatoimi.visit.counted.v1"
    SUBJECT: ClassVar[str] = "counter"
    counter: Code
    slot: Slot
    persons: Persons
    method: CountMethod


class ItemShown(UsageFact):
    """A decision, case or notice was shown at a place of the unit: a screen, a kiosk, a page."""

    TYPE: ClassVar[str] = "omatoimi.item.shown.v1"
    SUBJECT: ClassVar[str] = "place"
    place: Code
    kind: ItemKind
    item: ItemId


class SessionFact(UsageFact):
    SUBJECT: ClassVar[str] = "session"
    session: Id
    task: Annotated[
        str,
        open_list(
            "book", "cancel", "notice", "read", "feedback", "other", description="What the person set out to do."
        ),
    ]


class SessionStarted(SessionFact):
    """Somebody began at a kiosk or page."""

    TYPE: ClassVar[str] = "omatoimi.session.started.v1"


class SessionCompleted(SessionFact):
    """They finished what they began."""

    TYPE: ClassVar[str] = "omatoimi.session.completed.v1"


class SessionAbandoned(SessionFact):
    """They left it, or the kiosk stood idle for three minutes."""

    TYPE: ClassVar[str] = "omatoimi.session.abandoned.v1"


class HelpFact(UsageFact):
    SUBJECT: ClassVar[str] = "help"
    help: Id
    topic: Annotated[
        str, open_list("booking", "door", "kiosk", "decision", "notice", "other", description="What about.")
    ]


class HelpRequested(HelpFact):
    """Somebody asked for help, in self-service hours or at the desk."""

    TYPE: ClassVar[str] = "omatoimi.help.requested.v1"


class HelpGiven(HelpFact):
    """Help was given; `referred` is the department they were sent on to, where they were."""

    TYPE: ClassVar[str] = "omatoimi.help.given.v1"
    referred: Department | None = None


class SatisfactionRated(UsageFact):
    """One answer from 1 (poor) to 5 (very good), at most one a session."""

    TYPE: ClassVar[str] = "omatoimi.satisfaction.rated.v1"
    SUBJECT: ClassVar[str] = "rating_id"
    rating_id: Id
    session: Id | None = None
    rating: Annotated[int, Field(ge=1, le=5)]


class HeartbeatSent(UsageFact):
    """A counter, kiosk or screen is alive: tells silence from zero."""

    TYPE: ClassVar[str] = "omatoimi.heartbeat.sent.v1"
    SUBJECT: ClassVar[str] = "device"
    device: Code
    at: Instant
