"""How persons are reached, and what they agreed to get."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis import Connection
from omatoimi_contracts.requests import ContactDetailsRequested
from omatoimi_contracts.requests.people import Email
from pydantic import TypeAdapter, ValidationError

WORDING = "2026-11"
"""Which words of consent the pages show now."""
PREFILL = """
insert into people.contact (person, name, email, language, of_provider, recorded_at) values ($1, $2, $3, $4, true, $5)
on conflict do nothing
"""
RECORD = """
insert into people.contact (person, name, email, telephone, language, of_provider, recorded_at)
values ($1, $2, $3, $4, $5, false, $6)
on conflict (person) do update set name = excluded.name, email = excluded.email, telephone = excluded.telephone,
    language = excluded.language, of_provider = false, recorded_at = excluded.recorded_at
"""
OF = """
select person, name, email, telephone, language, of_provider, recorded_at from people.contact
where person = any($1::uuid[])
"""
AT_ADDRESS = """
select person, name, email, telephone, language, of_provider, recorded_at from people.contact
where lower(email) = lower($1) order by person limit $2
"""
CONSENT = """
insert into people.consent (person, kind, given_at, wording, language, channel)
select $1, kind, $3, $4, $5, $6 from unnest($2::text[]) w(kind)
on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class Contact:
    """How a person is reached."""

    person: UUID
    name: str
    email: str | None
    telephone: str | None
    language: str
    of_provider: bool
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to get, when, in which words and by which channel."""

    kind: str
    given_at: datetime
    wording: str
    language: str
    channel: str


_ADDRESS: TypeAdapter[str] = TypeAdapter(Email)


def is_address(told: str) -> bool:
    """Tell whether an e-mail address can be written to."""
    try:
        _ADDRESS.validate_python(told)
    except ValidationError:
        return False
    return True


async def prefill(conn: Connection, person: UUID, name: str, email: str | None, language: str, now: datetime) -> None:
    """Begin with what the provider tells; what the person told stays."""
    await conn.execute(PREFILL, person, name, email, language, now)


async def record(
    conn: Connection, person: UUID, told: ContactDetailsRequested, language: str, channel: str, now: datetime
) -> None:
    """Keep what the person told, and no more; a consent that is given anew keeps its day, and an address that is told
    anew is tried anew."""
    await conn.execute("delete from people.refused_address where person = $1", person)
    await conn.execute(RECORD, person, told.name, told.email, told.telephone, told.language, now)
    kinds = list(told.consents)
    await conn.execute("delete from people.consent where person = $1 and kind <> all($2::text[])", person, kinds)
    await conn.execute(CONSENT, person, kinds, now, WORDING, language, channel)


async def of(conn: Connection, persons: Sequence[UUID]) -> dict[UUID, Contact]:
    """Return how these persons are reached, those of whom that is kept."""
    rows = await conn.fetch(OF, list(persons))
    return {row["person"]: Contact(**row) for row in rows}


async def by_email(conn: Connection, email: str, limit: int) -> list[Contact]:
    """Return those who are reached at an address, however it is written."""
    rows = await conn.fetch(AT_ADDRESS, email, limit)
    return [Contact(**row) for row in rows]


async def consents(conn: Connection, person: UUID) -> list[Consent]:
    rows = await conn.fetch(
        "select kind, given_at, wording, language, channel from people.consent where person = $1 order by kind", person
    )
    return [Consent(**row) for row in rows]


async def forget(conn: Connection, persons: Sequence[UUID]) -> None:
    """Take out how these persons are reached, and what they agreed to get."""
    for table in ("contact", "consent"):
        await conn.execute(f"delete from people.{table} where person = any($1::uuid[])", list(persons))  # noqa: S608
