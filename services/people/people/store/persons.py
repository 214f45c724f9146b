"""Persons, by what their provider calls them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from chassis import Connection

SIGNED_IN = """
insert into people.person as p (person, issuer, subject, created_at, last_used_at) values ($1, $2, $3, $4, $4)
on conflict (issuer, subject) do update set last_used_at = greatest(p.last_used_at, excluded.last_used_at)
returning person
"""
UNUSED = """
select person from people.person join people.contact using (person) where last_used_at < $1
order by last_used_at limit $2
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom we know by what their provider calls them, since when, and when they were here last."""

    person: UUID
    issuer: str
    subject: str
    created_at: datetime
    last_used_at: datetime


async def signed_in(conn: Connection, issuer: str, subject: str, now: datetime) -> UUID:
    """Return the person whom a provider calls so, who is a new one the first time."""
    found: UUID = await conn.fetchval(SIGNED_IN, uuid4(), issuer, subject, now)
    return found


async def called(conn: Connection, issuer: str, subject: str) -> UUID | None:
    """Return the person whom a provider calls so, if there is one."""
    found: UUID | None = await conn.fetchval(
        "select person from people.person where issuer = $1 and subject = $2", issuer, subject
    )
    return found


async def is_known(conn: Connection, person: UUID) -> bool:
    return bool(await conn.fetchval("select true from people.person where person = $1", person))


async def find(conn: Connection, person: UUID) -> Person | None:
    """Return the person, or None."""
    row = await conn.fetchrow(
        "select person, issuer, subject, created_at, last_used_at from people.person where person = $1", person
    )
    return Person(**row) if row else None


async def unused_since(conn: Connection, before: datetime, limit: int) -> Sequence[UUID]:
    """Return persons with contact details who have not been here since then, the longest away first."""
    return [one["person"] for one in await conn.fetch(UNUSED, before, limit)]


async def erase(conn: Connection, person: UUID) -> None:
    """Take out a person with all that hangs on them."""
    await conn.execute("delete from people.person where person = $1", person)
