"""Who may act for which organisation."""

from dataclasses import astuple
from datetime import datetime
from uuid import UUID

from asyncpg import Record
from chassis import Connection

from people.domain.memberships import SECRETARY, Membership

GRANT = """
insert into people.membership (membership, person, organisation, role, granted_by, granted_at, until, granted_by_person)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (person, organisation) do update set role = excluded.role, granted_by = excluded.granted_by,
    granted_at = excluded.granted_at, until = excluded.until, granted_by_person = excluded.granted_by_person
returning membership
"""
COLUMNS = "membership, person, organisation, role, granted_by, granted_at, until"


async def grant(conn: Connection, membership: Membership, by: UUID | None) -> UUID:
    """Keep a membership, or change the one that the person has there; returns its id."""
    found: UUID = await conn.fetchval(GRANT, *astuple(membership), by)
    return found


async def one(conn: Connection, membership: UUID) -> Membership | None:
    row = await conn.fetchrow(f"select {COLUMNS} from people.membership where membership = $1", membership)  # noqa: S608
    return _membership(row) if row else None


async def end(conn: Connection, membership: UUID, now: datetime) -> None:
    await conn.execute("update people.membership set until = $2 where membership = $1 and until > $2", membership, now)


async def of_person(conn: Connection, person: UUID) -> list[Membership]:
    """Return all that a person has, those that are over among them."""
    rows = await conn.fetch(
        f"select {COLUMNS} from people.membership where person = $1 order by granted_at",  # noqa: S608
        person,
    )
    return [_membership(row) for row in rows]


async def of_organisation(conn: Connection, organisation: UUID, now: datetime, limit: int) -> list[Membership]:
    """Return those who may act for an organisation now."""
    rows = await conn.fetch(
        f"select {COLUMNS} from people.membership where organisation = $1 and until > $2 order by granted_at limit $3",  # noqa: S608
        organisation,
        now,
        limit,
    )
    return [_membership(row) for row in rows]


async def secretaries(conn: Connection, organisation: UUID, now: datetime) -> frozenset[UUID]:
    """Return who is a secretary of an organisation now."""
    rows = await conn.fetch(
        "select person from people.membership where organisation = $1 and role = $2 and until > $3",
        organisation,
        SECRETARY,
        now,
    )
    return frozenset(row["person"] for row in rows)


async def forget(conn: Connection, before: datetime, limit: int) -> int:
    """Take out memberships that ended before then."""
    rows = await conn.fetch(
        "delete from people.membership where membership in"
        " (select membership from people.membership where until < $1 limit $2) returning membership",
        before,
        limit,
    )
    return len(rows)


def _membership(row: Record) -> Membership:
    return Membership(**row)
