"""`omatoimi key`"""

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import click

Result = TypeVar("Result")


class KeyCommands(click.Group):
    """A group in which what is no command is the name of a channel, whose key is printed."""

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return super().get_command(ctx, name) or _printing(name)


def _printing(channel: str) -> click.Command:
    @click.command(channel)
    def show() -> None:
        from omatoimi import running

        _, key = running.channel(channel)
        click.echo(key)

    return show


DAYS = click.option("--days", type=click.IntRange(1, 3650), help="How many days it lives; without it until revoked.")


@click.group("key", cls=KeyCommands)
def command() -> None:
    """Keep the keys of the channels: `omatoimi key web` prints the one that web uses."""


@command.command("new")
@click.argument("channel")
@click.option("--role", "roles", type=click.Choice(["resident", "device", "staff"]), multiple=True, required=True)
@click.option("--unit", help="Its library; else the first of the installation.")
@DAYS
def new(channel: str, roles: tuple[str, ...], unit: str | None, days: int | None) -> None:
    """Register CHANNEL with these roles, and print its key."""
    from omatoimi_platform.errors import PlatformError

    from omatoimi import keys

    if channel in command.commands:
        raise PlatformError(f"{channel} is a command of key: give the channel another name.")
    click.echo(_done(keys.make(channel, roles, unit, _lifetime(days))))


@command.command("list")
def list_() -> None:
    """Tell which channels have which keys, and when each was last used."""
    from datetime import UTC, datetime

    from chassis import registering

    from omatoimi import keys

    for line in registering.described(_done(keys.listed()), datetime.now(UTC)):
        click.echo(line)


@command.command("rotate")
@click.argument("channel")
@click.option("--overlap", type=click.IntRange(0, 24 * 90), default=168, show_default=True, help="In hours.")
@DAYS
def rotate(channel: str, overlap: int, days: int | None) -> None:
    """Print another key for CHANNEL; the one before lives on for the overlap."""
    from omatoimi import keys

    click.echo(_done(keys.rotate(channel, timedelta(hours=overlap), _lifetime(days))))


@command.command("revoke")
@click.argument("channel")
@click.argument("key", required=False)
def revoke(channel: str, key: str | None) -> None:
    """Take a KEY of CHANNEL back, by the name that `list` tells, or all of them: from now on nobody takes it."""
    from omatoimi import keys

    gone = _done(keys.revoke(channel, key))
    click.echo(f"Revoked: {', '.join(gone)}. omatoimi key rotate {channel} makes another.")


def _lifetime(days: int | None) -> timedelta | None:
    return timedelta(days=days) if days else None


def _done(work: Coroutine[Any, Any, Result]) -> Result:
    """Return what it comes to. Raises PlatformError where it is refused."""
    import asyncio

    from chassis.registering import RegistrationRefused
    from omatoimi_platform.errors import PlatformError

    try:
        return asyncio.run(work)
    except RegistrationRefused as refused:
        raise PlatformError(refused.told("omatoimi key")) from None
