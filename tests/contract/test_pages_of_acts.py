"""Every act that the contract lets somebody ask for can be done on a page, or it is said here why not:
`pages_of_acts.yaml` has for each request type its page, or the reason."""

from pathlib import Path

import pytest
import yaml
from chassis.service import Service
from chassis.settings import Settings
from omatoimi.services import MAKERS
from omatoimi_contracts.catalogue import REQUESTS
from web import main
from web.settings import WebSettings

from tests.kits.web import pages_of

HERE = Path(__file__)
DECLARED: dict[str, dict[str, str]] = yaml.safe_load(HERE.with_name("pages_of_acts.yaml").read_text(encoding="utf-8"))
WEB = Path(main.__file__).parent


def methods() -> dict[str, set[str]]:
    """What each address of the web channel takes."""
    found: dict[str, set[str]] = {}
    for route in pages_of(main.app(main.web(WebSettings()))):
        found.setdefault(route.path, set()).update(route.methods or ())
    return found


@pytest.fixture(scope="module")
def addresses() -> dict[str, set[str]]:
    return methods()


@pytest.fixture(scope="module")
def paths() -> dict[str, str]:
    """Where each request type is posted."""
    services: list[Service] = [make(Settings()) for make in MAKERS.values()]
    acts = (act for service in services for act in service.handlers.handlers.values() if act.may and act.path)
    return {act.kind.TYPE: str(act.path) for act in acts}


def test_every_request_type_of_the_contract_names_its_page_or_says_why_it_has_none() -> None:
    missing = sorted(REQUESTS.keys() - DECLARED.keys())
    assert not missing, (
        f"say in tests/contract/pages_of_acts.yaml at which page it is asked for, or why none: {missing}"
    )
    assert DECLARED.keys() == REQUESTS.keys()
    for kind, told in DECLARED.items():
        assert len(told) == 1, kind
        assert set(told) <= {"page", "none"}, kind
        assert all(told.values()), kind


@pytest.mark.parametrize(("kind", "page"), [(kind, told["page"]) for kind, told in DECLARED.items() if "page" in told])
def test_its_page_shows_a_form_takes_it_and_asks_for_that_act(
    addresses: dict[str, set[str]], paths: dict[str, str], kind: str, page: str
) -> None:
    assert {"GET", "POST"} <= addresses.get(page, set()), f"there is no page {page} that takes a form"
    asked = [file for file in WEB.rglob("*.py") if f'"{paths[kind]}"' in file.read_text(encoding="utf-8")]
    assert asked, f"no page asks for {paths[kind]}"
