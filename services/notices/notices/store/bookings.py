"""What notices keeps of bookings, from booking's own facts."""

from datetime import datetime
from uuid import UUID

from chassis import Connection
from omatoimi_contracts.vocabulary import Slot

from notices.domain.notices import BookingState

# Facts of one booking come in order, but a copy may follow at any time: what is not newer changes nothing.
APPLY = """
insert into notices.booking as b (booking, sequence, slot_start, slot_end, owner, cancelled)
values ($1, $2, $3, $4, $5, $6)
on conflict (booking) do update set sequence = excluded.sequence, slot_start = excluded.slot_start,
    slot_end = excluded.slot_end, owner = excluded.owner, cancelled = excluded.cancelled
where b.sequence < excluded.sequence
returning true
"""


async def apply(conn: Connection, booking: BookingState, sequence: int) -> bool:
    """Keep the newest state of a booking; False when we knew as much."""
    slot = booking.slot
    return bool(
        await conn.fetchval(APPLY, booking.booking, sequence, slot.start, slot.end, booking.owner, booking.cancelled)
    )


async def known(conn: Connection, booking: UUID | None) -> BookingState | None:
    """Return a booking, as far as its facts have come."""
    row = await conn.fetchrow("select * from notices.booking where booking = $1", booking) if booking else None
    if row is None:
        return None
    return BookingState(
        row["booking"], Slot(start=row["slot_start"], end=row["slot_end"]), row["owner"], row["cancelled"]
    )


async def forget(conn: Connection, before: datetime, limit: int) -> int:
    """Forget bookings that were over before then; how many."""
    status = await conn.execute(
        "delete from notices.booking"
        " where booking in (select booking from notices.booking where slot_end < $1 limit $2)",
        before,
        limit,
    )
    return int(status.rpartition(" ")[2])
