"""Files and functions stay as long as can be read at once."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.mutants import ROOT

LINES_OF_A_FILE, LINES_OF_A_FUNCTION = 350, 50
MADE = {ROOT / "contracts" / "omatoimi_contracts" / "topics.py"}
"""Files that nobody writes: they grow with what they are made of."""


def product() -> Iterator[Path]:
    """The files that run: of every service, the contracts and what deploys them. Kits for tests (`testing`) do not."""
    for folder in ("services", "contracts", "deploy"):
        for file in (ROOT / folder).rglob("*.py"):
            if file not in MADE and not {"tests", "testing", "testing.py"} & set(file.relative_to(ROOT).parts):
                yield file


def functions(text: str) -> Iterator[tuple[str, int]]:
    """Each function with its lines, from its `def` on."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def too_long(name: str, text: str) -> Iterator[str]:
    """What is too long in a file, in words."""
    if (lines := text.count("\n")) > LINES_OF_A_FILE:
        yield f"{name} has {lines} lines: split it by what it holds"
    for function, lines in functions(text):
        if lines > LINES_OF_A_FUNCTION:
            yield f"{function} in {name} has {lines} lines: split it by what it does"


def test_no_file_and_no_function_is_longer_than_can_be_read_at_once() -> None:
    files = list(product())
    assert len(files) > 200
    assert [told for file in files for told in too_long(str(file.relative_to(ROOT)), file.read_text("utf-8"))] == []


def test_what_is_too_long_is_found() -> None:
    long = "def f() -> None:\n" + "    print()\n" * 50
    assert list(too_long("a.py", long)) == ["f in a.py has 51 lines: split it by what it does"]
    assert list(too_long("a.py", "\n" * 351)) == ["a.py has 351 lines: split it by what it holds"]
    assert list(too_long("a.py", "\n" * 350)) == []
