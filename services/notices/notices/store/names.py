"""What the city calls its premises and spaces, from booking's own facts."""

import json
from collections.abc import Collection, Mapping

from chassis import Connection

# A copy may follow at any time: what is not newer changes nothing.
LEARN = """
insert into notices.name as n (kind, code, names, sequence) values ($1, $2, $3, $4)
on conflict (kind, code) do update set names = excluded.names, sequence = excluded.sequence
where n.sequence < excluded.sequence
"""
Names = Mapping[tuple[str, str], Mapping[str, str]]
"""By kind and code: by language."""


async def apply(conn: Connection, kind: str, code: str, names: Mapping[str, str], sequence: int) -> None:
    """Keep the newest names of premises or of a space."""
    await conn.execute(LEARN, kind, code, json.dumps(names), sequence)


async def of_kind(conn: Connection, kind: str) -> dict[str, Mapping[str, str]]:
    """Return what all that are known of a kind are called, by code."""
    rows = await conn.fetch("select code, names::text from notices.name where kind = $1", kind)
    return {row["code"]: json.loads(row["names"]) for row in rows}


async def of(conn: Connection, codes: Collection[str]) -> Names:
    """Return the names of premises and spaces, of those that are known."""
    rows = await conn.fetch(
        "select kind, code, names::text from notices.name where code = any($1::text[])", list(set(codes))
    )
    return {(row["kind"], row["code"]): json.loads(row["names"]) for row in rows}
