"""The table of mutants stays usable: what it takes out is there, the tests that it names are there, and what is tried
is the copy and nothing else."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants import ROOT, Mutant, mutants, mutated, scratch


def test_each_mutant_is_of_a_line_that_is_there_and_still_parses() -> None:
    for mutant in mutants():
        text = mutated(mutant)
        if mutant.path.suffix == ".py":
            ast.parse(text)


WRITTEN = """class A:
    def ask(self, a, b):
        return tell(a, b)

    async def answer(self, a, b):
        if a:
            await tell(a, b)
"""
BROKEN_ANEW = """async def tell(a, b): ...
class A:
    async def answer(
        self, a, b
    ):
        if a:
            if b:
                await tell(
                    a,
                    b,
                )
    def ask(self, a, b):
        return tell(a, b)
"""


@pytest.mark.parametrize("text", [WRITTEN, BROKEN_ANEW])
def test_a_line_is_found_in_its_function_however_it_is_broken_and_wherever_it_moved(text: str, tmp_path: Path) -> None:
    file = tmp_path / "services/a/a/a.py"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    mutant = Mutant("a", "", "a.py", "await tell(a, b)", "for _ in a:\n    pass", "", "A.answer")
    body = ast.unparse(ast.parse(mutated(mutant, tmp_path)))
    assert "for _ in a:" in body
    assert "await" not in body
    assert "return tell(a, b)" in body
    for where in ("A", "A.ask", "A.reply", ""):
        with pytest.raises(ValueError, match=r"once in|there is no A\.reply|add where"):
            mutated(mutant._replace(where=where, old="tell(" if where == "A" else mutant.old), tmp_path)


def test_each_mutant_has_a_guarantee_in_words_and_names_a_test_that_is_there() -> None:
    for mutant in mutants():
        file, _, test = mutant.test_path.partition("::")
        assert f"def {test.partition('[')[0]}(" in (ROOT / file).read_text(encoding="utf-8"), mutant.test
        assert " " in mutant.guarantee


def test_every_service_and_the_chassis_have_mutants_and_none_is_there_twice() -> None:
    assert set(Counter(mutant.service for mutant in mutants())) == {
        "chassis", "booking", "notices", "decisions", "analytics", "people", "web",
    }  # fmt: skip
    assert len(set(mutants())) == len(mutants())


def test_a_process_and_its_children_import_the_copy_and_tell_of_the_mutant() -> None:
    """However a package is installed: the copy comes first."""
    services = ["chassis", "booking", "notices", "decisions", "analytics", "people", "web"]
    packages = ["omatoimi_contracts", *services, "omatoimi_platform", "omatoimi_example", "omatoimi"]
    where = f"import {', '.join(packages)}; print(*(m.__file__ for m in ({', '.join(packages)})))"
    child = [sys.executable, "-c", where]
    parent = [sys.executable, "-P", "-c", f"import subprocess; print(subprocess.check_output({child!r}, text=True))"]
    with scratch() as copy:
        for command in (child, parent):
            told = subprocess.run(command, env=copy.environment, capture_output=True, text=True, check=True)
            assert len(found := told.stdout.split()) == len(packages)
            assert all(file.startswith(str(copy.checkout)) for file in found)
        one = next(mutant for mutant in mutants() if mutant.file == "inbox.py")
        with copy.applied(one):
            assert not copy.imported
            subprocess.run([sys.executable, "-c", "import chassis.inbox"], env=copy.environment, check=True)
            assert copy.imported
        assert (copy.checkout / one.path).read_text() == (ROOT / one.path).read_text()
