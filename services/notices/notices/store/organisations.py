"""Organisations with proof."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record
from chassis import Connection
from omatoimi_contracts.requests import VerificationRequested

from notices.domain.notices import Proof

VERIFY = """
insert into notices.organisation (organisation, class, registernumber, department, name, verified, since, unit)
values ($1, $2, $3, $4, $5, true, $6, $7)
on conflict (organisation) do update set class = excluded.class, registernumber = excluded.registernumber,
    department = excluded.department, name = excluded.name, verified = true, since = excluded.since,
    unit = excluded.unit
"""

UNPROVED = """
select n.organisation, min(n.organiser ->> 'class'), min(n.submitted_at) as since from notices.notice n
where n.organisation is not null
    and not exists (select from notices.organisation o where o.organisation = n.organisation)
group by n.organisation order by since, n.organisation limit $1
"""


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation and its proof, or that it was withdrawn: since when, and by which library, where that is known.
    Only the name of a registered one is public."""

    organisation: UUID
    class_: str
    registernumber: str | None
    department: str | None
    name: str
    verified: bool
    since: datetime
    unit: str | None

    @property
    def public_name(self) -> str | None:
        return self.name if self.verified and self.registernumber and self.name else None


async def verify(conn: Connection, data: VerificationRequested, now: datetime, unit: str) -> None:
    """Keep the proof that a library has seen."""
    particulars = data.class_, data.registernumber, data.department, data.name
    await conn.execute(VERIFY, data.organisation, *particulars, now, unit)


async def withdraw(conn: Connection, organisation: UUID, now: datetime, unit: str) -> str | None:
    """Withdraw the proof; the organisation's class, or None where nothing was proved."""
    found: str | None = await conn.fetchval(
        "update notices.organisation set verified = false, since = $2, unit = $3 where organisation = $1 and verified"
        " returning class",
        organisation,
        now,
        unit,
    )
    return found


async def known(conn: Connection, organisations: Iterable[UUID]) -> dict[UUID, Organisation]:
    """Tell what is known of these, verified or no longer."""
    rows = await conn.fetch(
        "select * from notices.organisation where organisation = any($1::uuid[])", list(set(organisations))
    )
    return {row["organisation"]: _organisation(row) for row in rows}


async def everyone(conn: Connection, limit: int) -> list[Organisation]:
    """Return those that were ever verified, verified ones first, by name."""
    rows = await conn.fetch(
        "select * from notices.organisation order by verified desc, lower(name), organisation limit $1", limit
    )
    return [_organisation(row) for row in rows]


async def unproved(conn: Connection, limit: int) -> list[tuple[UUID, str, datetime]]:
    """Return those that notices name and nobody ever verified: the organisation, its class as it was claimed, and
    since when."""
    return [tuple(row) for row in await conn.fetch(UNPROVED, limit)]


def _organisation(row: Record) -> Organisation:
    return Organisation(
        row["organisation"],
        row["class"],
        row["registernumber"],
        row["department"],
        row["name"],
        row["verified"],
        row["since"],
        row["unit"],
    )


async def proofs(conn: Connection, organisations: Iterable[UUID]) -> dict[UUID, Proof]:
    """Return the proofs of those among these that are verified now."""
    found = await known(conn, organisations)
    return {key: Proof(org.class_, org.department) for key, org in found.items() if org.verified}
