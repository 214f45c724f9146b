"""What the clock causes. A reader never waits for it: `publish_from <= now < until` stands in every query."""

from datetime import timedelta

from chassis import Transaction, chore, falls_due
from omatoimi_contracts.notices import NoticeExpired, NoticePublished

from notices.domain import WORDS_KEPT
from notices.lifecycle import keep
from notices.store import bookings, notices

AT_ONCE = 200


@chore(every=timedelta(seconds=1))
async def publish(tx: Transaction) -> int:
    """Record each publication whose time has come; its time is `publish_from`, however late the record."""
    due = [notice.published() for notice in await notices.due_to_publish(tx.conn, tx.now, AT_ONCE)]
    await keep(tx, due)
    for notice in due:
        tx.emit(falls_due(notice.stated(NoticePublished), unit=notice.unit, time=notice.publish_from))
    return len(due)


@chore(every=timedelta(seconds=1))
async def expire(tx: Transaction) -> int:
    """Record each end whose time has come; its time is `until`, however late the record."""
    due = [n.ended("expired", n.until) for n in await notices.due_to_expire(tx.conn, tx.now, AT_ONCE)]
    await keep(tx, due)
    for notice in due:
        tx.emit(falls_due(notice.stated(NoticeExpired), unit=notice.unit, time=notice.until))
    return len(due)


@chore(every=timedelta(hours=1))
async def forget(tx: Transaction) -> int:
    """Forget the words of notices, and bookings, that have been over for 30 days."""
    before = tx.now - WORDS_KEPT
    return await notices.forget_words(tx.conn, before, AT_ONCE) + await bookings.forget(tx.conn, before, AT_ONCE)
