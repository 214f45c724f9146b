"""Whose a session or a call for help is."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from chassis import Connection

OWNERS = "select thing, source from analytics.begun where thing = any($1::uuid[])"
BEGIN = "insert into analytics.begun (thing, source, at) values ($1, $2, $3) on conflict do nothing"
FORGET = """
delete from analytics.begun where ctid = any(array(select ctid from analytics.begun where at < $1 limit 1000))
"""


async def owners(conn: Connection, things: Iterable[UUID]) -> dict[UUID, str]:
    """Return the source that first told of each, of those that somebody has told of."""
    return {row["thing"]: row["source"] for row in await conn.fetch(OWNERS, list(things))}


async def begin(conn: Connection, thing: UUID, source: str, now: datetime) -> None:
    """Keep whose it is; who told of it first stays."""
    await conn.execute(BEGIN, thing, source, now)


async def forget(conn: Connection, before: datetime) -> int:
    """Forget what began before then, at most a thousand; returns how many."""
    return int((await conn.execute(FORGET, before)).rpartition(" ")[2])


async def take_out_example(conn: Connection) -> None:
    """Forget what example content began."""
    await conn.execute("delete from analytics.begun where source like '%/demo'")
