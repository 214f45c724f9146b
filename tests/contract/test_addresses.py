"""The addresses of the services stay: what a channel or a reader once found is where it was, and takes what it took.

`addresses.json` is what was there when acts began to be declared beside their handlers. New addresses may come without
a word here; none of these may go.
"""

import json
from pathlib import Path

import pytest
from chassis.http import app
from chassis.service import Service
from chassis.settings import Settings
from omatoimi.services import MAKERS
from omatoimi_contracts.catalogue import REQUESTS

PROMISED: dict[str, list[str]] = json.loads(Path(__file__).with_name("addresses.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def services() -> list[Service]:
    return [make(Settings()) for make in MAKERS.values()]


def documented(service: Service) -> dict[str, list[str]]:
    """Each address that a service documents, and the parameters that it takes."""
    return {
        f"{method.upper()} /{service.name}{path}": [
            f"{one['in']} {one['name']}{' required' if one.get('required') else ''}"
            for one in act.get("parameters", ())
        ]
        for path, acts in app(service).openapi()["paths"].items()
        for method, act in acts.items()
    }


def test_every_address_stands_where_it_stood_and_takes_what_it_took(services: list[Service]) -> None:
    there = {address: told for service in services for address, told in documented(service).items()}
    assert PROMISED.keys() <= there.keys()
    for address, promised in PROMISED.items():
        assert set(promised) <= set(there[address]), address
        required = {one for one in there[address] if one.endswith(" required")}
        assert required <= set(promised), f"{address} asks for more than it did"


def test_everything_that_can_be_asked_for_has_one_address(services: list[Service]) -> None:
    """A request of the contract is taken by one service: as a resource, as an event, and as a record."""
    acts = [(act.kind.TYPE, act.path) for service in services for act in service.handlers.handlers.values() if act.may]
    assert sorted(kind for kind, _ in acts) == sorted(REQUESTS)
    assert [kind for kind, path in acts if path is None] == []


def test_the_document_tells_every_answer_that_a_request_may_have(services: list[Service]) -> None:
    for service in services:
        paths = app(service).openapi()["paths"]
        for act in (one for one in service.handlers.handlers.values() if one.may):
            answers = paths[act.path]["post"]["responses"]
            for status, codes in act.reasons.items():
                for code in codes:
                    assert f"`{code}`: {service.reason(code, 'en')[1]}" in answers[str(status)]["description"]
            for kind, status in act.statuses.items():
                assert kind.TYPE in answers[str(status)]["description"]
