"""Organisations with proof."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis import Connection
from omatoimi_contracts.requests import VerificationRequested

from notices.domain.notices import Proof

VERIFY = """
insert into notices.organisation (organisation, class, registernumber, department, name, verified, since)
values ($1, $2, $3, $4, $5, true, $6)
on conflict (organisation) do update set class = excluded.class, registernumber = excluded.registernumber,
    department = excluded.department, name = excluded.name, verified = true, since = excluded.since
"""


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation and its proof. Only the name of a registered one is public."""

    organisation: UUID
    class_: str
    registernumber: str | None
    department: str | None
    name: str
    verified: bool
    since: datetime

    @property
    def public_name(self) -> str | None:
        return self.name if self.verified and self.registernumber and self.name else None


async def verify(conn: Connection, data: VerificationRequested, name: str, now: datetime) -> None:
    await conn.execute(VERIFY, data.organisation, data.class_, data.registernumber, data.department, name, now)


async def withdraw(conn: Connection, organisation: UUID, now: datetime) -> str | None:
    """Withdraw the proof; the organisation's class, or None where nothing was proved."""
    found: str | None = await conn.fetchval(
        "update notices.organisation set verified = false, since = $2 where organisation = $1 and verified"
        " returning class",
        organisation,
        now,
    )
    return found


async def known(conn: Connection, organisations: Iterable[UUID]) -> dict[UUID, Organisation]:
    """Tell what is known of these, verified or no longer."""
    rows = await conn.fetch(
        "select * from notices.organisation where organisation = any($1::uuid[])", list(set(organisations))
    )
    return {
        row["organisation"]: Organisation(
            row["organisation"],
            row["class"],
            row["registernumber"],
            row["department"],
            row["name"],
            row["verified"],
            row["since"],
        )
        for row in rows
    }


async def proofs(conn: Connection, organisations: Iterable[UUID]) -> dict[UUID, Proof]:
    """Return the proofs of those among these that are verified now."""
    found = await known(conn, organisations)
    return {key: Proof(org.class_, org.department) for key, org in found.items() if org.verified}
