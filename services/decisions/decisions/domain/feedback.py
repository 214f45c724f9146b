"""What a resident said about a case: received, then answered or lapsed.

It lapses at the answer date set with the case, else 60 days after it was received. Whether it has lapsed is a
question of the clock alone; the job that records it only says so later.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

ANSWER_WITHIN = timedelta(days=60)
"""For cases without an answer date of their own."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """`answer_by` is fixed at receipt and does not move when the case's answer date does: what was promised stands.
    All times are aware."""

    id: str
    case: str
    received: datetime
    answer_by: datetime
    answered: datetime | None = None


def answer_by(received: datetime, case_answer_by: datetime | None) -> datetime:
    """Tell when feedback received at this moment is answered at the latest. A date of the case that has passed already
    promises nothing: then the 60 days count."""
    if case_answer_by is not None and case_answer_by > received:
        return case_answer_by
    return received + ANSWER_WITHIN


class FeedbackState(StrEnum):
    """How far a feedback is. Answered and lapsed are final."""

    RECEIVED = "received"
    ANSWERED = "answered"
    LAPSED = "lapsed"


def state(feedback: Feedback, now: datetime) -> FeedbackState:
    """Tell how far a feedback is now: an answer counts when it came before `answer_by`."""
    if feedback.answered is not None:
        return FeedbackState.ANSWERED
    return FeedbackState.LAPSED if now >= feedback.answer_by else FeedbackState.RECEIVED


def why_not_answer(feedback: Feedback, now: datetime) -> str | None:
    """Return the code of what stands against an answer now: `already-answered` or `lapsed`; None where it may be
    given."""
    return {FeedbackState.RECEIVED: None, FeedbackState.ANSWERED: "already-answered", FeedbackState.LAPSED: "lapsed"}[
        state(feedback, now)
    ]


def lapsed(feedbacks: Iterable[Feedback], now: datetime) -> tuple[Feedback, ...]:
    """Return those that have lapsed by now, in the order they fell due; the event's time is their `answer_by`."""
    due = (feedback for feedback in feedbacks if state(feedback, now) is FeedbackState.LAPSED)
    return tuple(sorted(due, key=lambda feedback: (feedback.answer_by, feedback.id)))
