"""Example content as rows, to be taken out again."""

from collections.abc import Iterable

from chassis import Connection
from omatoimi_contracts.premises import HoursSet

from booking.store import register
from booking.store.register import WEEK, ListedPremises, RegisteredSpace

# A claim, a task and a block go with what they belong to.
FORGET = (
    "delete from booking.claim where of::text = any($1::text[])",
    "delete from booking.task where booking::text = any($1::text[])",
    "delete from booking.booking where booking::text = any($1::text[])",
    "delete from booking.block where block::text = any($1::text[])",
    "delete from booking.organisation where organisation::text = any($1::text[])",
)
PREMISES = """
select premises, owner, unit, names from booking.premises
where premises = any($1::text[]) and retired_at is null order by premises
"""
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


async def premises(conn: Connection, subjects: Iterable[str]) -> list[ListedPremises]:
    """Return the premises among these that are not retired."""
    return [register.listed_premises_of(row) for row in await conn.fetch(PREMISES, list(subjects))]


async def spaces(conn: Connection, subjects: Iterable[str]) -> list[tuple[RegisteredSpace, str]]:
    """Return the spaces among these that are not retired, with their units, leaves before what is made of them."""
    return [(register.registered(row), row["unit"]) for row in await conn.fetch(SPACES, list(subjects))]


async def hours(conn: Connection, subjects: Iterable[str]) -> list[tuple[HoursSet, str]]:
    """Return the weeks of the premises among these as facts, with their units, the earliest first."""
    rows = await conn.fetch(HOURS, list(subjects))
    return [
        (
            HoursSet(premises=row["premises"], valid_from=row["valid_from"], week=WEEK.validate_json(row["week"])),
            row["unit"],
        )
        for row in rows
    ]
