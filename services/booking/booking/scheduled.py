"""What the clock causes: whoever has a booking tomorrow is reminded of it."""

from datetime import timedelta

from chassis import Transaction, scheduled

from booking import telling
from booking.store import reminders

AHEAD = timedelta(hours=24)
AT_ONCE = 200


@scheduled(every=timedelta(minutes=1))
async def remind(tx: Transaction) -> int:
    """Remind persons of their bookings a day ahead."""
    due = await reminders.take(tx.conn, tx.now, AHEAD, AT_ONCE)
    for booking in due:
        telling.remind(booking, tx)
    return len(due)
