"""The keys by which tokens are signed."""

from collections.abc import Sequence
from datetime import datetime

from chassis import Connection

from people.signing import SigningKey

ADD = "insert into people.signing_key (kid, private, created_at, signs_from) values ($1, $2, $3, $4)"


async def published(conn: Connection) -> list[SigningKey]:
    """Return all keys, the oldest first."""
    rows = await conn.fetch("select kid, private, signs_from from people.signing_key order by signs_from, kid")
    return [SigningKey.kept(row["kid"], row["private"], row["signs_from"]) for row in rows]


async def add(conn: Connection, key: SigningKey, now: datetime) -> None:
    await conn.execute(ADD, key.kid, key.secret(), now, key.signs_from)


async def drop(conn: Connection, kids: Sequence[str]) -> None:
    await conn.execute("delete from people.signing_key where kid = any($1::text[])", list(kids))


async def alone(conn: Connection) -> None:
    """Let nobody else add a key until this transaction ends."""
    await conn.execute("lock table people.signing_key in share row exclusive mode")
