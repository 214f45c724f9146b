"""`omatoimi up`"""

import click


@click.command("up")
def command() -> None:
    """Start everything in the background."""
    import os
    import subprocess
    import sys
    import time

    from omatoimi_platform import home as homes
    from omatoimi_platform import supervisor
    from omatoimi_platform.errors import PlatformError

    supervisor.port()
    home = homes.home()
    if homes.is_held(home):
        click.echo(str(homes.already_runs(home)))
        return
    click.echo(f"Omatoimi starts in {home.root}")
    homes.prepare(home)
    log = home.logs / "omatoimi.log"
    with log.open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "omatoimi_platform.supervisor"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
        )
        said = output.tell()
    with log.open("rb") as progress:
        progress.seek(said)
        try:
            while True:
                code, state = child.poll(), homes.load(home)
                click.echo(progress.read(), nl=False)
                if code is not None:
                    raise SystemExit(code or 1)
                if state.phase == "ready" and state.processes.get("omatoimi", (0, ""))[0] == child.pid:
                    break
                time.sleep(0.05)
        except KeyboardInterrupt:
            child.terminate()
            child.wait()
            raise PlatformError("Told to stop while starting: all that was started has been stopped again.") from None
    url = state.addresses["url"]
    click.echo(
        "\nSee events as they come with: omatoimi follow booking.events.v1, all addresses with: omatoimi status\n"
        f"Stop with: omatoimi down. Open this in a browser:\n{url}"
    )
    # The child goes on without us.
    os._exit(0)
