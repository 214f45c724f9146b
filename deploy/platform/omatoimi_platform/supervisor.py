"""Starts platform and services, keeps them running, and stops all that it started and nothing else.

`python -m omatoimi_platform.supervisor` is what `omatoimi up` leaves in the background.
"""

import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable

from omatoimi_platform import databases, errors, faults, platform, processes, topics
from omatoimi_platform import home as homes
from omatoimi_platform.errors import PlatformError
from omatoimi_platform.home import Home
from omatoimi_platform.kafka import Node
from omatoimi_platform.platform import Platform, Say
from omatoimi_platform.postgres import Server
from omatoimi_platform.processes import Child

_TRIES, _WITHIN = 3, 60.0
"""A part that ends by itself is started again, but not more often than so many times within so many seconds."""

_SPACE_FIRST, _SPACE_LATER = 300, 50
"""Megabytes that must be free: jars, an empty database and an empty log at first, room to work later."""


class ServiceProcesses:
    """The process of the four services of one home, listening on `port`."""

    def __init__(self, home: Home, port: int) -> None:
        self._home = home
        self._port, self.internal_port = port, internal_port(home)
        self._log = home.logs / "services.log"
        self._child: Child | None = None
        self._ready = -1
        self._platform: Platform | None = None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.code is None

    def spawn(self) -> None:
        """Let it import what it needs, which it can do while the platform starts."""
        self._ready, ready = os.pipe()
        command = [sys.executable, "-m", "omatoimi_platform.process", str(ready)]
        try:
            self._child = Child(
                self._home,
                "services",
                command,
                log=self._log,
                cwd=homes.CHECKOUT,
                stdin=subprocess.PIPE,
                pass_fds=[ready],
            )
        finally:
            os.close(ready)

    async def serve(self, on: Platform) -> None:
        """Give it the addresses and wait until it serves requests. Raises PlatformError when it ended instead."""
        self._platform = on
        if self._child is None:
            raise RuntimeError("the services were not spawned")
        ports = {"port": self._port, "internal_port": self.internal_port}
        settings = {"kafka": on.kafka, "postgres": on.postgres, "home": str(self._home.root), **ports}
        # It may have ended already, and the pipe with it: the wait below sees that.
        with contextlib.suppress(BrokenPipeError):
            os.write(self._child.stdin_fd, json.dumps(settings).encode() + b"\n")
        said = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._ready, said.set)
        try:
            await said.wait()
        finally:
            loop.remove_reader(self._ready)
        if (answer := os.read(self._ready, 65_536)) != b"!":
            code = await self._child.end(signal.SIGTERM, within=10)
            last = answer.decode() or errors.last_line(self._log)
            raise PlatformError(f"The services ended (status {code}) saying: {last} — {self._log} has the rest.")

    async def start(self) -> None:
        """Start it again on the platform that it had."""
        if self._platform is None:
            raise RuntimeError("the services have not served yet")
        await self.stop()
        self.spawn()
        await self.serve(self._platform)

    async def stop(self) -> None:
        """Stop it when it has finished what it has in hand."""
        if self._child:
            await self._child.end(signal.SIGTERM, within=30)
            self._child = None
            os.close(self._ready)


async def run(home: Home, port: int, say: Say, ready: Callable[[str], None]) -> None:
    """Start everything, call `ready` with the URL, and keep it running until SIGINT, SIGTERM or SIGHUP.

    Raises PlatformError when it cannot start, when it already runs, or when a part does not stay up.
    """
    # What cannot be reached is said by us, once; the client would say it again and again.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    with homes.hold(home):
        _enter(home)
        work = asyncio.create_task(_run(home, port, say, ready))
        told = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((work, told), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                say("omatoimi", "stopping")
                work.cancel()
                await asyncio.wait((work,))
        finally:
            told.cancel()
            _leave(home)
        if not work.cancelled():
            work.result()


def _enter(home: Home) -> None:
    state = homes.load(home)
    state.phase, state.addresses = "starting", {}
    state.processes["omatoimi"] = (os.getpid(), processes.identity(os.getpid()) or "")
    homes.save(home, state)


def _leave(home: Home) -> None:
    processes.stop_leftovers(home)  # there are none, unless stopping was itself broken off
    state = homes.load(home)
    state.phase, state.addresses = "stopped", {}
    state.processes.pop("omatoimi", None)
    homes.save(home, state)


async def _run(home: Home, port: int, say: Say, ready: Callable[[str], None]) -> None:
    for name in processes.stop_leftovers(home):
        say(name, "stopped what an earlier run had left behind")
    _check(home, port)
    services = ServiceProcesses(home, port)
    started: Platform | None = None
    telling: asyncio.Task[None] | None = None
    try:
        services.spawn()
        started = await platform.start(home, say)
        names = await _topics(started, say)
        await _databases(started, home, say)
        begun = time.monotonic()
        await services.serve(started)
        say("services", f"ready ({time.monotonic() - begun:.1f} s)")
        ready(_publish(home, started, names, port, services.internal_port))
        telling = asyncio.create_task(faults.tell(f"http://127.0.0.1:{services.internal_port}", say))
        await _keep({"kafka": started.node, "postgres": started.database_server, "services": services}, home, say)
    finally:
        if telling:
            telling.cancel()
        # Services first: they finish what they have in hand, on a platform that is still there.
        await services.stop()
        if started:
            await platform.stop(started)


def _publish(home: Home, started: Platform, names: list[str], port: int, internal: int) -> str:
    url = f"http://127.0.0.1:{port}"
    state = homes.load(home)
    state.phase = "ready"
    state.addresses = {
        "url": url,
        "internal": f"http://127.0.0.1:{internal}",
        "kafka": started.kafka,
        "postgres": databases.without_password(started.postgres),
        "topics": names,
    }
    homes.save(home, state)
    return url


async def _topics(started: Platform, say: Say) -> list[str]:
    outcome = await topics.create(started.kafka)
    say("topics", f"{len(outcome.names)}, {len(outcome.made)} of them new")
    for difference in outcome.differences:
        say("topics", f"left as it is: {difference}")
    return outcome.names


async def _databases(started: Platform, home: Home, say: Say) -> None:
    made = await databases.create(started.postgres, home)
    say("databases", f"{len(databases.SERVICES) + 1}, {len(made)} of them new")


async def _keep(parts: dict[str, Node | Server | ServiceProcesses | None], home: Home, say: Say) -> None:
    """Start again, without end, what ends by itself. Raises PlatformError when a part does not stay up."""
    ended: deque[float] = deque(maxlen=_TRIES)
    while True:
        await asyncio.sleep(0.2)
        for name, part in parts.items():
            if part is None or part.running:
                continue
            if len(ended) == _TRIES and time.monotonic() - ended[0] < _WITHIN:
                log = home.logs / f"{name}.log"
                raise PlatformError(f"{name} ended {_TRIES + 1} times within {_WITHIN:.0f} s: {log} tells why.")
            ended.append(time.monotonic())
            say(name, "ended by itself, starting it again")
            await part.start()
            say(name, "ready again")


def _check(home: Home, port: int) -> None:
    if not homes.is_free(port):
        raise PlatformError(
            f"Port {port} is taken by another program: end that, or choose another with OMATOIMI_PORT={port + 1}."
        )
    first = not (home.postgres / "data").exists()
    wanted = _SPACE_FIRST if first else _SPACE_LATER
    if (free := shutil.disk_usage(home.root).free >> 20) < wanted:
        raise PlatformError(
            f"The disk that holds {home.root} has {free} MB left and {wanted} MB are needed: "
            "free some space, or name a folder on another disk in OMATOIMI_HOME."
        )


def port() -> int:
    """Return the HTTP port: `OMATOIMI_PORT`, else 8014. Raises PlatformError when that is no port."""
    return _port("OMATOIMI_PORT", os.environ.get("OMATOIMI_PORT") or "8014")


def internal_port(home: Home) -> int:
    """Return the port of health and metrics: `OMATOIMI_INTERNAL_PORT`, else one that was free at first and is kept."""
    given = os.environ.get("OMATOIMI_INTERNAL_PORT")
    return _port("OMATOIMI_INTERNAL_PORT", given) if given else homes.port(home, "internal")


def _port(variable: str, given: str) -> int:
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise PlatformError(f"{variable}={given} is no port: give a number from 1 to 65535.")
    return int(given)


def line(part: str, doing: str) -> None:
    """Say what a part does on a line of standard output."""
    print(f"  {part:<9} {doing}", flush=True)


def main() -> int:
    home = homes.home()
    try:
        asyncio.run(run(home, port(), line, lambda _url: None))
    except PlatformError as sentence:
        print(f"omatoimi: {sentence}", flush=True)
        return 1
    except OSError as error:
        print(f"omatoimi: {errors.from_os_error(error, home.root)}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
