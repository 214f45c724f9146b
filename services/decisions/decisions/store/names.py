"""What the city calls its premises and spaces, from booking's own facts."""

import json
from collections.abc import Collection, Mapping

from chassis import Connection

# A copy may follow at any time: what is not newer changes nothing.
LEARN = """
insert into decisions.name as n (kind, code, names, sequence) values ($1, $2, $3, $4)
on conflict (kind, code) do update set names = excluded.names, sequence = excluded.sequence
where n.sequence < excluded.sequence
"""
Names = Mapping[str, Mapping[str, str]]
"""By code: by language."""


async def apply(conn: Connection, kind: str, code: str, names: Mapping[str, str], sequence: int) -> None:
    """Keep the newest names of premises or of a space."""
    await conn.execute(LEARN, kind, code, json.dumps(names), sequence)


async def of(conn: Connection, kind: str, codes: Collection[str]) -> Names:
    """Return the names of premises or spaces, of those that are known."""
    rows = await conn.fetch(
        "select code, names::text from decisions.name where kind = $1 and code = any($2::text[])", kind, list(codes)
    )
    return {row["code"]: json.loads(row["names"]) for row in rows}
