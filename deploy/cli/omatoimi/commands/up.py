"""`omatoimi up`"""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from omatoimi_platform.home import Home


@click.command("up")
def command() -> None:
    """Start everything in the background."""
    import os

    from omatoimi_platform import home as homes
    from omatoimi_platform import supervisor

    supervisor.port()
    home = homes.home()
    if homes.is_held(home):
        click.echo(str(homes.already_runs(home)))
        return
    click.echo(f"Omatoimi starts in {home.root}")
    homes.prepare(home)
    url = _ready(home, *_started(home))
    click.echo(
        "\nSee events as they come with: omatoimi follow booking.events.v1, all addresses with: omatoimi status\n"
        f"Stop with: omatoimi down. Open this in a browser:\n{url}"
    )
    # The child goes on without us.
    os._exit(0)


def _started(home: "Home") -> "tuple[subprocess.Popen[bytes], int]":
    """Return the supervisor, and where in the log its words begin."""
    import subprocess
    import sys

    with _log(home).open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "omatoimi_platform.supervisor"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
        )
        return child, output.tell()


def _ready(home: "Home", child: "subprocess.Popen[bytes]", said: int) -> str:
    """Tell what the supervisor says until everything is ready; returns the address."""
    import time

    from omatoimi_platform import home as homes
    from omatoimi_platform.errors import PlatformError

    with _log(home).open("rb") as progress:
        progress.seek(said)
        try:
            while True:
                code, state = child.poll(), homes.load(home)
                click.echo(progress.read(), nl=False)
                if code is not None:
                    raise SystemExit(code or 1)
                if state.phase == "ready" and state.processes.get("omatoimi", (0, ""))[0] == child.pid:
                    return str(state.addresses["url"])
                time.sleep(0.05)
        except KeyboardInterrupt:
            child.terminate()
            child.wait()
            raise PlatformError("Told to stop while starting: all that was started has been stopped again.") from None


def _log(home: "Home") -> "Path":
    return home.logs / "omatoimi.log"
