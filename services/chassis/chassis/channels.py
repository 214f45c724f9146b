"""Channels that may ask: an API key over HTTP, and over Kafka a source with a proof made with that key."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from asyncpg import Record
from omatoimi_contracts.codec import Headers
from omatoimi_contracts.proof import HEADER, proof, proof_key

from chassis.access import Caller, Channel, Role
from chassis.database import Connection, Pool

LIVE_KEYS = 2
"""So many keys of a channel live at once: the one in use, and the one that takes its place."""
USED_EVERY = timedelta(minutes=1)
"""How exactly the last use of a key is known."""

REGISTER = """
insert into chassis.channel as c (source, name, staff, roles, unit, types, created_at)
values ($1, $2, 'staff' = any($3), $3, $4, $5, $6)
on conflict (source) do update set name = excluded.name, staff = excluded.staff, roles = excluded.roles,
    unit = excluded.unit, types = excluded.types
"""
# A key that was revoked stays so, whoever registers it again.
ADD_KEY = """
insert into chassis.channel_key (key_hash, source, created_at, expires_at, proof_key) values ($1, $2, $3, $4, $5)
on conflict (key_hash) do update set proof_key = excluded.proof_key where channel_key.source = excluded.source
"""
LIVE = "revoked_at is null and (expires_at is null or expires_at > $2)"
HOLDERS = f"""
select k.key_hash, k.last_used_at, c.source, c.name, c.roles, c.unit, c.types
from chassis.channel_key k join chassis.channel c using (source) where k.key_hash = any($1::bytea[]) and {LIVE}
"""  # noqa: S608 - a constant of this file
BY_SOURCE = f"""
select c.*, array(select proof_key from chassis.channel_key k where k.source = c.source and {LIVE}) as proof_keys
from chassis.channel c where c.source = any($1::text[])
"""  # noqa: S608 - a constant of this file
USED = """
update chassis.channel_key set last_used_at = $2
where key_hash = any($1::bytea[]) and (last_used_at is null or last_used_at <= $3)
"""
KEYS_OF = "select * from chassis.channel_key where source = $1 order by created_at, key_hash"
EXPIRE = f"update chassis.channel_key set expires_at = $3 where source = $1 and {LIVE} and key_hash <> $4"  # noqa: S608
REVOKE = f"update chassis.channel_key set revoked_at = $2 where key_hash = any($1::bytea[]) and {LIVE}"  # noqa: S608
FORGET = "update chassis.channel set key_hash = null where key_hash = any($1::bytea[])"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: by its hash. `name` is what it is called: the beginning of that."""

    hash: bytes
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @property
    def name(self) -> str:
        return self.hash.hex()[:8]

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


def new_key() -> str:
    """Return a secret of 256 bits, with a prefix that scanners of leaked secrets can find."""
    return f"omatoimi_{secrets.token_urlsafe(32)}"


def key_hash(key: str) -> bytes:
    """Tell what is stored of a key. A plain SHA-256 is enough for a random secret of 256 bits."""
    return hashlib.sha256(key.encode()).digest()


async def register(
    conn: Connection, caller: Caller, key: str | None, now: datetime, expires_at: datetime | None = None
) -> None:
    """Let a channel ask, or change what it may; a key is added to those that it has."""
    channel, roles = caller.channel, sorted(caller.roles)
    await conn.execute(REGISTER, channel.source, channel.name, roles, channel.unit, sorted(channel.types), now)
    if key is not None:
        await conn.execute(ADD_KEY, key_hash(key), channel.source, now, expires_at, proof_key(key))


@dataclass(frozen=True, slots=True)
class Registered:
    """A channel as Kafka's ways in know it: who asks, and with what its records are proved."""

    caller: Caller
    proof_keys: Sequence[bytes | None]

    def proves(self, value: bytes | None, headers: Headers) -> bool:
        """Tell whether a record was written by who holds a live key of the channel."""
        given = next((told for name, told in headers if name == HEADER), None) or b""
        return any(hmac.compare_digest(given, proof(own, value, headers)) for own in self.proof_keys if own)


async def by_source(conn: Connection, sources: Iterable[str], now: datetime) -> dict[str, Registered]:
    """Return the registered ones among these sources."""
    rows = await conn.fetch(BY_SOURCE, list(set(sources)), now)
    return {row["source"]: Registered(_caller(row), row["proof_keys"]) for row in rows}


async def everybody(conn: Connection) -> list[Caller]:
    """Return all registered channels, by source."""
    return [_caller(row) for row in await conn.fetch("select * from chassis.channel order by source")]


async def keys_of(conn: Connection, source: str) -> list[Key]:
    """Return all keys that a channel ever had, the oldest first."""
    names = ("key_hash", "created_at", "expires_at", "revoked_at", "last_used_at")
    return [Key(*(row[name] for name in names)) for row in await conn.fetch(KEYS_OF, source)]


async def expire_others(conn: Connection, source: str, key: str, at: datetime, now: datetime) -> None:
    """Let the channel's other keys live until then and no longer."""
    await conn.execute(EXPIRE, source, now, at, key_hash(key))


async def revoke(conn: Connection, hashes: Iterable[bytes], now: datetime) -> None:
    """Take keys back: no process takes them from the moment this is committed."""
    await conn.execute(REVOKE, list(hashes), now)
    await conn.execute(FORGET, list(hashes))


class Keys:
    """Who holds which key. Nothing is remembered: each request is looked up after it came, together with those that
    come while the look-up before is on its way (docs/adr/0018). What was revoked, changed or over by then is not
    taken."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()
        self._asked: set[bytes] = set()
        self._next: asyncio.Task[dict[bytes, Caller]] | None = None

    async def holder(self, pool: Pool, key: str, clock: Callable[[], datetime]) -> Caller | None:
        """Return the channel that holds this key."""
        hashed = key_hash(key)
        self._asked.add(hashed)
        if self._next is None:
            self._next = asyncio.create_task(self._look_up(pool, clock))
        # Who hangs up must not end the look-up of the others.
        return (await asyncio.shield(self._next)).get(hashed)

    async def _look_up(self, pool: Pool, clock: Callable[[], datetime]) -> dict[bytes, Caller]:
        async with self._one_at_a_time:
            asked, self._asked, self._next = list(self._asked), set(), None
            now = clock()
            rows = await pool.fetch(HOLDERS, asked, now)
        before = now - USED_EVERY
        used = [row["key_hash"] for row in rows if row["last_used_at"] is None or row["last_used_at"] <= before]
        if used:
            await pool.execute(USED, used, now, before)
        return {row["key_hash"]: _caller(row) for row in rows}


def _caller(row: Record) -> Caller:
    channel = Channel(row["source"], row["name"], row["unit"], frozenset(row["types"]))
    return Caller(channel, frozenset(Role(role) for role in row["roles"]))
