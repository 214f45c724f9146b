"""Make `.venv` from requirements.lock and pyproject.toml, unless it is made from them already.

Run as `python3 deploy/install.py`, or with the word `dev` for what tests and checks need too; `make` does.
Needs nothing but Python 3.11 or later with its `venv` module. It is read by older ones as well, to say so.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import NoReturn

CHECKOUT = Path(__file__).resolve().parents[1]
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
MADE_FROM = VENV / "made-from"
LOCKS = {"run": CHECKOUT / "requirements.lock", "dev": CHECKOUT / "requirements-dev.lock"}
"""What a venv holds: what runs, or tests and checks as well."""


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - to be said by the very Python that is too old
        this = ".".join(str(number) for number in sys.version_info[:3])
        fail(f"Omatoimi needs Python 3.11 or later, this is {this}: name another, as in make PYTHON=python3.12 run")
    what = "dev" if "dev" in sys.argv[1:] else "run"
    if works() and MADE_FROM.exists() and fingerprint(what) in MADE_FROM.read_text().splitlines():
        return
    print("Setting up .venv", flush=True)
    if not works():
        make()
    lock = LOCKS[what].read_text()
    packages = sum(1 for line in lock.splitlines() if "==" in line and not line.startswith(" "))
    install(["--require-hashes", "-r", str(LOCKS[what])], packages)
    install(["--no-build-isolation", "--editable", str(CHECKOUT)], 1)
    # What tests need holds what runs, at the same versions.
    held = ("run", "dev") if what == "dev" else ("run",)
    MADE_FROM.write_text("\n".join(fingerprint(one) for one in held))


def fingerprint(what: str) -> str:
    files = (LOCKS[what], CHECKOUT / "pyproject.toml")
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def works() -> bool:
    """Tell whether the environment is there and whole: its Python may have been removed, or it may be half made."""
    try:
        return subprocess.call([str(PYTHON), "-c", "import pip"], stderr=subprocess.DEVNULL) == 0  # noqa: S603
    except OSError:
        return False


def make() -> None:
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        if "ensurepip" in done.stdout + done.stderr or "No module named venv" in done.stderr:
            fail("Python's venv module is missing: install it (on Debian and Ubuntu: apt install python3-venv).")
        fail(f"{VENV} could not be made: {said[-1] if said else 'no reason given'}")


def install(what: list[str], packages: int) -> None:
    """Run pip quietly, counting on one line what it has looked at, and then what it has installed."""
    command = [str(PYTHON), "-m", "pip", "install", "--no-deps", "--disable-pip-version-check", "--no-input"]
    environment = dict(os.environ, PYTHONUNBUFFERED="1")
    pip = subprocess.Popen(  # noqa: S603
        command + what, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=str(CHECKOUT)
    )
    said, seen = [], 0
    installed = threading.Event()
    counting = threading.Thread(target=count_installed, args=(packages, installed), daemon=True)
    for line in pip.stdout or ():
        said.append(line)
        if line.startswith(("Collecting", "Requirement already", "Obtaining", "Ignoring")):
            seen += 1
            if sys.stdout.isatty() or seen % 20 == 0:
                tell(f"{seen} of {packages} packages")
        elif line.startswith("Installing collected") and packages > 1:
            # Here pip says nothing more until all is done: minutes, on a slow machine.
            counting.start()
    failed = pip.wait()
    installed.set()
    if counting.ident is not None:
        counting.join()
    if failed:
        fail(f"The packages could not be installed: {''.join(said[-4:]).strip()}")


def count_installed(packages: int, done: threading.Event, every: float = 5.0) -> None:
    """Tell how many packages are installed, by the folders in which pip leaves what it knows of each."""
    site = next(iter(VENV.glob("lib/python3*/site-packages")), VENV)
    told = -1
    while not done.wait(0.5 if sys.stdout.isatty() else every):
        count = sum(1 for _ in site.glob("*.dist-info"))
        if count != told:
            tell(f"installing: {min(count, packages)} of {packages}")
            told = count


def tell(progress: str) -> None:
    print(f"  {progress}".ljust(32), end="\r" if sys.stdout.isatty() else "\n", flush=True)


def fail(sentence: str) -> NoReturn:
    sys.exit("omatoimi: " + sentence)


if __name__ == "__main__":
    main()
