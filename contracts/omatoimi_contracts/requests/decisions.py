"""What is asked of decisions."""

from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from omatoimi_contracts.primitives import CODE, Id, Instant
from omatoimi_contracts.text import MASKED, SEVERAL_LINES
from omatoimi_contracts.vocabulary import AskedCaseKey, RequestData, open_list


class DecisionsServiceRequest(RequestData):
    TOPIC: ClassVar[str] = "decisions.requests.v1"


class RecordRequested(DecisionsServiceRequest):
    """Take in a record of the city: a JSON object of its case system (`content`), or minutes as plain text (`text`), or
    take it back (`remove`, with the record's id). Staff only."""

    TYPE: ClassVar[str] = "omatoimi.record.requested.v1"
    kind: Annotated[
        str,
        open_list(
            "case",
            "decision",
            "meeting",
            "initiative",
            "resolution",
            "minutes",
            description="What the record is.",
            also=CODE,  # decisions answers for what it cannot read: an event tells that it was refused
        ),
    ]
    record: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    content: Annotated[dict[str, Any] | None, MASKED] = None
    text: Annotated[str | None, Field(max_length=900_000), MASKED] = None
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
    case: AskedCaseKey
    text: Annotated[str, Field(min_length=1, max_length=5000), SEVERAL_LINES]

    def subject(self) -> str:
        return self.case


class AnswerRequested(DecisionsServiceRequest):
    """The preparer's answer to a feedback; it is published. Staff only."""

    TYPE: ClassVar[str] = "omatoimi.answer.requested.v1"
    feedback: Id
    text: Annotated[str, Field(min_length=1, max_length=10_000), SEVERAL_LINES]
    changed: bool = False

    def subject(self) -> str:
        return str(self.feedback)
