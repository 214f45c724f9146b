"""What notices keeps of bookings, from booking's own facts."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from chassis import Connection
from omatoimi_contracts.vocabulary import Slot

from notices.domain.notices import KnownBooking

# Facts of one booking come in order, but a copy may follow at any time: what is not newer changes nothing.
APPLY = """
insert into notices.booking as b (booking, sequence, slot_start, slot_end, owner, cancelled, premises, space)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (booking) do update set sequence = excluded.sequence, slot_start = excluded.slot_start,
    slot_end = excluded.slot_end, owner = excluded.owner, cancelled = excluded.cancelled,
    premises = excluded.premises, space = excluded.space
where b.sequence < excluded.sequence
returning true
"""


async def apply(conn: Connection, booking: KnownBooking, sequence: int) -> bool:
    """Keep the newest state of a booking; False when we knew as much."""
    slot = booking.slot
    return bool(
        await conn.fetchval(
            APPLY,
            booking.booking,
            sequence,
            slot.start,
            slot.end,
            booking.owner,
            booking.cancelled,
            booking.premises,
            booking.space,
        )
    )


async def known(conn: Connection, booking: UUID | None) -> KnownBooking | None:
    """Return a booking, as far as its facts have come."""
    return (await all_known(conn, [booking])).get(booking) if booking else None


async def all_known(conn: Connection, bookings: Collection[UUID]) -> dict[UUID, KnownBooking]:
    """Return these bookings, as far as their facts have come."""
    rows = await conn.fetch("select * from notices.booking where booking = any($1::uuid[])", list(set(bookings)))
    return {
        row["booking"]: KnownBooking(
            row["booking"],
            Slot(start=row["slot_start"], end=row["slot_end"]),
            row["owner"],
            row["cancelled"],
            row["premises"],
            row["space"],
        )
        for row in rows
    }


async def forget(conn: Connection, before: datetime, limit: int) -> int:
    """Forget bookings that were over before then; how many."""
    status = await conn.execute(
        "delete from notices.booking"
        " where booking in (select booking from notices.booking where slot_end < $1 limit $2)",
        before,
        limit,
    )
    return int(status.rpartition(" ")[2])
