"""Make `.venv` from requirements.lock and pyproject.toml, unless it is made from them already.

Run as `python3 deploy/install.py`, or with the word `dev` for what tests and checks need too; `make` does.
Needs nothing but Python 3.11 or later with its `venv` module. It is read by older ones as well, to say so.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
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
    """Whether the environment is there and whole: its Python may have been removed, or it may be half made."""
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
    """Run pip quietly, counting on one line what it has looked at."""
    command = [str(PYTHON), "-m", "pip", "install", "--no-deps", "--disable-pip-version-check", "--no-input"]
    environment = dict(os.environ, PYTHONUNBUFFERED="1")
    pip = subprocess.Popen(  # noqa: S603
        command + what, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=str(CHECKOUT)
    )
    said, seen = [], 0
    terminal = sys.stdout.isatty()
    end = "\r" if terminal else "\n"
    for line in pip.stdout or ():
        said.append(line)
        if line.startswith(("Collecting", "Requirement already", "Obtaining", "Ignoring")):
            seen += 1
            if terminal or seen % 20 == 0:
                print(f"  {seen} of {packages} packages", end=end, flush=True)
        elif line.startswith("Installing collected") and packages > 1:
            print("  installing".ljust(24), end=end, flush=True)
    if pip.wait():
        fail(f"The packages could not be installed: {''.join(said[-4:]).strip()}")


def fail(sentence: str) -> NoReturn:
    sys.exit("omatoimi: " + sentence)


if __name__ == "__main__":
    main()
