"""Cases, motions and decisions of the city, and what residents said. Written by decisions; the words stand on
`decisions.documents.v1`. A secret record makes no event at all."""

from typing import Annotated, ClassVar

from pydantic import Field

from omatoimi_contracts.primitives import Day, Id, Instant
from omatoimi_contracts.vocabulary import BodyId, CaseKey, Digest, District, Fact, ProblemCode, Slot, Version

Districts = Annotated[tuple[District, ...], Field(max_length=60)]


class RecordFact(Fact):
    """`primary` districts are what it concerns (subject, plot); `mentioned` ones only stand in its text."""

    TOPIC: ClassVar[str] = "decisions.events.v1"
    KEY: ClassVar[str] = "{case}"
    case: CaseKey
    body: BodyId | None = None
    primary: Districts = ()
    mentioned: Districts = ()
    version: Version
    digest: Digest


class CaseFact(RecordFact):
    """`answer_by` is when feedback on it is answered at the latest; `hearing` when and where residents are heard."""

    SUBJECT: ClassVar[str] = "case"
    answer_by: Instant | None = None
    hearing: Slot | None = None


class CasePublished(CaseFact):
    """A case can be seen."""

    TYPE: ClassVar[str] = "omatoimi.case.published.v1"


class CaseChanged(CaseFact):
    """The case has a new state."""

    TYPE: ClassVar[str] = "omatoimi.case.changed.v1"


class CaseRemoved(CaseFact):
    """The source took it back."""

    TYPE: ClassVar[str] = "omatoimi.case.removed.v1"


class MotionFact(RecordFact):
    SUBJECT: ClassVar[str] = "motion"
    motion: CaseKey


class MotionPublished(MotionFact):
    """What is proposed can be seen."""

    TYPE: ClassVar[str] = "omatoimi.motion.published.v1"


class MotionChanged(MotionFact):
    """The motion has a new state."""

    TYPE: ClassVar[str] = "omatoimi.motion.changed.v1"


class MotionRemoved(MotionFact):
    """The source took it back."""

    TYPE: ClassVar[str] = "omatoimi.motion.removed.v1"


class DecisionFact(RecordFact):
    """`decided` is the local day of the decision, where the record tells it; `section` its number in the minutes."""

    SUBJECT: ClassVar[str] = "decision"
    decision: CaseKey
    decided: Day | None = None
    section: Annotated[int, Field(ge=1, le=100_000)] | None = None


class DecisionPublished(DecisionFact):
    """A decision can be seen."""

    TYPE: ClassVar[str] = "omatoimi.decision.published.v1"


class DecisionChanged(DecisionFact):
    """The decision was corrected."""

    TYPE: ClassVar[str] = "omatoimi.decision.changed.v1"


class DecisionRemoved(DecisionFact):
    """The source took it back; every store downstream forgets its words."""

    TYPE: ClassVar[str] = "omatoimi.decision.removed.v1"


class RecordRefused(Fact):
    """A record of the source could not be taken in; `reason` is a code, `digest` that of its bytes."""

    TYPE: ClassVar[str] = "omatoimi.record.refused.v1"
    TOPIC: ClassVar[str] = "decisions.events.v1"
    SUBJECT: ClassVar[str] = "record"
    KEY: ClassVar[str] = "{record}"
    record: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the record's own id.")]
    reason: ProblemCode
    digest: Digest


class RecordReceived(Fact):
    """A record was taken in that makes no event of its own: it said nothing new, or its kind (meeting, initiative,
    resolution) has none yet."""

    TYPE: ClassVar[str] = "omatoimi.record.received.v1"
    TOPIC: ClassVar[str] = "decisions.events.v1"
    SUBJECT: ClassVar[str] = "record"
    KEY: ClassVar[str] = "{record}"
    record: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the record's own id.")]
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z-]{1,30}$")]
    digest: Digest


class FeedbackFact(Fact):
    """What a resident said about a case; the words stay with decisions. Each state is an event, and each feedback ends
    answered or lapsed."""

    TOPIC: ClassVar[str] = "decisions.events.v1"
    SUBJECT: ClassVar[str] = "feedback"
    KEY: ClassVar[str] = "{case}"
    feedback: Id
    case: CaseKey
    body: BodyId | None = None
    primary: Districts = ()
    mentioned: Districts = ()
    answer_by: Instant


class FeedbackReceived(FeedbackFact):
    """A resident was heard."""

    TYPE: ClassVar[str] = "omatoimi.feedback.received.v1"


class FeedbackAnswered(FeedbackFact):
    """The preparer answered. `changed` tells whether the preparer says that it changed the proposal."""

    TYPE: ClassVar[str] = "omatoimi.feedback.answered.v1"
    changed: bool = False


class FeedbackLapsed(FeedbackFact):
    """Nobody answered in time; `time` is when it fell due."""

    TYPE: ClassVar[str] = "omatoimi.feedback.lapsed.v1"
