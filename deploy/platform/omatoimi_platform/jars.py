"""Apache Kafka as pinned in `kafka.lock`: fetched in parallel once, verified at every start."""

import fcntl
import hashlib
import http.client
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from omatoimi_platform.errors import PlatformError

LOCK = Path(__file__).resolve().parents[1] / "kafka.lock"

Progress = Callable[[int, int], None]
"""Called with how many jars are there and how many there must be, each time one more was fetched."""


@dataclass(frozen=True)
class Jar:
    """One artefact of a Maven repository and the SHA-256 of its file, in hexadecimal digits."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    @property
    def path(self) -> str:
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.name}"


def pinned(lock: Path = LOCK) -> list[Jar]:
    """Tell what the lock names, a line each: `group:artifact:version sha256`."""
    jars = []
    for line in lock.read_text().splitlines():
        coordinates, sha256 = line.split()
        group, artifact, version = coordinates.split(":")
        jars.append(Jar(group, artifact, version, sha256))
    return jars


def repository() -> str:
    """Return the address of the Maven repository: `OMATOIMI_MAVEN`, or the one that jgo knows."""
    if address := os.environ.get("OMATOIMI_MAVEN"):
        return address.rstrip("/")
    from jgo.constants import MAVEN_CENTRAL_URL

    return str(MAVEN_CENTRAL_URL)


def classpath(folder: Path, progress: Progress = lambda _done, _total: None, lock: Path = LOCK) -> str:
    """Return Java's class path of all pinned jars in `folder`, after fetching what is missing there or damaged.

    Blocks; needs the network only for what is missing. Raises PlatformError when a jar cannot be had.
    """
    jars = pinned(lock)
    with ThreadPoolExecutor(8) as threads:
        there = list(threads.map(lambda jar: _is_whole(folder / jar.name, jar), jars))
        if missing := [jar for jar, whole in zip(jars, there, strict=True) if not whole]:
            _fetch_all(missing, folder, progress, len(jars), threads)
    return ":".join(str(folder / jar.name) for jar in jars)


def _is_whole(path: Path, jar: Jar) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256


def _fetch_all(missing: list[Jar], folder: Path, progress: Progress, total: int, threads: ThreadPoolExecutor) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    base = repository()
    # One fetches, whoever else starts now waits here and then finds everything.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for half in folder.glob("*.part"):
            half.unlink()
        done = total - len(missing)
        progress(done, total)
        fetches = [threads.submit(_fetch, jar, folder, base) for jar in missing]
        try:
            for fetch in as_completed(fetches):
                fetch.result()
                done += 1
                progress(done, total)
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
            have = sum((folder / jar.name).exists() for jar in missing) + total - len(missing)
            raise PlatformError(
                f"Apache Kafka could not be fetched from {base} ({getattr(error, 'reason', error)}): check the network "
                f"(a proxy is read from HTTPS_PROXY) or name a mirror in OMATOIMI_MAVEN, then start again; "
                f"the {have} of {total} jars that came are kept."
            ) from error
        finally:
            for fetch in fetches:
                fetch.cancel()


def _fetch(jar: Jar, folder: Path, base: str, tries: int = 3) -> None:
    path = folder / jar.name
    if _is_whole(path, jar):
        return
    for left in reversed(range(tries)):
        try:
            content = _get(f"{base}/{jar.path}")
            break
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError):
            if not left:
                raise
    if (got := hashlib.sha256(content).hexdigest()) != jar.sha256:
        raise PlatformError(
            f"{jar.name} from {base} is not the file that kafka.lock pins (SHA-256 {got[:12]}… instead of "
            f"{jar.sha256[:12]}…): nothing of it was kept; use another mirror with OMATOIMI_MAVEN."
        )
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)


def _get(url: str) -> bytes:
    import certifi

    # Both the machine's own authorities (a company's proxy) and certifi's (a bare machine has none).
    trust = ssl.create_default_context()
    trust.load_verify_locations(certifi.where())
    with urllib.request.urlopen(url, timeout=30, context=trust) as response:  # noqa: S310 - the address is the operator's
        content: bytes = response.read()
    return content
