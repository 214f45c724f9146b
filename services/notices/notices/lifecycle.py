"""What every path that changes a notice has in common, whoever caused it."""

from collections.abc import Iterable

from chassis import Transaction, by_clock
from omatoimi_contracts.notices import NoticePublished
from omatoimi_contracts.topics import NOTICES_DOCUMENTS

from notices.domain.notices import Notice
from notices.store import notices


def publication_first(notice: Notice, tx: Transaction) -> Notice:
    """Record the publication that fell due, where no job has yet: what was seen must not end or change on the topic
    before it was published there. What the clock caused stands before the outcome of a request."""
    if not notice.fell_due(tx.now):
        return notice
    tx.emit(by_clock(notice.stated(NoticePublished), unit=notice.unit, time=notice.publish_from))
    return notice.published()


async def keep(tx: Transaction, changed: Iterable[Notice]) -> None:
    """Write notices that changed; the words of those that were published follow, or are taken back."""
    changed = list(changed)
    await notices.save(tx.conn, changed)
    publish_words(tx, changed)


def publish_words(tx: Transaction, changed: Iterable[Notice]) -> None:
    """Say that the words of these stand otherwise on their topic now; those never published never stood there."""
    for notice in changed:
        if notice.publication_recorded:
            tx.publish(NOTICES_DOCUMENTS.name, str(notice.notice))
