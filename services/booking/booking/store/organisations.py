"""What notices has told of organisations."""

from uuid import UUID

from chassis import Connection

LEARN = """
insert into booking.organisation as o (organisation, class, department, verified, sequence)
values ($1, $2, $3, $4, $5)
on conflict (organisation) do update
set class = excluded.class, department = excluded.department, verified = excluded.verified, sequence = excluded.sequence
where o.sequence < excluded.sequence
"""


async def apply(
    conn: Connection, organisation: UUID, class_: str, department: str | None, *, verified: bool, sequence: int
) -> None:
    """Remember the state of an organisation, unless a later one is known."""
    await conn.execute(LEARN, organisation, class_, department, verified, sequence)
