"""Tell who was first: in which role somebody last did something to a subject, and when (`GET /v1/acts/{subject}`).

It is kept beside the subject's counter, with the events themselves, for whatever a service takes: so whoever comes
second at any act can be told. A role and a time, no person.
"""

from collections.abc import Sequence
from typing import Any

from chassis.database import Connection

LAST = """
select last, last_by, last_at from chassis.subject
where topic = any($1::text[]) and subject = $2 and last_at is not null
order by last_at desc limit 1
"""


async def last_act(conn: Connection, topics: Sequence[str], subject: str) -> dict[str, Any]:
    """Return who last did something to it and when, and how many events there are of it; nothing where nobody has since
    that is written down."""
    row = await conn.fetchrow(LAST, topics, subject)
    if row is None:
        return {}
    told = {"sequence": row["last"], "at": row["last_at"].isoformat()}
    return told | ({"by": row["last_by"]} if row["last_by"] else {})
