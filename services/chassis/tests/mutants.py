"""What each guarantee stands on (mutants.toml): taken out, the test beside it must fail.

`python -m tests.mutants [word …]` in `services/chassis` tries those whose file or test holds a word (all when none is
given), each on a copy of the package; it prints one line each and ends with 1 when a test did not notice.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "chassis"
SECONDS = 300
"""A test that takes longer has noticed."""


class Mutant(NamedTuple):
    """In `file`, `old` (which stands there once) becomes `new`; `test` fails."""

    file: str
    old: str
    new: str
    test: str


def mutants() -> list[Mutant]:
    """All of them, in the order of the table."""
    table = tomllib.loads((HERE / "mutants.toml").read_text(encoding="utf-8"))
    return [Mutant(**entry) for entry in table["mutant"]]


def mutated(mutant: Mutant, package: Path) -> str:
    """The text of the file with the guarantee taken out. Raises ValueError when the table is out of date."""
    text = (package / mutant.file).read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.file} does not hold {mutant.old!r} once")
    return text.replace(mutant.old, mutant.new)


def noticed(mutant: Mutant) -> bool:
    """Whether the test fails on a copy of the package with the guarantee taken out."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "chassis"
        shutil.copytree(PACKAGE, copy)
        (copy / mutant.file).write_text(mutated(mutant, copy), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(HERE / mutant.test)]
        with subprocess.Popen(
            command,
            cwd=HERE.parents[2],
            env=os.environ | {"PYTHONPATH": folder},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                process.terminate()  # so that it still stops its broker and its database
                process.communicate()
                return True
        if process.returncode not in (0, 1) or " error" in output.splitlines()[-1]:
            raise RuntimeError(output)
        return process.returncode == 1


def main(words: list[str]) -> int:
    survived = 0
    for mutant in mutants():
        if words and not any(word in mutant.file or word in mutant.test for word in words):
            continue
        dead = noticed(mutant)
        survived += not dead
        what = mutant.old.strip().partition("\n")[0]
        print(f"{'noticed' if dead else 'SURVIVED'}\t{mutant.file}\t{what}\t{mutant.test}", flush=True)
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
