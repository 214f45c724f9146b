"""`python -m <service> channels`: the keys of one service's channels, where no `omatoimi` runs beside it."""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta

import asyncpg

from chassis import channels, registering
from chassis.access import OF_CHANNELS
from chassis.database import Connection
from chassis.kafka import Fatal
from chassis.service import Service

GIVEN_KEY = 32
"""A key that is given has so many characters at least."""


def parser(service: str) -> argparse.ArgumentParser:
    """Return the parser of the words after `channels`."""
    made = argparse.ArgumentParser(
        prog=_command(service),
        description=f"List, add, rotate and revoke the keys of the channels that may ask {service}.",
        epilog="Each service has its own database: do the same at each that the channel asks, with one key.",
    )
    acts = made.add_subparsers(dest="act", required=True)
    acts.add_parser("list", help="tell which channels have which keys, and when each was last used")
    add = acts.add_parser("add", help="register a channel, and print its key")
    add.add_argument("channel")
    add.add_argument("--role", dest="roles", choices=[*OF_CHANNELS], action="append", required=True)
    add.add_argument("--unit", help="its library; else the first of the installation")
    rotate = acts.add_parser("rotate", help="print another key; the one before lives on for the overlap")
    rotate.add_argument("channel")
    rotate.add_argument("--overlap", type=_whole(0, 24 * 90), default=168, help="in hours; 168 when not given")
    for each in (add, rotate):
        each.add_argument("--days", type=_whole(1, 3650), help="how many days it lives; without it until revoked")
        each.add_argument("--given", action="store_true", help="take the key from standard input, make none")
    revoke = acts.add_parser("revoke", help="take a key back, or all of a channel: from now on nobody takes it")
    revoke.add_argument("channel")
    revoke.add_argument("key", nargs="?", help="its name, as list tells it")
    return made


def _command(service: str) -> str:
    return f"python -m {service} channels"


def _whole(least: int, most: int) -> "type[int]":
    def number(told: str) -> int:
        if not (told.isdecimal() and least <= int(told) <= most):
            raise argparse.ArgumentTypeError(f"give a whole number from {least} to {most}")
        return int(told)

    return number  # type: ignore[return-value]


async def act(service: Service, told: argparse.Namespace) -> None:
    """Do what is told, in one transaction; the key alone goes to standard output, what to do next beside it. Raises
    Fatal with one sentence when it cannot be done."""
    key = _given_or_new(told) if told.act in ("add", "rotate") else ""
    try:
        conn = await service.connection()
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Fatal(f"the database of {service.name} cannot be used: {error}") from None
    try:
        async with conn.transaction():
            for line in await _done(service, conn, told, key):
                print(line)
    except registering.RegistrationRefused as refused:
        raise Fatal(refused.told(_command(service.name))) from None
    except asyncpg.UndefinedTableError:
        raise Fatal(f"the database of {service.name} is empty: python -m {service.name} migrate makes it.") from None
    finally:
        await conn.close()
    print(_next(service.name, told), file=sys.stderr)


async def _done(service: Service, conn: Connection, told: argparse.Namespace, key: str) -> Sequence[str]:
    now, installation = service.clock(), service.installation
    lives = timedelta(days=told.days) if getattr(told, "days", None) else None
    match told.act:
        case "list":
            return list(registering.described(await registering.listed(conn), now)) or ["There is no channel yet."]
        case "add":
            caller = registering.new_channel(installation, told.channel, told.roles, told.unit)
            await registering.add(conn, caller, key, now, lives)
            return [key]
        case "rotate":
            source = registering.source_of(installation, told.channel)
            await registering.rotate(conn, source, key, now, timedelta(hours=told.overlap), lives)
            return [key]
    source = registering.source_of(installation, told.channel)
    gone = await registering.revoke(conn, source, told.key, now)
    if not gone:
        raise registering.RegistrationRefused(f"{told.channel} has no such live key", "list")
    return [f"Revoked: {', '.join(sorted(each.name for each in gone))}."]


def _given_or_new(told: argparse.Namespace) -> str:
    if not told.given:
        return channels.new_key()
    key = sys.stdin.readline().strip()
    if len(key) < GIVEN_KEY or not (key.isascii() and key.isprintable()) or " " in key:
        raise Fatal(f"standard input has no key: {GIVEN_KEY} characters or more, without spaces, as add prints one.")
    return key


def _next(service: str, told: argparse.Namespace) -> str:
    """Return what is to be done next."""
    elsewhere = "At each other service that it asks, do the same"
    match told.act:
        case "list":
            return f"Next: {_command(service)} add, rotate or revoke CHANNEL; --help tells more."
        case "add":
            return (
                f"Give this key to who runs {told.channel}: nobody can read it again. {elsewhere} with --given and this"
                f" key on standard input. It is sent as Authorization: Bearer KEY."
            )
        case "rotate":
            return (
                f"Give this key to who runs {told.channel}; the one before is taken for {told.overlap} hours more."
                f" {elsewhere} with --given and this key on standard input."
            )
    return f"{elsewhere}. {_command(service)} rotate {told.channel} makes another key."
