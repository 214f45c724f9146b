"""The process of the four services: `python -m omatoimi_platform.process FD`, started by the supervisor.

It imports the services while the platform starts, then reads one line of JSON from its standard input (`kafka`,
`postgres`, `port`, `internal_port`, `home`), serves until SIGTERM or the end of that input, and writes `!` to the
file descriptor FD when it is ready, or the sentence that says why it cannot start: its log goes on after that sentence,
with what clients say while they are closed. The end of the input tells that the supervisor is gone, however it went.

`OMATOIMI_SYSTEM` names another module with `serve` to run in place of `omatoimi.system`.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from omatoimi_platform.errors import PlatformError


@dataclass(frozen=True)
class Serving:
    """What the services are given to run on: a bootstrap address, the URL of the database server
    (`databases.addresses` has the services' own), their two ports and the home of the installation. `ready` is to be
    called once requests are served; they end when `stop` is set."""

    kafka: str
    postgres: str
    port: int
    internal_port: int
    home: Path
    ready: Callable[[], None]
    stop: asyncio.Event


Serve = Callable[[Serving], Awaitable[None]]
"""Run the HTTP ports, the relays, the workers and the jobs until told to stop."""


def main() -> None:
    serve: Serve = import_module(os.environ.get("OMATOIMI_SYSTEM") or "omatoimi.system").serve
    line = sys.stdin.readline()
    if not line:
        return
    import uvloop

    ready_fd = int(sys.argv[1])
    try:
        uvloop.run(_run(serve, json.loads(line), ready_fd))
    except PlatformError as trouble:
        os.write(ready_fd, str(trouble).encode())
        sys.exit(str(trouble))


async def _run(serve: Serve, settings: dict[str, str], ready_fd: int) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(sys.stdin.fileno(), stop.set)

    def ready() -> None:
        os.write(ready_fd, b"!")

    await serve(
        Serving(
            kafka=settings["kafka"],
            postgres=settings["postgres"],
            port=int(settings["port"]),
            internal_port=int(settings["internal_port"]),
            home=Path(settings["home"]),
            ready=ready,
            stop=stop,
        )
    )


if __name__ == "__main__":
    main()
