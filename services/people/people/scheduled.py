"""What the clock causes: the next key is published and an outlived one dropped, and what was kept long enough is
forgotten."""

from datetime import timedelta

from chassis import Transaction, scheduled

from people.keys import rotate
from people.store import access_log, contacts, exports, memberships, persons

AT_ONCE = 200


@scheduled(every=timedelta(minutes=1))
async def rotate_keys(tx: Transaction) -> int:
    """Publish the next key ten minutes before it signs; drop a key when the last token that it signed is over."""
    await rotate(tx.conn, tx.now)
    return 0


@scheduled(every=timedelta(hours=1))
async def forget(tx: Transaction) -> int:
    """Forget what the rules of retention (`domain/retention.py`) say is over."""
    kept = tx.installation.retention
    unused = await persons.unused_since(tx.conn, tx.now - timedelta(days=kept.contact_details), AT_ONCE)
    await contacts.forget(tx.conn, unused)
    over = await memberships.forget(tx.conn, tx.now - timedelta(days=kept.memberships), AT_ONCE)
    seen = await access_log.forget(tx.conn, tx.now - timedelta(days=kept.access_log), AT_ONCE)
    return len(unused) + over + seen + await exports.forget(tx.conn, tx.now, AT_ONCE)
