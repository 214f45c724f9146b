"""What the clock causes: what falls due is asked for (`handlers/clock.py` decides it), and old words are forgotten."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chassis import Connection, Transaction, due, scheduled

from notices.domain.notices import WORDS_KEPT
from notices.handlers.clock import ExpiryDue, PublicationDue
from notices.store import bookings, notices

AT_ONCE = 200
SECOND = timedelta(seconds=1)


@due(every=SECOND)
async def publish(conn: Connection, now: datetime, limit: int, offset: int) -> Sequence[PublicationDue]:
    """Find approved notices whose `publish_from` has come."""
    found = await notices.due_to_publish(conn, now, limit, offset)
    return [PublicationDue(notice=notice, due=publish_from) for notice, publish_from in found]


@due(every=SECOND)
async def expire(conn: Connection, now: datetime, limit: int, offset: int) -> Sequence[ExpiryDue]:
    """Find notices whose `until` has come."""
    found = await notices.due_to_expire(conn, now, limit, offset)
    return [ExpiryDue(notice=notice, due=until) for notice, until in found]


@scheduled(every=timedelta(hours=1))
async def forget(tx: Transaction) -> int:
    """Forget the words of notices, and bookings, that have been over for 30 days."""
    before = tx.now - WORDS_KEPT
    return await notices.forget_words(tx.conn, before, AT_ONCE) + await bookings.forget(tx.conn, before, AT_ONCE)
