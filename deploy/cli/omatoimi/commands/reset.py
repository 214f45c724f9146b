"""`omatoimi reset`"""

import click


@click.command("reset")
@click.option("--demo", "example", is_flag=True, help="Take out the example content alone, while the system runs.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(example: bool, yes: bool) -> None:
    """Delete all data of the embedded platform, or take out the example content, after asking."""
    (_take_out if example else _delete)(yes)


def _delete(yes: bool) -> None:
    from omatoimi_platform import home as homes
    from omatoimi_platform import processes

    home = homes.home()
    if homes.is_held(home):
        raise homes.already_runs(home)
    click.echo(f"This deletes all bookings, notices, decisions, figures and events in {home.root}.")
    click.echo("Servers named in OMATOIMI_KAFKA or OMATOIMI_POSTGRES are not touched.")
    if not yes:
        click.confirm("Delete them?", abort=True)
    with homes.hold(home):
        processes.stop_leftovers(home)
        homes.delete_data(home)
        for file in ("state.json", "secrets.json", "keys.json"):
            (home.root / file).unlink(missing_ok=True)
    click.echo("All data is deleted; the next start begins afresh.")


def _take_out(yes: bool) -> None:
    import asyncio

    from omatoimi_example import ending

    from omatoimi import running

    home, _ = running.addresses()

    async def take_out() -> dict[str, int]:
        # The whole of it at once takes longer than a handler has.
        async with running.all_connected(handler_seconds=ending.PATIENCE) as services:
            found = await ending.subjects(services)
            click.echo(f"This takes the example content out of all pages and figures in {home.root}, for good.")
            click.echo("What is real stays, and so do premises, rooms and hours; its events stay on the event topics.")
            if not yes:
                click.confirm("Take it out?", abort=True)
            return await ending.take_out(services, found)

    for name, number in asyncio.run(take_out()).items():
        click.echo(f"  {name:<9} {number} subjects taken out")
    click.echo(
        f"The installation is yours: {running.url()}\n"
        "Register premises of your own as contracts/README.md shows, or book a room of those that are there."
    )
