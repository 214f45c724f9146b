"""Add, list, rotate and revoke the keys of one service's channels.

`omatoimi key` does it in all services of one machine, `python -m <service> channels` in one that has its own."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from chassis import channels
from chassis.access import Caller, Role, by_channel
from chassis.channels import LIVE_KEYS, Key
from chassis.database import Connection
from chassis.installation import Installation

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class RegistrationRefused(Exception):
    """It cannot be done; `advice` is what to run instead, after the words of whichever command was used."""

    def __init__(self, fault: str, advice: str = "") -> None:
        super().__init__(fault)
        self.fault, self.advice = fault, advice

    def told(self, command: str) -> str:
        """Return one sentence for who used `command`."""
        return f"{self.fault}: {command} {self.advice}." if self.advice else f"{self.fault}."


def source_of(installation: Installation, name: str) -> str:
    """Return the source of a channel of this installation. Raises Refused where the name is none."""
    if not NAME.fullmatch(name):
        raise RegistrationRefused("A channel's name has up to 40 small letters, digits and hyphens, a letter first")
    return f"/{installation.municipality}/channels/{name}"


def new_channel(installation: Installation, name: str, roles: Iterable[str], unit: str | None) -> Caller:
    """Return a channel of this installation; without a unit it belongs to the first library. Raises Refused."""
    libraries = list(installation.libraries)
    if unit is not None and unit not in libraries:
        raise RegistrationRefused(f"There is no library {unit}; there are: {', '.join(libraries)}")
    return by_channel(source_of(installation, name), name, unit or libraries[0], *map(Role, roles))


async def add(conn: Connection, caller: Caller, key: str, now: datetime, lives: timedelta | None) -> None:
    """Register a channel with its first key. Raises Refused when it has one already."""
    channel = caller.channel
    if any(key_.is_live(now) for key_ in await channels.keys_of(conn, channel.source)):
        raise RegistrationRefused(f"{channel.name} has a live key already", f"rotate {channel.name}")
    await channels.register(conn, caller, key, now, now + lives if lives else None)


async def rotate(
    conn: Connection, source: str, key: str, now: datetime, overlap: timedelta, lives: timedelta | None
) -> None:
    """Give a channel another key; the one before lives on for the overlap. Raises Refused when two live already."""
    caller = await _known(conn, source)
    name = caller.channel.name
    live = [each for each in await channels.keys_of(conn, source) if each.is_live(now)]
    if len(live) >= LIVE_KEYS and channels.key_hash(key) not in {each.hash for each in live}:
        names = " or ".join(each.name for each in live)
        raise RegistrationRefused(f"{name} has {len(live)} live keys: revoke one first", f"revoke {name} {names}")
    await channels.register(conn, caller, key, now, now + lives if lives else None)
    await channels.expire_others(conn, source, key, now + overlap, now)


async def revoke(conn: Connection, source: str, key_name: str | None, now: datetime) -> list[Key]:
    """Take a key of a channel back, or all that live; returns them. Raises Refused when there is no such channel."""
    await _known(conn, source)
    gone = [key for key in await channels.keys_of(conn, source) if key.is_live(now) and key_name in (None, key.name)]
    await channels.revoke(conn, [key.hash for key in gone], now)
    return gone


async def _known(conn: Connection, source: str) -> Caller:
    known = {caller.channel.source: caller for caller in await channels.everybody(conn)}
    if source not in known:
        names = ", ".join(sorted(caller.channel.name for caller in known.values())) or "none"
        raise RegistrationRefused(f"There is no channel {source.rpartition('/')[2]}; there are: {names}")
    return known[source]


async def listed(conn: Connection) -> list[tuple[Caller, list[Key]]]:
    """Return every channel with all keys it ever had."""
    return [(caller, await channels.keys_of(conn, caller.channel.source)) for caller in await channels.everybody(conn)]


def described(known: Sequence[tuple[Caller, Sequence[Key]]], now: datetime) -> Iterator[str]:
    """Tell of channels and their keys, line by line; keys are told by their names alone."""
    for caller, keys in known:
        channel = caller.channel
        yield f"{channel.name} ({', '.join(sorted(caller.roles))}; {channel.unit}): {channel.source}"
        for key in keys:
            state = "live" if key.is_live(now) else "revoked" if key.revoked_at else "over"
            until = f" until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at and state == "live" else ""
            used = f"last used {key.last_used_at:%Y-%m-%d %H:%M} UTC" if key.last_used_at else "never used"
            yield f"  {key.name}  {state}{until}, made {key.created_at:%Y-%m-%d}, {used}"
