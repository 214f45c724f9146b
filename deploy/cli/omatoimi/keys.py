"""The keys of this installation's channels: in `keys.json` the one that each channel uses, in every service's database
what is known of all of them.

What is changed is committed in all services before a command returns, and no process of theirs remembers a key.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis import channels
from chassis.access import Caller, Role, by_channel
from chassis.channels import Key
from omatoimi_platform import home as homes
from omatoimi_platform.home import Home
from omatoimi_platform.trouble import Trouble

from omatoimi import running


@dataclass(frozen=True)
class Installed:
    """A channel of this installation with the key that it uses now, if it has one."""

    caller: Caller
    key: str | None


def read(home: Home) -> dict[str, dict[str, Any]]:
    """What is kept of each channel, by its name."""
    found: dict[str, dict[str, Any]] = json.loads(home.keys.read_text()) if home.keys.exists() else {}
    return found


def write(home: Home, kept: dict[str, dict[str, Any]]) -> None:
    """Keep it, for the owner alone."""
    homes.write(home.keys, json.dumps(kept, indent=2), 0o600)


def installed(kept: dict[str, dict[str, Any]], unit: str) -> dict[str, Installed]:
    """The channels that are kept; one that says no library is of this one."""
    made = {}
    for name, entry in kept.items():
        roles = [Role(role) for role in entry.get("roles", ())]
        made[name] = Installed(by_channel(entry["source"], name, entry.get("unit", unit), *roles), entry["key"])
    return made


def current(home: Home, name: str) -> str:
    """The key that a channel uses now; an empty one, which nobody takes, where its keys were revoked."""
    return read(home).get(name, {}).get("key") or ""


async def listed() -> list[tuple[Caller, list[Key]]]:
    """Every channel with its keys, used when it was last used in any service."""
    async with running.all_connected(pool_size=2) as services:
        found: dict[str, Caller] = {}
        keys: dict[str, dict[bytes, Key]] = {}
        for service in services:
            async with service.pool.acquire() as conn:
                for caller in await channels.everybody(conn):
                    source = caller.channel.source
                    found[source] = caller
                    for key in await channels.keys_of(conn, source):
                        before = keys.setdefault(source, {}).get(key.hash)
                        keys[source][key.hash] = max(before or key, key, key=_used)
    return [(caller, list(keys.get(source, {}).values())) for source, caller in sorted(found.items())]


def _used(key: Key) -> datetime:
    return key.last_used_at or datetime.min.replace(tzinfo=UTC)


async def make(name: str, roles: Iterable[str], unit: str | None, expires: timedelta | None) -> str:
    """A new channel with its first key."""
    home, _ = running.addresses()
    kept = read(home)
    if name in kept:
        raise Trouble(f"There is a channel {name}: omatoimi key rotate {name} gives it another key.")
    async with running.all_connected(pool_size=2) as services:
        installation = services[0].installation
        if unit is not None and unit not in installation.libraries:
            raise Trouble(f"There is no library {unit}; there are: {', '.join(installation.libraries)}.")
        key = channels.new_key()
        entry = {
            "source": f"/{installation.municipality}/channels/{name}",
            "key": key,
            "roles": sorted(roles),
            "unit": unit or next(iter(installation.libraries)),
        }
        made = installed({name: entry}, str(entry["unit"]))[name]
        await _register(services, made, key, expires)
    write(home, kept | {name: entry})
    return key


async def rotate(name: str, overlap: timedelta, expires: timedelta | None) -> str:
    """Another key for a channel; the one before lives on for so long."""
    home, _ = running.addresses()
    kept = read(home)
    async with running.all_connected(pool_size=2) as services:
        made = _known(kept, name, next(iter(services[0].installation.libraries)))
        source, now = made.caller.channel.source, datetime.now(UTC)
        async with services[0].pool.acquire() as conn:
            live = [key for key in await channels.keys_of(conn, source) if key.is_live(now)]
        if len(live) >= channels.LIVE_KEYS:
            raise Trouble(
                f"{name} has {len(live)} live keys: revoke one first, omatoimi key revoke {name} "
                f"{' or '.join(key.name for key in live)}."
            )
        key = channels.new_key()
        await _register(services, made, key, expires)
        for service in services:
            async with service.pool.acquire() as conn:
                await channels.expire_others(conn, source, key, now + overlap, now)
    write(home, kept | {name: {**kept[name], "key": key}})
    return key


async def revoke(name: str, key_name: str | None) -> list[str]:
    """Take a key of a channel back, or all that live; returns their names."""
    home, _ = running.addresses()
    kept = read(home)
    async with running.all_connected(pool_size=2) as services:
        source, now = _known(kept, name, "none").caller.channel.source, datetime.now(UTC)
        hashes: dict[str, bytes] = {}
        for service in services:
            async with service.pool.acquire() as conn, conn.transaction():
                live = [key for key in await channels.keys_of(conn, source) if key.is_live(now)]
                gone = [key for key in live if key_name in (None, key.name)]
                await channels.revoke(conn, [key.hash for key in gone], now)
                hashes |= {key.name: key.hash for key in gone}
    if not hashes:
        raise Trouble(
            f"{name} has no live key {key_name or ''}".rstrip() + ": omatoimi key list tells which there are."
        )
    used = kept[name]["key"]
    if used and channels.key_hash(used) in hashes.values():
        write(home, kept | {name: {**kept[name], "key": None}})
    return sorted(hashes)


def _known(kept: dict[str, dict[str, Any]], name: str, unit: str) -> Installed:
    if name not in kept:
        raise Trouble(f"There is no channel {name}; there are: {', '.join(sorted(kept))}.")
    return installed({name: kept[name]}, unit)[name]


async def _register(services: Iterable[Any], made: Installed, key: str, expires: timedelta | None) -> None:
    now = datetime.now(UTC)
    for service in services:
        async with service.pool.acquire() as conn, conn.transaction():
            await channels.register(conn, made.caller, key, now, now + expires if expires else None)
