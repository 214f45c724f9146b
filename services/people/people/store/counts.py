"""How many messages came into each state, of nobody in particular."""

from datetime import datetime
from typing import NamedTuple

from chassis import Connection

TAKE = """
with over as (delete from people.message_step where at < date_trunc('hour', $1::timestamptz) returning *)
select date_trunc('hour', at) as hour, unit, kind, state, count(*) as number from over
group by 1, 2, 3, 4 order by 1, 2, 3, 4
"""


class Count(NamedTuple):
    """So many messages of a kind of a unit came into a state in an hour."""

    hour: datetime
    unit: str
    kind: str
    state: str
    number: int


async def take(conn: Connection, now: datetime) -> list[Count]:
    """Return what became of messages in the hours that are over, each of which is told once."""
    return [Count(*row) for row in await conn.fetch(TAKE, now)]
