"""What notices has told of organisations."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import Connection

from booking.domain.hours import begins

LEARN = """
insert into booking.organisation as o (organisation, class, department, verified, sequence)
values ($1, $2, $3, $4, $5)
on conflict (organisation) do update
set class = excluded.class, department = excluded.department, verified = excluded.verified, sequence = excluded.sequence
where o.sequence < excluded.sequence
"""
# As the look before a decision counts them (store/look.py).
HELD = """
select w.month, count(b.booking) as held
from unnest($2::date[], $3::timestamptz[]) w(month, begins)
left join booking.booking b on b.organisation = $1 and b.cancelled_at is null and b.ends > w.begins
    and b.month between (w.month - interval '1 month')::date and w.month
group by w.month order by w.month
"""


async def apply(
    conn: Connection, organisation: UUID, class_: str, department: str | None, *, verified: bool, sequence: int
) -> None:
    """Remember the state of an organisation, unless a later one is known."""
    await conn.execute(LEARN, organisation, class_, department, verified, sequence)


async def held(conn: Connection, organisation: UUID, months: Sequence[date], zone: ZoneInfo) -> dict[date, int]:
    """Tell how many bookings an organisation holds in each of these local months, as its quota counts them."""
    rows = await conn.fetch(HELD, organisation, months, [begins(month, zone) for month in months])
    return {row["month"]: row["held"] for row in rows}
