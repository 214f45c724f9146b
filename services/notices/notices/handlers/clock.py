"""Publish and expire notices when their time comes. A reader never waits for either: `publish_from <= now` and
`now < until` stand in every query."""

from typing import ClassVar
from uuid import UUID

from chassis import DueRequest, Emission, Request, Transaction
from omatoimi_contracts.notices import NoticeExpired, NoticePublished

from notices.domain.notices import OPEN, NoticeState
from notices.handlers.notices import keys_of_notice
from notices.handlers.registry import registry
from notices.lifecycle import keep, publication_first
from notices.store import notices


class PublicationDue(DueRequest):
    """An approved notice's `publish_from` has come."""

    TYPE: ClassVar[str] = "omatoimi.notice-publication.due.v1"
    notice: UUID


class ExpiryDue(DueRequest):
    """A notice's `until` has come."""

    TYPE: ClassVar[str] = "omatoimi.notice-expiry.due.v1"
    notice: UUID


@registry.on(PublicationDue, locks=keys_of_notice)
async def publish(request: Request[PublicationDue], tx: Transaction) -> Emission | None:
    """Record the publication; its time is `publish_from`, however late the record."""
    notice = await notices.one(tx.conn, request.data.notice)
    if notice is None or not notice.fell_due(tx.now):
        return None
    notice = notice.published()
    await keep(tx, [notice])
    return request.outcome(notice.stated(NoticePublished), unit=notice.unit, time=notice.publish_from)


@registry.on(ExpiryDue, locks=keys_of_notice)
async def expire(request: Request[ExpiryDue], tx: Transaction) -> Emission | None:
    """Record the end; its time is `until`, however late the record. What was seen meanwhile is published first."""
    notice = await notices.one(tx.conn, request.data.notice)
    if notice is None or notice.state not in OPEN or not notice.over(tx.now):
        return None
    notice = publication_first(notice, tx)
    notice = notice.ended(NoticeState.EXPIRED, notice.until)
    await keep(tx, [notice])
    return request.outcome(notice.stated(NoticeExpired), unit=notice.unit, time=notice.until)
