"""What each guarantee stands on (mutants.toml): the line is taken out or turned, and the test beside it must fail.

`make mutants` tries all rows, `make mutants ARGS=--five` five that a seed chooses, `ARGS="claim quota"` those in which
one of these words stands. Each is applied to a scratch copy of the checkout. The run fails when a test does not notice,
when a row no longer fits, when what was mutated was never imported, or when a test fails without any mutant.
"""

import argparse
import ast
import asyncio
import os
import random
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, NoReturn

from omatoimi_platform import home as homes
from omatoimi_platform import platform as platforms
from omatoimi_platform import processes
from omatoimi_platform.home import Home

ROOT = Path(__file__).parents[1]
TABLE = Path(__file__).with_suffix(".toml")
PARENTS = (
    "contracts",
    *(f"services/{name}" for name in ("chassis", "booking", "notices", "decisions", "analytics", "people", "web")),
)
"""Where the packages stand that are imported from the copy, beside those of `deploy`."""
SECONDS = 300
"""A test that takes longer has noticed."""
LEFT_OUT = (".*", "__pycache__", "*.egg-info", "node_modules")


class Mutant(NamedTuple):
    """Without `guarantee` as it stands on `old` (which becomes `new`), `test` fails.

    `old` stands once within `where`, the qualified name of a function, a method, a class or a constant of `file`; how
    it is broken into lines does not matter. In a file that is no Python it stands once, and `where` is empty. The
    further lines of `new` are indented from the first. `file` is below the package of the service, `test` below its
    tests.
    """

    service: str
    guarantee: str
    file: str
    old: str
    new: str
    test: str
    where: str = ""

    @property
    def path(self) -> Path:
        return Path("services", self.service, self.service, self.file)

    @property
    def test_path(self) -> str:
        return f"services/{self.service}/tests/{self.test}"

    def __str__(self) -> str:
        return f"{self.guarantee} ({self.path})"


def mutants() -> list[Mutant]:
    """All of them, service by service in the order of the table."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return [Mutant(service, **row) for service, rows in table.items() for row in rows]


def mutated(mutant: Mutant, checkout: Path = ROOT) -> str:
    """The text of the file with the guarantee taken out. Raises ValueError when the row is out of date."""
    text = (checkout / mutant.path).read_text(encoding="utf-8")
    first, last = span(text, mutant.where) if mutant.path.suffix == ".py" else (0, len(text))
    found = list(pattern(mutant.old).finditer(text, first, last))
    if len(found) != 1:
        raise ValueError(f"{mutant.path} does not hold {mutant.old!r} once in {mutant.where or 'it'}")
    line = text[text.rfind("\n", 0, found[0].start()) + 1 :]
    indent = line[: len(line) - len(line.lstrip())]
    return text[: found[0].start()] + mutant.new.strip().replace("\n", f"\n{indent}") + text[found[0].end() :]


def span(text: str, where: str) -> tuple[int, int]:
    """Where in the source of a module that stands which has this qualified name. Raises ValueError when nothing has."""
    if not where:
        raise ValueError("the row does not say in which function it is: add where = 'Class.method'")
    node: ast.AST = ast.parse(text)
    for name in where.split("."):
        inside = (child for child in ast.walk(node) if child is not node and name in _names(child))
        node = next(inside, None) or _missing(where)
    assert isinstance(node, ast.stmt)
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
    begins = [0, *(newline.end() for newline in re.finditer("\n", text)), len(text)]
    return begins[first - 1], begins[node.end_lineno or first]


def pattern(old: str) -> re.Pattern[str]:
    """Finds these words and signs, however they are broken into lines, with or without a last comma in brackets."""
    parts = re.findall(r"\w+|[^\w\s]", re.sub(r",(\s*[)\]}])", r"\1", old))
    found = (r"(?<!\w)" if re.match(r"\w", parts[0]) else "") + re.escape(parts[0])
    for before, part in pairwise(parts):
        apart = r"\s+" if re.match(r"\w", before[-1]) and re.match(r"\w", part) else r"\s*"
        found += (r"\s*,?\s*" if part in ")]}" else apart) + re.escape(part)
    return re.compile(found + (r"(?!\w)" if re.match(r"\w", parts[-1]) else ""))


def _names(node: ast.AST) -> list[str]:
    """What a statement gives a name to."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _missing(where: str) -> NoReturn:
    raise ValueError(f"there is no {where}")


class Skipped(Exception):
    """A test needs a broker or a database server of its own, which it ends or freezes."""


class Scratch:
    """A copy of the checkout in which mutants are tried. Nothing of its packages is imported from anywhere else: the
    copy stands first on the path of each process, also of those that a test starts. `platform` holds the variables that
    name a broker and a database server for all tests but those that end or freeze theirs."""

    def __init__(self, folder: Path, platform: Mapping[str, str]) -> None:
        self._platform = platform
        self.checkout = folder / "checkout"
        self._imported = folder / "imported"
        # Links are kept as they are: one may lead out of the checkout, or nowhere.
        shutil.copytree(ROOT, self.checkout, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)

    @property
    def environment(self) -> dict[str, str]:
        paths = [
            str(self.checkout / parent) for parent in (*PARENTS, "deploy/platform", "deploy/example", "deploy/cli")
        ]
        # The jars, and the folder that PostgreSQL's own user may pass, are those of the checkout itself.
        home = os.environ.get("OMATOIMI_HOME") or str(ROOT / ".omatoimi")
        data = os.environ.get("OMATOIMI_DATA") or str(ROOT.parent / "shared" / "data")
        given = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
        return os.environ | given | {"OMATOIMI_HOME": home, "OMATOIMI_DATA": data}

    @contextmanager
    def applied(self, mutant: Mutant) -> Iterator[None]:
        """Take the guarantee out for a while. What is imported then says so: the module itself, or for another kind of
        file the package around it."""
        changed = self.checkout / mutant.path
        marked = (
            changed if changed.suffix == ".py" else changed.parents[len(Path(mutant.file).parts) - 1] / "__init__.py"
        )
        kept = {path: path.read_text(encoding="utf-8") for path in (changed, marked)}
        changed.write_text(mutated(mutant, self.checkout), encoding="utf-8")
        with marked.open("a", encoding="utf-8") as file:
            file.write(f"\nopen({str(self._imported)!r}, 'a').close()\n")
        self._imported.unlink(missing_ok=True)
        try:
            yield
        finally:
            for path, text in kept.items():
                path.write_text(text, encoding="utf-8")

    @property
    def imported(self) -> bool:
        """Whether what was mutated was imported since."""
        return self._imported.exists()

    def fails(self, *tests: str) -> bool:
        """Whether one of these tests fails. Raises RuntimeError, with what was printed, when they could not be run."""
        try:
            return self._fail(tests, self.environment | dict(self._platform))
        except Skipped:
            return self._fail(tests, self.environment)

    def _fail(self, tests: Sequence[str], environment: Mapping[str, str]) -> bool:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        with subprocess.Popen(
            command,
            cwd=self.checkout,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=SECONDS * len(tests))
            except subprocess.TimeoutExpired:
                process.terminate()  # so that it still stops its broker and its database
                process.communicate()
                return True
        last = output.rstrip().rpartition("\n")[2]
        if re.search(r"\d skipped", last) and environment != self.environment:
            raise Skipped
        if process.returncode not in (0, 1) or re.search(r"\d (error|skipped)", last):
            raise RuntimeError(output)
        return process.returncode == 1


@contextmanager
def scratch(platform: Mapping[str, str] | None = None) -> Iterator[Scratch]:
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        yield Scratch(Path(folder), platform or {})


@contextmanager
def one_platform() -> Iterator[Mapping[str, str]]:
    """A broker and a database server with empty data, and the variables that name them."""
    around = homes.home()
    home = Home(around.root / "mutants", around.jars)
    with homes.hold(home):
        processes.stop_leftovers(home)
        homes.delete_data(home)
        started = asyncio.run(platforms.start(home, lambda _part, _doing: None))
        try:
            yield {"OMATOIMI_KAFKA": started.kafka, "OMATOIMI_POSTGRES": started.postgres}
        finally:
            asyncio.run(platforms.stop(started))


def verdict(copy: Scratch, mutant: Mutant) -> str:
    """`noticed`, or what is wrong with the row."""
    try:
        with copy.applied(mutant):
            failed = copy.fails(mutant.test_path)
    except ValueError as error:
        return f"DOES NOT FIT: {error}"
    except RuntimeError as error:
        return f"COULD NOT BE RUN: {error}"
    if not copy.imported:
        return "NEVER IMPORTED"
    return "noticed" if failed else "SURVIVED"


def unsound(copy: Scratch, chosen: Sequence[Mutant]) -> list[str]:
    """The files of which a chosen test fails, or cannot be run, although nothing was taken out."""
    files: dict[str, list[str]] = {}
    for mutant in chosen:
        files.setdefault(mutant.test_path.partition("::")[0], []).append(mutant.test_path)
    found = []
    for file, tests in files.items():
        begun = time.monotonic()
        try:
            broken = copy.fails(*dict.fromkeys(tests))
        except RuntimeError as error:
            print(error)
            broken = True
        print(f"{'FAILS' if broken else 'sound'}\t{time.monotonic() - begun:.0f} s\t{file}", flush=True)
        if broken:
            found.append(file)
    return found


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("words", nargs="*", help="only rows in which one of these stands")
    parser.add_argument("--five", action="store_true", help="only five, chosen by the seed")
    parser.add_argument("--seed", default=str(secrets.randbelow(1_000_000)), help="chooses the five")
    given = parser.parse_args(arguments)
    chosen = [m for m in mutants() if not given.words or any(word in " ".join(m) for word in given.words)]
    if given.five:
        chosen = random.Random(given.seed).sample(chosen, min(5, len(chosen)))
        print(f"--five --seed {given.seed}", flush=True)
    with one_platform() as platform, scratch(platform) as copy:
        if broken := unsound(copy, chosen):
            print(f"these fail without any mutant, so they prove nothing: {', '.join(broken)}")
            return 1
        wrong = 0
        for mutant in chosen:
            begun = time.monotonic()
            told = verdict(copy, mutant)
            wrong += told != "noticed"
            print(f"{told}\t{time.monotonic() - begun:.0f} s\t{mutant}\t{mutant.test_path}", flush=True)
    print(f"{len(chosen) - wrong} of {len(chosen)} noticed")
    return 1 if wrong or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
