"""Exports that were asked for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from chassis import Connection

TAKE = """
update people.export set taken_at = $3
where export = $1 and person = $2 and taken_at is null and until > $3 returning true
"""


@dataclass(frozen=True, slots=True)
class Export:
    """An export that may be taken once, until then."""

    export: UUID
    until: datetime
    taken_at: datetime | None


async def prepare(conn: Connection, person: UUID, until: datetime) -> UUID:
    """Let all that is held of a person be taken once, until then; returns its id."""
    export = uuid4()
    await conn.execute("insert into people.export (export, person, until) values ($1, $2, $3)", export, person, until)
    return export


async def take(conn: Connection, export: UUID, person: UUID, now: datetime) -> bool:
    """Tell whether a person may take an export, which nobody may again."""
    return bool(await conn.fetchval(TAKE, export, person, now))


async def is_of(conn: Connection, export: UUID, person: UUID) -> bool:
    return bool(await conn.fetchval("select true from people.export where export = $1 and person = $2", export, person))


async def of_person(conn: Connection, person: UUID) -> list[Export]:
    rows = await conn.fetch(
        "select export, until, taken_at from people.export where person = $1 order by until", person
    )
    return [Export(**row) for row in rows]


async def forget(conn: Connection, now: datetime, limit: int) -> int:
    rows = await conn.fetch(
        "delete from people.export where export in (select export from people.export where until < $1 limit $2)"
        " returning export",
        now,
        limit,
    )
    return len(rows)
