"""Every act that the contract lets somebody ask for can be done on a page, or its handler says why not: `page=` and
`no_page=` stand beside each."""

from pathlib import Path

import pytest
from chassis.registry import Handler
from chassis.settings import Settings
from omatoimi.services import MAKERS
from omatoimi_contracts.catalogue import REQUESTS
from web import main
from web.settings import WebSettings

from tests.kits.web import pages_of

WEB = Path(main.__file__).parent
SERVICES = [make(Settings()) for make in MAKERS.values()]
ACTS: dict[str, Handler] = {
    kind: act for service in SERVICES for kind, act in service.handlers.handlers.items() if kind in REQUESTS
}


@pytest.fixture(scope="module")
def addresses() -> dict[str, set[str]]:
    """What each address of the web channel takes."""
    found: dict[str, set[str]] = {}
    for route in pages_of(main.app(main.web(WebSettings()))):
        found.setdefault(route.path, set()).update(route.methods or ())
    return found


def test_every_request_type_of_the_contract_is_handled() -> None:
    assert ACTS.keys() == REQUESTS.keys()


@pytest.mark.parametrize("kind", ACTS)
def test_every_act_names_its_page_or_says_why_it_has_none(kind: str) -> None:
    told = [one for one in (ACTS[kind].page, ACTS[kind].no_page) if one]
    assert len(told) == 1, f"{kind}: say `page=` beside its handler, where people ask for it, or `no_page=`, why none"


@pytest.mark.parametrize("kind", [kind for kind, act in ACTS.items() if act.page])
def test_its_page_shows_a_form_takes_it_and_asks_for_that_act(addresses: dict[str, set[str]], kind: str) -> None:
    page, path = str(ACTS[kind].page), ACTS[kind].path
    assert {"GET", "POST"} <= addresses.get(page, set()), f"there is no page {page} that takes a form"
    asked = [file for file in WEB.rglob("*.py") if f'"{path}"' in file.read_text(encoding="utf-8")]
    assert asked, f"no page asks for {path}"
