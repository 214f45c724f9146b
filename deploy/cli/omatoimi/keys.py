"""The keys of this installation's channels: in `keys.json` the one that each channel uses, in every service's database
what is known of all of them.

What is changed is committed in all services before a command returns, and no process of theirs remembers a key.
"""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis import Connection, channels, registering
from chassis.access import Caller, Role, by_channel
from chassis.channels import Key
from chassis.installation import Installation
from chassis.registering import RegistrationRefused
from omatoimi_platform import home as homes
from omatoimi_platform.home import Home

from omatoimi import running


@dataclass(frozen=True)
class Installed:
    """A channel of this installation with the key that it uses now, if it has one."""

    caller: Caller
    key: str | None


def read(home: Home) -> dict[str, dict[str, Any]]:
    """Tell what is kept of each channel, by its name."""
    found: dict[str, dict[str, Any]] = json.loads(home.keys.read_text()) if home.keys.exists() else {}
    return found


def write(home: Home, kept: dict[str, dict[str, Any]]) -> None:
    """Keep it, for the owner alone."""
    homes.write(home.keys, json.dumps(kept, indent=2), 0o600)


def installed(kept: dict[str, dict[str, Any]], unit: str) -> dict[str, Installed]:
    """Return the channels that are kept; one that says no library is of this one."""
    made = {}
    for name, entry in kept.items():
        roles = [Role(role) for role in entry.get("roles", ())]
        made[name] = Installed(by_channel(entry["source"], name, entry.get("unit", unit), *roles), entry["key"])
    return made


def current(home: Home, name: str) -> str:
    """Return the key that a channel uses now; an empty one, which nobody takes, where its keys were revoked."""
    return read(home).get(name, {}).get("key") or ""


async def listed() -> list[tuple[Caller, list[Key]]]:
    """Return every channel with its keys, used when it was last used in any service."""
    async with running.all_connected(pool_size=2) as services:
        found: dict[str, Caller] = {}
        keys: dict[str, dict[bytes, Key]] = {}
        for service in services:
            async with service.pool.acquire() as conn:
                for caller, known in await registering.listed(conn):
                    source = caller.channel.source
                    found[source] = caller
                    for key in known:
                        before = keys.setdefault(source, {}).get(key.hash)
                        keys[source][key.hash] = max(before or key, key, key=_used)
    return [(caller, list(keys.get(source, {}).values())) for source, caller in sorted(found.items())]


def _used(key: Key) -> datetime:
    return key.last_used_at or datetime.min.replace(tzinfo=UTC)


async def make(name: str, roles: Iterable[str], unit: str | None, lives: timedelta | None) -> str:
    """Make a new channel with its first key."""
    home, _ = running.addresses()
    kept = read(home)
    if name in kept:
        raise RegistrationRefused(f"There is a channel {name}", f"rotate {name}")
    key, now = channels.new_key(), datetime.now(UTC)
    async with _transactions() as (installation, conns):
        caller = registering.new_channel(installation, name, roles, unit)
        for conn in conns:
            await registering.add(conn, caller, key, now, lives)
    channel = caller.channel
    entry = {"source": channel.source, "key": key, "roles": sorted(caller.roles), "unit": channel.unit}
    write(home, kept | {name: entry})
    return key


async def rotate(name: str, overlap: timedelta, lives: timedelta | None) -> str:
    """Give a channel another key; the one before lives on for so long."""
    home, _ = running.addresses()
    kept, key, now = read(home), channels.new_key(), datetime.now(UTC)
    source = _source(kept, name)
    async with _transactions() as (_, conns):
        for conn in conns:
            await registering.rotate(conn, source, key, now, overlap, lives)
    write(home, kept | {name: {**kept[name], "key": key}})
    return key


async def revoke(name: str, key_name: str | None) -> list[str]:
    """Take a key of a channel back, or all that live; returns their names."""
    home, _ = running.addresses()
    kept, now = read(home), datetime.now(UTC)
    source = _source(kept, name)
    async with _transactions() as (_, conns):
        gone = {key.hash: key.name for conn in conns for key in await registering.revoke(conn, source, key_name, now)}
    if not gone:
        raise RegistrationRefused(f"{name} has no such live key", "list")
    used = kept[name]["key"]
    if used and channels.key_hash(used) in gone:
        write(home, kept | {name: {**kept[name], "key": None}})
    return sorted(gone.values())


def _source(kept: dict[str, dict[str, Any]], name: str) -> str:
    if name not in kept:
        raise RegistrationRefused(f"There is no channel {name}; there are: {', '.join(sorted(kept))}")
    return str(kept[name]["source"])


@asynccontextmanager
async def _transactions() -> AsyncIterator[tuple[Installation, list[Connection]]]:
    """Open a transaction in the database of every service; where one is refused, all are rolled back."""
    async with running.all_connected(pool_size=2) as services, AsyncExitStack() as stack:
        conns = [await stack.enter_async_context(service.pool.acquire()) for service in services]
        for conn in conns:
            await stack.enter_async_context(conn.transaction())
        yield services[0].installation, conns
