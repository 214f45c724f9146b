"""`omatoimi reset`"""

import click


@click.command("reset")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(yes: bool) -> None:
    """Delete all data of the embedded platform, after asking."""
    import shutil

    from omatoimi import home as homes
    from omatoimi import processes

    home = homes.home()
    if homes.is_held(home):
        raise homes.already_runs(home)
    click.echo(f"This deletes all bookings, notices, decisions, figures and events in {home.root}.")
    click.echo("Servers named in OMATOIMI_KAFKA or OMATOIMI_POSTGRES are not touched.")
    if not yes:
        click.confirm("Delete them?", abort=True)
    with homes.hold(home):
        processes.stop_leftovers(home)
        for folder in (home.kafka, home.postgres):
            shutil.rmtree(folder)
        for file in ("state.json", "secrets.json", "keys.json"):
            (home.root / file).unlink(missing_ok=True)
    click.echo("All data is deleted; the next start begins afresh.")
