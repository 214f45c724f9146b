"""Example content as rows, to be taken out again."""

from collections.abc import Iterable

from asyncpg import Record
from chassis import Connection

# A claim, a task and a block go with what they belong to.
FORGET = (
    "delete from booking.claim where of::text = any($1::text[])",
    "delete from booking.task where booking::text = any($1::text[])",
    "delete from booking.booking where booking::text = any($1::text[])",
    "delete from booking.block where block::text = any($1::text[])",
    "delete from booking.organisation where organisation::text = any($1::text[])",
)
PREMISES = "select * from booking.premises where premises = any($1::text[]) and retired_at is null order by premises"
SPACES = """
select s.*, p.unit from booking.space s join booking.premises p using (premises)
where s.space = any($1::text[]) and s.retired_at is null and p.retired_at is null
order by cardinality(s.leaves), s.space
"""
HOURS = """
select h.premises, h.valid_from, h.week::text as week, p.unit
from booking.hours h join booking.premises p using (premises)
where h.premises = any($1::text[]) and p.retired_at is null order by h.premises, h.valid_from
"""


async def forget(conn: Connection, subjects: Iterable[str]) -> None:
    """Forget the bookings, blocks and organisations among these, with their claims and tasks."""
    named = list(subjects)
    for statement in FORGET:
        await conn.execute(statement, named)


async def premises(conn: Connection, subjects: Iterable[str]) -> list[Record]:
    """Return the premises among these that are not retired."""
    return await conn.fetch(PREMISES, list(subjects))


async def spaces(conn: Connection, subjects: Iterable[str]) -> list[Record]:
    """Return the spaces among these that are not retired, leaves before what is made of them."""
    return await conn.fetch(SPACES, list(subjects))


async def hours(conn: Connection, subjects: Iterable[str]) -> list[Record]:
    """Return the weeks of the premises among these, the earliest first."""
    return await conn.fetch(HOURS, list(subjects))
