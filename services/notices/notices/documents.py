"""The words on `notices.documents.v1`: there while a notice may be seen, and taken back when it ends."""

from uuid import UUID

from chassis import Connection, Service
from chassis.documents import document
from omatoimi_contracts.documents import NoticeText
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.vocabulary import Fact

from notices.domain.notices import NoticeState
from notices.store import notices


async def present(service: Service, conn: Connection, key: str) -> FactEvent[Fact] | None:
    """Return the words of a notice as they are now; None when they must be forgotten, or are not public yet."""
    notice = await notices.one(conn, UUID(key))
    if notice is None or notice.state is not NoticeState.APPROVED or not notice.publication_recorded:
        return None
    text = NoticeText(
        notice=notice.notice,
        version=notice.version,
        digest=notice.digest,
        titles=dict(notice.titles),
        texts=dict(notice.texts),
    )
    return document(service, text, unit=notice.unit, version=notice.version, time=notice.updated)
