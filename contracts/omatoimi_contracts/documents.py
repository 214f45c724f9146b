"""Public words, on compacted topics that can forget: the latest version of each text, a tombstone when it must go."""

from typing import Annotated, ClassVar

from pydantic import Field

from omatoimi_contracts.primitives import Id
from omatoimi_contracts.text import ONE_LINE, SEVERAL_LINES
from omatoimi_contracts.vocabulary import CaseKey, Digest, Fact, Language, Shape, Version

Title = Annotated[str, Field(max_length=2000)]
AskedTitle = Annotated[Title, ONE_LINE]
AskedText = Annotated[str, Field(max_length=10_000), SEVERAL_LINES]
Paragraph = Annotated[str, Field(max_length=100_000)]


class Section(Shape):
    """A titled part of a text."""

    title: Title
    paragraphs: tuple[Paragraph, ...] = Field(max_length=2000)


class NoticeText(Fact):
    """The words of a notice as they are now."""

    TYPE: ClassVar[str] = "omatoimi.notice-text.recorded.v1"
    TOPIC: ClassVar[str] = "notices.documents.v1"
    SUBJECT: ClassVar[str] = "notice"
    KEY: ClassVar[str] = "{notice}"
    notice: Id
    version: Version
    digest: Digest
    titles: dict[Language, Title] = Field(max_length=10)
    texts: dict[Language, Paragraph] = Field(max_length=10)


class RecordText(Fact):
    TOPIC: ClassVar[str] = "decisions.documents.v1"
    KEY: ClassVar[str] = "{subject}"
    version: Version
    digest: Digest
    language: Language
    title: Title
    sections: tuple[Section, ...] = Field(default=(), max_length=200)


class CaseText(RecordText):
    """The words of a case as they are now."""

    TYPE: ClassVar[str] = "omatoimi.case-text.recorded.v1"
    SUBJECT: ClassVar[str] = "case"
    case: CaseKey


class DecisionText(RecordText):
    """The words of a decision as they are now."""

    TYPE: ClassVar[str] = "omatoimi.decision-text.recorded.v1"
    SUBJECT: ClassVar[str] = "decision"
    decision: CaseKey
    case: CaseKey
