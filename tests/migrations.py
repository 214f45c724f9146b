"""The gate of migrations: numbers without a gap, and no file changes once it is in main.

python -m tests.migrations          one sentence for each fault
python -m tests.migrations --add    first writes the line of each new file into tests/migrations.sha256

A service refuses a changed file where it was applied before (chassis.migrations); that is too late, and nothing that
begins with an empty database ever sees it. Two branches that take one number meet at the same line of that file.
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
KNOWN = Path("tests", "migrations.sha256")
"""What `sha256sum` writes, so that `sha256sum -c` reads it too."""


def _files(root: Path) -> list[Path]:
    return sorted(path.relative_to(root) for path in root.glob("services/*/*/migrations/*.sql"))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _known(root: Path) -> dict[Path, str]:
    lines = (line.split(maxsplit=1) for line in (root / KNOWN).read_text(encoding="utf-8").splitlines())
    return {Path(path): digest for digest, path in lines}


def add(root: Path) -> None:
    """Write the lines of new files; those that are there stay as they are."""
    known = {path: _digest(root / path) for path in _files(root)} | _known(root)
    lines = (f"{digest}  {path.as_posix()}\n" for path, digest in sorted(known.items()))
    (root / KNOWN).write_text("".join(lines), encoding="utf-8")


def faults(root: Path) -> Iterator[str]:
    """Yield one sentence for each file that is out of its turn, changed, gone or not yet known."""
    files, known = _files(root), _known(root)
    for folder in sorted({path.parent for path in files}):
        numbers = [path.name[:4] for path in files if path.parent == folder]
        expected = [f"{number:04d}" for number in range(1, len(numbers) + 1)]
        for number, turn in zip(numbers, expected, strict=True):
            if number != turn:
                yield f"{folder}: {number} stands where {turn} should: number what is not in main yet after what is"
                break
    for path in files:
        if path not in known:
            yield f"{path} is not known: run python -m tests.migrations --add, and commit {KNOWN}"
        elif known[path] != _digest(root / path):
            yield f"{path} changed after it was in main: put it back, and write a new file that changes what it made"
    for path in sorted(known.keys() - set(files)):
        yield f"{path} is gone: databases know it by its name; put it back"


def main(arguments: list[str]) -> int:
    """Tell the faults; the exit code is 1 when there are any."""
    if arguments == ["--add"]:
        add(ROOT)
    elif arguments:
        print(__doc__, file=sys.stderr)
        return 2
    sentences = list(faults(ROOT))
    print(*sentences, sep="\n", end="\n" if sentences else "")
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
