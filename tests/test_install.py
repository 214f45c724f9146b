"""Whoever waits while packages are installed sees that they are."""

import importlib.util
import threading
from pathlib import Path
from queue import Queue
from types import ModuleType

import pytest

from tests.mutants import ROOT


@pytest.fixture
def install() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", ROOT / "deploy" / "install.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_what_pip_has_installed_is_counted_while_it_says_nothing(
    install: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    told: Queue[str] = Queue()
    monkeypatch.setattr(install, "VENV", tmp_path)
    monkeypatch.setattr(install, "tell", told.put)
    done = threading.Event()
    counting = threading.Thread(target=install.count_installed, args=(3, done, 0.01))
    counting.start()
    try:
        for number in range(3):
            assert told.get(timeout=300) == f"installing: {number} of 3"
            (site / f"package{number}-1.0.dist-info").mkdir()
    finally:
        done.set()
        counting.join()
