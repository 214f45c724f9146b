"""Whoever is refused finds in contracts/README.md what the status means and what to do then."""

import re

from chassis.settings import Settings
from omatoimi.services import MAKERS

from tests.subscriber import CONTRACTS

REFUSAL = re.compile(r"\bProblem\(\s*([45]\d\d)\b")
ROW = re.compile(r"^\| ((?:\d{3})(?:, \d{3})*) \|", re.MULTILINE)


def test_each_status_that_a_service_refuses_with_is_told() -> None:
    told = set(re.findall(r"\d{3}", " ".join(ROW.findall((CONTRACTS / "README.md").read_text("utf-8")))))
    sources = [file for file in (CONTRACTS.parent / "services").glob("*/*/**/*.py") if "tests" not in file.parts]
    given = {status for file in sources for status in REFUSAL.findall(file.read_text("utf-8"))}
    given |= {str(status) for make in MAKERS.values() for status in make(Settings()).reasons.values()}
    assert {"421", "429", "503"} <= given
    assert given <= told, f"not told: {sorted(given - told)}"


def test_who_is_told_to_come_later_is_told_of_the_header_that_says_when() -> None:
    rows = [line for line in (CONTRACTS / "README.md").read_text("utf-8").splitlines() if ROW.match(line)]
    for status in ("429", "503"):
        assert any(f" {status} " in row and "Retry-After" in row for row in rows), status
