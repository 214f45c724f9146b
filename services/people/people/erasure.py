"""What it means that a person is forgotten: every place of this service in which something of theirs may stand."""

from uuid import UUID

from chassis import Connection
from chassis.dead_letters import forget_naming

from people.store import access_log, persons

DIGESTS = """
delete from chassis.inbox where outcome -> 'data' ? 'person' and outcome -> 'data' ->> 'person' = $1
    and outcome ->> 'type' = 'omatoimi.contact-details.recorded.v1'
"""
"""Of what was asked the inbox keeps a digest, which tells who guesses right that an address was there."""


async def forget(conn: Connection, person: UUID) -> None:
    """Take out a person: who they are, how they are reached, what they belong to, who saw them, the requests by which
    they told it, and what of that could not be read."""
    await persons.erase(conn, person)
    await access_log.forget_person(conn, person)
    await conn.execute(DIGESTS, str(person))
    await forget_naming(conn, str(person))
