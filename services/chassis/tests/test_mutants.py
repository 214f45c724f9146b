"""The table of mutants stays usable: what it takes out is there, and the tests that it names are there."""

import ast

from .mutants import HERE, PACKAGE, mutants, mutated


def test_each_mutant_is_of_a_line_that_is_there_and_still_parses() -> None:
    for mutant in mutants():
        ast.parse(mutated(mutant, PACKAGE))


def test_each_mutant_names_a_test_that_is_there() -> None:
    for mutant in mutants():
        file, _, test = mutant.test.partition("::")
        assert f"def {test.partition('[')[0]}(" in (HERE / file).read_text(encoding="utf-8"), mutant.test
