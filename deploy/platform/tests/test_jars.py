"""Apache Kafka is fetched whole or not at all, from a real repository server on loopback."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from omatoimi_platform import home as homes
from omatoimi_platform import jars
from omatoimi_platform.errors import PlatformError


class Repository:
    """Serves the pinned jars as a Maven repository does; so many answers as `cut` says break off in the middle."""

    def __init__(self, folder: Path) -> None:
        self.cut = 0
        self.asked: list[str] = []
        self.forged: set[str] = set()
        self._lock = threading.Lock()
        repository = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                with repository._lock:
                    repository.asked.append(self.path)
                    cut = repository.cut > 0
                    repository.cut -= cut
                content = b"something else" if name in repository.forged else (folder / name).read_bytes()
                self.send_response(200)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if cut else content)

            def log_message(self, format: str, *args: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/maven2"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """The lines of the lock for the ten smallest jars, so that a test has not to fetch them all."""
    folder = homes.home().jars
    jars.classpath(folder)
    smallest = sorted(jars.pinned(), key=lambda jar: (folder / jar.name).stat().st_size)[:10]
    path = tmp_path / "kafka.lock"
    path.write_text("".join(f"{jar.group}:{jar.artifact}:{jar.version} {jar.sha256}\n" for jar in smallest))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "jars"


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    made = Repository(homes.home().jars)
    monkeypatch.setenv("OMATOIMI_MAVEN", made.address)
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_all_that_is_pinned_is_fetched_once_with_progress(repository: Repository, folder: Path, lock: Path) -> None:
    steps: list[tuple[int, int]] = []
    path = jars.classpath(folder, lambda done, total: steps.append((done, total)), lock)
    assert [Path(jar).name for jar in path.split(":")] == [jar.name for jar in jars.pinned(lock)]
    assert steps == [(done, 10) for done in range(11)]
    assert f"/maven2/{jars.pinned(lock)[0].path}" in repository.asked
    repository.asked.clear()
    assert jars.classpath(folder, lock=lock) == path
    assert repository.asked == []


def test_a_half_finished_download_is_tried_again_and_never_used(
    repository: Repository, folder: Path, lock: Path
) -> None:
    folder.mkdir()
    (folder / "kafka_2.13-4.4.0.part").write_bytes(b"left by a start that was killed")
    repository.cut = 2
    jars.classpath(folder, lock=lock)
    assert not list(folder.glob("*.part"))
    assert len(repository.asked) == 12


def test_a_connection_that_breaks_again_and_again_is_named_and_what_came_is_kept(
    repository: Repository, folder: Path, lock: Path
) -> None:
    lost = Path(jars.classpath(folder, lock=lock).split(":")[4])
    lost.unlink()
    repository.cut = 3
    with pytest.raises(PlatformError, match=r"could not be fetched from .* the 9 of 10 jars that came are kept"):
        jars.classpath(folder, lock=lock)
    assert not lost.exists()
    repository.asked.clear()
    jars.classpath(folder, lock=lock)
    assert len(repository.asked) == 1


@pytest.mark.parametrize("damage", [b"", b"x" * 1000])
def test_a_damaged_jar_is_noticed_at_the_next_start_and_fetched_again(
    repository: Repository, folder: Path, lock: Path, damage: bytes
) -> None:
    whole = Path(jars.classpath(folder, lock=lock).split(":")[7])
    content = whole.read_bytes()
    whole.write_bytes(damage)
    repository.asked.clear()
    jars.classpath(folder, lock=lock)
    assert whole.read_bytes() == content
    assert len(repository.asked) == 1


def test_a_jar_that_is_not_the_pinned_one_is_refused(repository: Repository, folder: Path, lock: Path) -> None:
    forged = jars.pinned(lock)[3]
    repository.forged.add(forged.name)
    with pytest.raises(PlatformError, match=f"{forged.name} from .* is not the file that kafka.lock pins"):
        jars.classpath(folder, lock=lock)
    assert not (folder / forged.name).exists()


def test_two_starts_at_once_fetch_each_jar_once(repository: Repository, folder: Path, lock: Path) -> None:
    starts = [threading.Thread(target=jars.classpath, args=(folder,), kwargs={"lock": lock}) for _ in range(2)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert sorted(repository.asked) == sorted(f"/maven2/{jar.path}" for jar in jars.pinned(lock))


def test_the_lock_pins_46_jars_by_their_sha256() -> None:
    assert len({jar.name for jar in jars.pinned()}) == 46
    assert all(len(jar.sha256) == 64 for jar in jars.pinned())
