"""`omatoimi down`"""

import click


@click.command("down")
def command() -> None:
    """Stop what runs; the data stays."""
    import os
    import signal
    import time

    from omatoimi_platform import home as homes
    from omatoimi_platform import processes
    from omatoimi_platform.errors import PlatformError

    home = homes.home()
    if homes.is_held(home):
        pid, known = homes.load(home).processes.get("omatoimi", (0, ""))
        if not known or processes.identity(pid) != known:
            raise PlatformError(f"{home.root} is held by a process that is just starting or not ours: try again.")
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 120
        while processes.identity(pid) == known:
            if time.monotonic() > deadline:
                raise PlatformError(f"Omatoimi (process {pid}) still stops after two minutes: see {home.logs}.")
            time.sleep(0.05)
        click.echo("Omatoimi has stopped; its data stays.")
        return
    if not home.root.exists():
        click.echo("Omatoimi does not run.")
        return
    with homes.hold(home):
        left = processes.stop_leftovers(home)
    click.echo(f"Stopped what a broken run had left behind: {', '.join(left)}." if left else "Omatoimi does not run.")
