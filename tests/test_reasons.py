"""Every no has its words: what a handler may answer is named beside it, said in three languages, and really given.

That a handler gives nothing else holds the chassis (`test_emissions.py`).
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from chassis.pages import HERE, LANGUAGES, words_of
from chassis.service import REASONS_OF_ALL, Service
from chassis.settings import Settings
from omatoimi.services import MAKERS
from omatoimi_contracts.booking import BookingRefused

SERVICES = [make(Settings()) for make in MAKERS.values()]
OF_ALL = {code for codes in REASONS_OF_ALL.values() for code in codes}


def named(service: Service) -> set[str]:
    """The codes that the handlers of a service name."""
    acts = service.handlers.handlers.values()
    return {code for act in acts for codes in act.reasons.values() for code in codes}


def said(folder: Path, language: str) -> set[str]:
    return {key.removeprefix("reasons.") for key in words_of(folder, language) if key.startswith("reasons.")}


def given(folder: Path) -> Iterator[str]:
    """The texts in the code of a service, beside those with which handlers name their reasons."""
    for file in folder.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {id(one) for node in ast.walk(tree) if _names_reasons(node) for one in ast.walk(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in names:
                yield node.value


def _names_reasons(node: ast.AST) -> bool:
    """Whether it is `reasons=…` in a registration, or a constant that is only named there."""
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id == "UNREADABLE" for target in node.targets)
    return isinstance(node, ast.keyword) and node.arg == "reasons"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_that_a_handler_names_has_its_words_and_no_words_are_left_over(
    service: Service, language: str
) -> None:
    words, codes = said(service.migrations.parent, language), named(service)
    assert codes - words - OF_ALL == set(), f"write their words in {service.name}/locale/reasons.yaml"
    assert words - codes - OF_ALL == set(), f"no handler of {service.name} names these any more: take their words out"
    assert all(said and "{" not in said for said in service.words[language].values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_every_request_may_be_told_has_its_words(language: str) -> None:
    assert said(HERE, language) == OF_ALL


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_reason_that_a_handler_names_is_given_somewhere(service: Service) -> None:
    assert named(service) - set(given(service.migrations.parent)) - OF_ALL == set()


def test_every_rule_that_refuses_a_booking_is_a_reason_with_words() -> None:
    known = BookingRefused.model_json_schema()["properties"]["rule"]["x-known-values"]
    (act,) = [
        act for service in SERVICES for act in service.handlers.handlers.values() if BookingRefused in act.statuses
    ]
    assert set(known) <= {code for codes in act.reasons.values() for code in codes}
