"""`omatoimi run`"""

import click


@click.command("run")
def command() -> None:
    """Start everything in the foreground; Ctrl-C stops it."""
    import asyncio

    from omatoimi_platform import home, supervisor

    port = supervisor.port()
    where = home.home()
    if home.is_held(where):
        raise home.already_runs(where)
    click.echo(f"Omatoimi starts in {where.root}")
    asyncio.run(supervisor.run(where, port, supervisor.line, _ready))
    click.echo("Omatoimi has stopped.")


def _ready(url: str) -> None:
    click.echo(
        "\nSee events as they come with: omatoimi follow booking.events.v1, all addresses with: omatoimi status\n"
        f"Stop with Ctrl-C. Open this in a browser:\n{url}"
    )
