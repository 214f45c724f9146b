"""The folder that holds everything the platform keeps, so that it survives restarts and can be looked at.

```
.omatoimi/
  jars/           Apache Kafka, as pinned in kafka.lock, and its classes as Java has them once loaded, if kept
  kafka/          the node's settings and its data
  postgres/       the server's data, or a link to where they live
  logs/           kafka.log, postgres.log, services.log, omatoimi.log
  state.json      ports, running processes, addresses; no secrets
  secrets.json    generated passwords, readable by the owner alone
  keys.json       API keys of the channels, readable by the owner alone
  mail/           mails that would have been sent
  lock            held while the system runs
```
"""

import fcntl
import json
import os
import random
import secrets
import shutil
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from omatoimi_platform.errors import PlatformError

CHECKOUT = Path(__file__).resolve().parents[3]

# Below the range the kernel gives to outgoing connections: a client that keeps knocking at a dead server
# on loopback could otherwise be given that server's port as its own, and the server could not come back.
PORTS = range(10_000, 32_000)
_given: set[int] = set()
"""The ports that this process gave: somebody is about to listen there, though nobody does yet."""


@dataclass(frozen=True)
class Home:
    """Where things stand. `jars` may be shared between homes, since its content is pinned."""

    root: Path
    jars: Path

    @property
    def kafka(self) -> Path:
        return self.root / "kafka"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def keys(self) -> Path:
        return self.root / "keys.json"

    @property
    def mail(self) -> Path:
        return self.root / "mail"


@dataclass
class RunState:
    """What `state.json` remembers. Only the holder of the lock writes it.

    `phase` is `stopped`, `starting`, `ready` or `stopping`; `processes` maps a part's name to its pid and
    its identity (see `processes.identity`), so that a later process with the same number is left alone.
    """

    phase: str = "stopped"
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, tuple[int, str]] = field(default_factory=dict)
    addresses: dict[str, Any] = field(default_factory=dict)


def home() -> Home:
    """Return the home of this checkout, or the one `OMATOIMI_HOME` names."""
    root = Path(os.environ.get("OMATOIMI_HOME") or CHECKOUT / ".omatoimi").expanduser().absolute()
    return Home(root, root / "jars")


def prepare(home: Home) -> None:
    """Make the folders that are missing. Raises OSError when the place may not be written."""
    with suppress(FileExistsError):  # it was there, or somebody else makes it at the same moment
        home.root.mkdir(parents=True)
        # PostgreSQL may run as another user, who has to pass here whatever the umask says.
        home.root.chmod(0o711)
    for folder in (home.jars, home.kafka, home.postgres, home.logs):
        if not folder.is_symlink():  # to data that live elsewhere (see `unprivileged`), or did
            folder.mkdir(parents=True, exist_ok=True)
    home.kafka.chmod(0o700)
    home.logs.chmod(0o700)


def delete_data(home: Home) -> None:
    """Delete what both servers keep, wherever that is, and the mails. The home must be held."""
    if home.postgres.is_symlink():
        if home.postgres.exists():
            shutil.rmtree(home.postgres.readlink())
        home.postgres.unlink()
    for folder in (home.kafka, home.postgres, home.mail):
        if folder.exists():
            shutil.rmtree(folder)


@contextmanager
def hold(home: Home) -> Iterator[None]:
    """Hold the home, so that two starts never work on the same data. Raises PlatformError when it is held."""
    prepare(home)
    with (home.root / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise already_runs(home) from None
        yield


def is_held(home: Home) -> bool:
    """Tell whether somebody runs on this home right now."""
    try:
        with (home.root / "lock").open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def already_runs(home: Home) -> PlatformError:
    """Return the sentence for a second start."""
    url = load(home).addresses.get("url")
    where = f"at {url}" if url else f"on {home.root} and is still starting"
    return PlatformError(f"Omatoimi already runs {where}: use it, or stop it with: omatoimi down")


def load(home: Home) -> RunState:
    """Load what is remembered; an empty state where nothing is, or where the file is damaged (it can be made anew)."""
    try:
        return RunState(**json.loads((home.root / "state.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return RunState()


def save(home: Home, state: RunState) -> None:
    write(home.root / "state.json", json.dumps(asdict(state), indent=2), 0o644)


def remember(home: Home, name: str, process: tuple[int, str] | None) -> None:
    """Note that a part runs as this process, or that it ended (None)."""
    state = load(home)
    if process is None:
        state.processes.pop(name, None)
    else:
        state.processes[name] = process
    save(home, state)


def port(home: Home, name: str) -> int:
    """Return the port of a part: the one it had last time, or a new one when somebody else has taken that."""
    state = load(home)
    if name not in state.ports or not is_free(state.ports[name]):
        state.ports[name] = unused_port(besides=state.ports.values())
        save(home, state)
    return state.ports[name]


def unused_port(besides: Iterable[int] = ()) -> int:
    """Return a port of loopback that nobody uses now, other than these and all that were returned before."""
    taken = _given.union(besides)
    found = next(p for p in random.SystemRandom().sample(PORTS, len(PORTS)) if p not in taken and is_free(p))
    _given.add(found)
    return found


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this port of loopback now."""
    with socket.socket() as probe:
        # As servers do: connections of an earlier server that wait for their end do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def secret(home: Home, name: str) -> str:
    """Return the generated password of this name (256 bits), made at its first use. `home` must be held by the
    caller."""
    path = home.root / "secrets.json"
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    if name not in known:
        known[name] = secrets.token_urlsafe(32)
        write(path, json.dumps(known, indent=2), 0o600)
    return known[name]


def write(path: Path, text: str, mode: int) -> None:
    """Replace a file as a whole: a reader, or a start after a crash or a full disk, finds the old or the new one."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
