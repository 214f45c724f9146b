"""The cases of attack and fault that were researched before anything was built: each has its tests (`cases.yaml`)."""

import ast
from pathlib import Path
from typing import Any

import yaml
from omatoimi_platform.home import CHECKOUT

CASES: dict[int, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))


def test_every_case_names_tests_that_are_there() -> None:
    assert sorted(CASES) == list(range(1, 26))
    for number, case in CASES.items():
        assert case["tests"], number
        for test in case["tests"]:
            file, _, name = test.partition("::")
            tree = ast.parse((CHECKOUT / file).read_text(encoding="utf-8"))
            names = {one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
            assert name in names, f"case {number}: there is no {test}"
