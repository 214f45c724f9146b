"""`omatoimi key`"""

import click


@click.command("key")
@click.argument("channel")
def command(channel: str) -> None:
    """Print the API key of CHANNEL of this installation: web, kiosk, staff or phone."""
    from omatoimi import running

    _, key = running.channel(channel)
    click.echo(key)
