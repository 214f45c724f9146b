"""What booking calls rooms and houses."""

from collections.abc import Mapping

import orjson
from chassis import Connection
from omatoimi_contracts.requests import MessageRequested

KEEP = """
insert into people.place as p (place, names, sequence) values ($1, $2, $3)
on conflict (place) do update set names = excluded.names, sequence = excluded.sequence
where p.sequence < excluded.sequence
"""


def place(kind: str, code: str) -> str:
    """Return under what the names of a `space` or of `premises` are kept, which may have the same code."""
    return f"{kind}/{code}"


async def keep(conn: Connection, where: str, names: Mapping[str, str], sequence: int) -> None:
    """Keep the names of a room or a house, unless newer ones are known."""
    await conn.execute(KEEP, where, orjson.dumps(dict(names)).decode(), sequence)


async def names(conn: Connection, asked: MessageRequested) -> dict[str, dict[str, str]]:
    """Return the names of the room and the house that a message is about, by language."""
    if asked.booking is None:
        return {}
    about = [place("space", asked.booking.space), place("premises", asked.booking.premises)]
    rows = await conn.fetch("select place, names from people.place where place = any($1::text[])", about)
    return {row["place"]: orjson.loads(row["names"]) for row in rows}
