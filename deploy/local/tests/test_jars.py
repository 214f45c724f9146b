"""Apache Kafka is fetched whole or not at all, from a real repository server on loopback."""

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from omatoimi import home as homes
from omatoimi import jars
from omatoimi.trouble import Trouble


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
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    folder = homes.home().jars
    jars.classpath(folder)
    made = Repository(folder)
    monkeypatch.setenv("OMATOIMI_MAVEN", made.address)
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_all_that_is_pinned_is_fetched_once_with_progress(repository: Repository, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    path = jars.classpath(tmp_path, lambda done, total: steps.append((done, total)))
    assert [Path(jar).name for jar in path.split(":")] == [jar.name for jar in jars.pinned()]
    assert steps == [(done, 46) for done in range(47)]
    assert f"/maven2/{jars.pinned()[0].path}" in repository.asked
    repository.asked.clear()
    assert jars.classpath(tmp_path) == path
    assert repository.asked == []


def test_a_half_finished_download_is_tried_again_and_never_used(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "kafka_2.13-4.4.0.part").write_bytes(b"left by a start that was killed")
    repository.cut = 2
    jars.classpath(tmp_path)
    assert not list(tmp_path.glob("*.part"))
    assert len(repository.asked) == 48


def test_a_connection_that_breaks_again_and_again_is_named_and_what_came_is_kept(
    repository: Repository, tmp_path: Path
) -> None:
    jars.classpath(tmp_path)
    largest = max(tmp_path.glob("*.jar"), key=lambda jar: jar.stat().st_size)
    largest.unlink()
    repository.cut = 3
    with pytest.raises(Trouble, match=r"could not be fetched from .* the 45 of 46 jars that came are kept"):
        jars.classpath(tmp_path)
    assert not largest.exists()
    repository.asked.clear()
    jars.classpath(tmp_path)
    assert len(repository.asked) == 1


@pytest.mark.parametrize("damage", [b"", b"x" * 1000])
def test_a_damaged_jar_is_noticed_at_the_next_start_and_fetched_again(
    repository: Repository, tmp_path: Path, damage: bytes
) -> None:
    whole = Path(jars.classpath(tmp_path).split(":")[7])
    content = whole.read_bytes()
    whole.write_bytes(damage)
    repository.asked.clear()
    jars.classpath(tmp_path)
    assert whole.read_bytes() == content
    assert len(repository.asked) == 1


def test_a_jar_that_is_not_the_pinned_one_is_refused(repository: Repository, tmp_path: Path) -> None:
    forged = jars.pinned()[3]
    repository.forged.add(forged.name)
    with pytest.raises(Trouble, match=f"{forged.name} from .* is not the file that kafka.lock pins"):
        jars.classpath(tmp_path)
    assert not (tmp_path / forged.name).exists()


def test_two_starts_at_once_fetch_each_jar_once(repository: Repository, tmp_path: Path) -> None:
    starts = [threading.Thread(target=jars.classpath, args=(tmp_path,)) for _ in range(2)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert sorted(repository.asked) == sorted(f"/maven2/{jar.path}" for jar in jars.pinned())
    shutil.rmtree(tmp_path)
