"""Channels that may ask: an API key over HTTP, a registered source over Kafka."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from chassis.database import Connection
from chassis.transaction import Principal

REGISTER = """
insert into chassis.channel as c (source, name, staff, unit, types, key_hash, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (source) do update set name = excluded.name, staff = excluded.staff, unit = excluded.unit,
    types = excluded.types, key_hash = coalesce(excluded.key_hash, c.key_hash)
"""


def new_key() -> str:
    """A secret of 256 bits, with a prefix that scanners of leaked secrets can find."""
    return f"omatoimi_{secrets.token_urlsafe(32)}"


def key_hash(key: str) -> bytes:
    """What is stored of a key. A plain SHA-256 is enough for a random secret of 256 bits."""
    return hashlib.sha256(key.encode()).digest()


async def register(conn: Connection, channel: Principal, key: str | None, now: datetime) -> None:
    """Let a channel ask, or change what it may; without a key it keeps the one it has."""
    hashed = key_hash(key) if key else None
    await conn.execute(
        REGISTER, channel.source, channel.name, channel.staff, channel.unit, sorted(channel.types), hashed, now
    )


async def by_key(conn: Connection, key: str) -> Principal | None:
    """The channel that holds this key."""
    row = await conn.fetchrow("select * from chassis.channel where key_hash = $1", key_hash(key))
    return _principal(row) if row else None


async def by_source(conn: Connection, sources: Iterable[str]) -> dict[str, Principal]:
    """The registered ones among these sources."""
    rows = await conn.fetch("select * from chassis.channel where source = any($1::text[])", list(set(sources)))
    return {row["source"]: _principal(row) for row in rows}


def _principal(row: object) -> Principal:
    fields = dict(row)  # type: ignore[call-overload]
    return Principal(fields["source"], fields["name"], fields["staff"], fields["unit"], frozenset(fields["types"]))
