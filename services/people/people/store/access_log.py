"""Who saw what of whom. It is written in the transaction that reads: no log, no data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis import Caller, Connection, Role

WRITE = """
insert into people.access_log
    (at, operation, purpose, kinds, persons, actor_person, actor_role, actor_unit, actor_channel)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
OF_PERSON = """
select at, operation, purpose, kinds, actor_role as role, actor_unit as unit, actor_channel as channel
from people.access_log where persons @> array[$1::uuid] order by at desc, number desc limit $2
"""
FORGET_PERSON = """
update people.access_log set persons = array_remove(persons, $1) where persons @> array[$1::uuid]
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Something of a person that somebody saw: in which role, of which library, by which channel, and what for."""

    at: datetime
    operation: str
    purpose: str
    kinds: Sequence[str]
    role: str
    unit: str
    channel: str


async def write(
    conn: Connection,
    by: Caller,
    operation: str,
    purpose: str,
    kinds: Sequence[str],
    persons: Sequence[UUID],
    now: datetime,
) -> None:
    """Tell that somebody sees these kinds of data of these persons, and what for. One's own are not told."""
    others = [person for person in dict.fromkeys(persons) if person != by.person]
    if others:
        role = "staff" if Role.STAFF in by.roles else "secretary"
        unit = next((one.unit for one in by.at if one.role is Role.STAFF and one.unit), by.channel.unit)
        await conn.execute(WRITE, now, operation, purpose, list(kinds), others, by.person, role, unit, by.channel.name)


async def of_person(conn: Connection, person: UUID, limit: int) -> list[Seen]:
    """Return who saw what of a person, the latest first. Who it was by name is told on a request to the city."""
    return [Seen(**row) for row in await conn.fetch(OF_PERSON, person, limit)]


async def forget_person(conn: Connection, person: UUID) -> None:
    """Take a person out of what was seen of whom."""
    await conn.execute(FORGET_PERSON, person)
    await conn.execute("delete from people.access_log where persons = '{}'")


async def forget(conn: Connection, before: datetime, limit: int) -> int:
    """Take out the entries before then."""
    rows = await conn.fetch(
        "delete from people.access_log where number in"
        " (select number from people.access_log where at < $1 order by at limit $2) returning number",
        before,
        limit,
    )
    return len(rows)
