"""The codes by which people check in at a device of the library. No field of a booking: no event tells them."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chassis import Connection

from booking.domain.bookings import EARLY_CHECK_IN, Booking
from booking.store.bookings import of_row

KEPT = timedelta(days=8)
"""So long after its end a booking's code is kept: what a device could not send is told up to seven days late."""
TRIES = 20
CODES = 10**6

GIVE = """
insert into booking.check_in_code (booking, unit, code)
select * from unnest($1::uuid[], $2::text[], $3::text[]) on conflict do nothing returning booking, code
"""
OF = "select booking, code from booking.check_in_code where booking = any($1::uuid[])"
AT = """
select b.* from booking.check_in_code c join booking.booking b using (booking)
where c.unit = $1 and c.code = $2 and b.cancelled_at is null and b.starts <= $3::timestamptz + $4 and $3 < b.ends
"""
FORGET = """
delete from booking.check_in_code c using booking.booking b where b.booking = c.booking and b.ends <= $1
"""


async def give(conn: Connection, bookings: Iterable[Booking], now: datetime) -> dict[UUID, str]:
    """Give each booking that is not over a code, which no other of its library has."""
    left = {booking.booking: booking.unit for booking in bookings if booking.slot.end > now}
    given: dict[UUID, str] = {}
    for _ in range(TRIES):
        if not left:
            break
        # In one order for everybody, so that rivals who draw the same wait in line.
        drawn = sorted((unit, f"{secrets.randbelow(CODES):06}", booking) for booking, unit in left.items())
        units, codes, ids = zip(*drawn, strict=True)
        rows = await conn.fetch(GIVE, ids, units, codes)
        given |= {row["booking"]: row["code"] for row in rows}
        left = {booking: unit for booking, unit in left.items() if booking not in given}
    return given


async def of(conn: Connection, bookings: Sequence[UUID]) -> dict[UUID, str]:
    """Return the codes of bookings, for whoever made them."""
    return {row["booking"]: row["code"] for row in await conn.fetch(OF, bookings)} if bookings else {}


async def booking_at(conn: Connection, unit: str, code: str, moment: datetime) -> Booking | None:
    """Return the booking of this library that has the code and may be checked in to at this moment."""
    row = await conn.fetchrow(AT, unit, code, moment, EARLY_CHECK_IN)
    return of_row(row) if row else None


async def forget(conn: Connection, now: datetime) -> int:
    """Forget the codes of bookings that are long over."""
    return int((await conn.execute(FORGET, now - KEPT)).rpartition(" ")[2])
