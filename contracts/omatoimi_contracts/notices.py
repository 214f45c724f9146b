"""Notices of associations, residents and the house. Written by notices; their words stand on `notices.documents.v1`."""

from typing import ClassVar

from pydantic import Field

from omatoimi_contracts.primitives import Id, Instant
from omatoimi_contracts.vocabulary import (
    By,
    CaseKey,
    Department,
    Digest,
    District,
    Fact,
    NoticeKind,
    Organiser,
    Purpose,
    RejectionReason,
    Slot,
    Version,
)


class NoticeFact(Fact):
    """`slot` is the time of what it tells about, where there is one; it is shown from `publish_from` until `until`, not
    a second longer. `booking` and `decision` tie it to what it is about."""

    TOPIC: ClassVar[str] = "notices.events.v1"
    SUBJECT: ClassVar[str] = "notice"
    KEY: ClassVar[str] = "{notice}"
    notice: Id
    kind: NoticeKind
    version: Version
    digest: Digest
    organiser: Organiser
    coorganisers: tuple[Organiser, ...] = Field(default=(), max_length=20)
    opentopublic: bool
    purpose: Purpose
    owner: Department | None = Field(default=None, description="The department that owns the premises of its booking.")
    publish_from: Instant
    until: Instant
    slot: Slot | None = None
    booking: Id | None = None
    case: CaseKey | None = None
    decision: CaseKey | None = None
    districts: tuple[District, ...] = Field(default=(), max_length=60)


class NoticeSubmitted(NoticeFact):
    """It waits for approval, or for its time."""

    TYPE: ClassVar[str] = "omatoimi.notice.submitted.v1"


class NoticePublished(NoticeFact):
    """It is to be seen."""

    TYPE: ClassVar[str] = "omatoimi.notice.published.v1"


class NoticeChanged(NoticeFact):
    """Its words or times changed; `version` grew. `by` tells on whose part: `automatic` when its booking moved."""

    TYPE: ClassVar[str] = "omatoimi.notice.changed.v1"
    by: By


class NoticeWithdrawn(NoticeFact):
    """It was taken back, by its writer, the house, or with its booking or decision (`automatic`)."""

    TYPE: ClassVar[str] = "omatoimi.notice.withdrawn.v1"
    by: By


class NoticeExpired(NoticeFact):
    """Its time ended; `time` is that very second."""

    TYPE: ClassVar[str] = "omatoimi.notice.expired.v1"


class NoticeRejected(NoticeFact):
    """It was not published; the reason is a code."""

    TYPE: ClassVar[str] = "omatoimi.notice.rejected.v1"
    reason: RejectionReason
