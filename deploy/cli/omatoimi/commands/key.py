"""`omatoimi key`"""

from datetime import timedelta

import click


class Keys(click.Group):
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


@click.group("key", cls=Keys)
def command() -> None:
    """Keys of the channels: `omatoimi key web` prints the one that web uses."""


@command.command("new")
@click.argument("channel")
@click.option("--role", "roles", type=click.Choice(["resident", "device", "staff"]), multiple=True, required=True)
@click.option("--unit", help="Its library; else the first of the installation.")
@DAYS
def new(channel: str, roles: tuple[str, ...], unit: str | None, days: int | None) -> None:
    """Register CHANNEL with these roles, and print its key."""
    import asyncio
    import re

    from omatoimi_platform.trouble import Trouble

    from omatoimi import keys

    if channel in command.commands or not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", channel):
        raise Trouble("A channel's name has up to 40 small letters, digits and hyphens, and is no command of key.")
    click.echo(asyncio.run(keys.make(channel, roles, unit, _lifetime(days))))


@command.command("list")
def list_() -> None:
    """Tell which channels have which keys, and when each was last used."""
    import asyncio
    from datetime import UTC, datetime

    from omatoimi import keys

    now = datetime.now(UTC)
    for caller, known in asyncio.run(keys.listed()):
        channel = caller.channel
        click.echo(f"{channel.name} ({', '.join(sorted(caller.roles))}; {channel.unit}): {channel.source}")
        for key in known:
            state = "live" if key.is_live(now) else "revoked" if key.revoked_at else "over"
            until = f" until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at and state == "live" else ""
            used = f"last used {key.last_used_at:%Y-%m-%d %H:%M} UTC" if key.last_used_at else "never used"
            click.echo(f"  {key.name}  {state}{until}, made {key.created_at:%Y-%m-%d}, {used}")


@command.command("rotate")
@click.argument("channel")
@click.option("--overlap", type=click.IntRange(0, 24 * 90), default=168, show_default=True, help="In hours.")
@DAYS
def rotate(channel: str, overlap: int, days: int | None) -> None:
    """Print another key for CHANNEL; the one before lives on for the overlap."""
    import asyncio

    from omatoimi import keys

    click.echo(asyncio.run(keys.rotate(channel, timedelta(hours=overlap), _lifetime(days))))


@command.command("revoke")
@click.argument("channel")
@click.argument("key", required=False)
def revoke(channel: str, key: str | None) -> None:
    """Take a KEY of CHANNEL back, by the name that `list` tells, or all of them: from now on nobody takes it."""
    import asyncio

    from omatoimi import keys

    gone = asyncio.run(keys.revoke(channel, key))
    click.echo(f"Revoked: {', '.join(gone)}. omatoimi key rotate {channel} makes another.")


def _lifetime(days: int | None) -> timedelta | None:
    return timedelta(days=days) if days else None
