"""Which bookings are to be reminded of."""

from datetime import datetime, timedelta

from chassis import Connection

from booking.domain.bookings import Booking
from booking.store.bookings import of_row

# Of what was booked within the last day the confirmation has just told.
TAKE = """
update booking.booking set reminded_of = starts
where booking = any(array(
    select booking from booking.booking
    where person is not null and cancelled_at is null and starts > $1 and starts <= $1 + $2::interval
        and confirmed_at <= starts - $2::interval and reminded_of is distinct from starts
    order by starts, booking limit $3 for update skip locked))
returning *
"""


async def take(conn: Connection, now: datetime, ahead: timedelta, limit: int) -> list[Booking]:
    """Return bookings of persons that begin within so long and were not reminded of, and note that they are."""
    return [of_row(row) for row in await conn.fetch(TAKE, now, ahead, limit)]
