"""What the clock causes: whoever has a booking tomorrow is reminded of it, and codes of the past are
forgotten."""

from datetime import timedelta

from chassis import Transaction, scheduled

from booking import telling
from booking.store import codes, reminders

AHEAD = timedelta(hours=24)
AT_ONCE = 200


@scheduled(every=timedelta(minutes=1))
async def remind(tx: Transaction) -> int:
    """Remind persons of their bookings a day ahead."""
    due = await reminders.take(tx.conn, tx.now, AHEAD, AT_ONCE)
    given = await codes.of(tx.conn, [booking.booking for booking in due])
    for booking in due:
        telling.remind(booking, tx, given.get(booking.booking))
    return len(due)


@scheduled(every=timedelta(hours=1))
async def forget_codes(tx: Transaction) -> int:
    """Forget the codes of bookings that are long over, so that they can be given again."""
    return await codes.forget(tx.conn, tx.now)
