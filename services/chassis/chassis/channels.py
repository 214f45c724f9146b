"""Channels that may ask: an API key over HTTP, a registered source over Kafka."""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import datetime

from asyncpg import Record

from chassis.access import Caller, Channel, Role
from chassis.database import Connection, Pool

REMEMBERED_SECONDS = 1.0

REGISTER = """
insert into chassis.channel as c (source, name, staff, roles, unit, types, key_hash, created_at)
values ($1, $2, 'staff' = any($3), $3, $4, $5, $6, $7)
on conflict (source) do update set name = excluded.name, staff = excluded.staff, roles = excluded.roles,
    unit = excluded.unit, types = excluded.types, key_hash = coalesce(excluded.key_hash, c.key_hash)
"""


def new_key() -> str:
    """A secret of 256 bits, with a prefix that scanners of leaked secrets can find."""
    return f"omatoimi_{secrets.token_urlsafe(32)}"


def key_hash(key: str) -> bytes:
    """What is stored of a key. A plain SHA-256 is enough for a random secret of 256 bits."""
    return hashlib.sha256(key.encode()).digest()


async def register(conn: Connection, caller: Caller, key: str | None, now: datetime) -> None:
    """Let a channel ask, or change what it may; without a key it keeps the one it has."""
    hashed = key_hash(key) if key else None
    channel, roles = caller.channel, sorted(caller.roles)
    await conn.execute(REGISTER, channel.source, channel.name, roles, channel.unit, sorted(channel.types), hashed, now)


async def by_source(conn: Connection, sources: Iterable[str]) -> dict[str, Caller]:
    """The registered ones among these sources."""
    rows = await conn.fetch("select * from chassis.channel where source = any($1::text[])", list(set(sources)))
    return {row["source"]: _caller(row) for row in rows}


class Keys:
    """Who holds which key, remembered for a second: a key that is taken back, or a channel that is changed, may ask as
    before for so long. A key that is not known is looked up each time, so that a new channel may ask at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._remembered: dict[bytes, tuple[float, Caller]] = {}

    async def holder(self, pool: Pool, key: str) -> Caller | None:
        """The channel that holds this key."""
        hashed, now = key_hash(key), self._clock()
        since, found = self._remembered.get(hashed, (now, None))
        if found is not None and now - since < REMEMBERED_SECONDS:
            return found
        row = await pool.fetchrow("select * from chassis.channel where key_hash = $1", hashed)
        if row is None:
            return None
        found = _caller(row)
        self._remembered[hashed] = now, found
        return found


def _caller(row: Record) -> Caller:
    channel = Channel(row["source"], row["name"], row["unit"], frozenset(row["types"]))
    return Caller(channel, frozenset(Role(role) for role in row["roles"]))
