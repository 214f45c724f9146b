"""The shapes in which cases, decisions and feedback are shown as JSON."""

from collections.abc import Mapping
from typing import Literal, NotRequired, TypedDict

from chassis.last_acts import Tagged

from decisions.domain.feedback import FeedbackState


class NamedBody(TypedDict):
    """Who decides: the id in the city's register, and the name."""

    id: str | None
    name: str


class ShownSection(TypedDict):
    """A heading and the paragraphs under it."""

    title: str
    paragraphs: list[str]


class ShownWords(TypedDict):
    """What a record says in one language."""

    language: str
    title: str
    sections: list[ShownSection]


class Evidence(TypedDict):
    """Why a record is of a district: the words that say so, where they stand, and how they were found."""

    district: str
    text: str
    method: str
    part: str
    primary: bool


class ListedPublication(TypedDict):
    """A case, a motion or a decision in a list. Times are RFC 3339 in UTC, days are local ones."""

    kind: str
    key: str
    case: str
    title: str
    language: str
    body: NamedBody
    decided: str | None
    section: int | None
    primary: list[str]
    mentioned: list[str]
    version: int
    published_at: str | None
    changed_at: str | None


class ShownDecision(ListedPublication):
    """A decision in full."""

    digest: str
    evidence: list[Evidence]
    sources: list[dict[str, str | None]]
    words: list[ShownWords]
    motion: ShownWords | None
    deadlines: list[dict[str, str | None]]
    votes: list[dict[str, int]]
    appeal: list[ShownSection]


class ShownHearing(TypedDict):
    """When and where residents are heard."""

    booking: str
    premises: str
    spaces: list[str]
    premises_names: Mapping[str, str]
    space_names: dict[str, Mapping[str, str]]
    start: str | None
    end: str | None


class AgendaPoint(TypedDict):
    """A case on the agenda of a meeting."""

    meeting: str
    body: NamedBody
    start: str | None
    status: str | None
    point: str | None
    title: str


class ShownAnswer(TypedDict):
    """What was answered to residents, when (RFC 3339 in UTC), and whether what they said changed anything."""

    feedback: str
    answered_at: str | None
    text: str | None
    changed: bool | None


class ShownCase(ListedPublication):
    """A case with all that belongs to it."""

    digest: str
    evidence: list[Evidence]
    status: str | None
    open: bool
    comments: dict[str, int]
    classification: str | None
    answer_by: str | None
    hearings: list[ShownHearing]
    motions: list[ListedPublication]
    decisions: list[ListedPublication]
    agenda: list[AgendaPoint]
    documents: list[dict[str, str | None]]
    initiatives: list[dict[str, str]]
    answers: list[ShownAnswer]


class ShownFeedback(Tagged):
    """How a feedback stands. Times are RFC 3339 in UTC."""

    feedback: str
    case: str
    state: Literal["open", FeedbackState.ANSWERED, FeedbackState.LAPSED]
    received_at: str | None
    answer_by: str | None
    answer: str | None
    changed: bool | None
    answered_at: str | None
    answered_by: str | None


class ShownDraft(TypedDict):
    """The answer that somebody is writing, in which role and when last (RFC 3339 in UTC); `draft_etag` names this state
    of it."""

    draft: str | None
    draft_etag: str
    drafted_by: NotRequired[str | None]
    drafted_at: NotRequired[str | None]


class FeedbackWithDraft(ShownFeedback, ShownDraft):
    """How a feedback stands, with the answer that is being written."""


class FeedbackWithText(ShownFeedback):
    """How a feedback stands, with its words; None where they were forgotten."""

    text: str | None


class FeedbackInFull(FeedbackWithText, ShownDraft):
    """A feedback as whoever answers sees it."""
