"""No page is forgotten: each that a service has is looked at, and the menu leads to pages that there are."""

from collections.abc import Iterator

import pytest
from chassis.pages import LANGUAGES, WEB, Pages, menu, words_of
from chassis.settings import Settings
from fastapi.routing import APIRoute
from omatoimi.services import MAKERS

from tests.browser.pages import MENU, PAGES
from tests.browser.test_words import CHECKOUT

LOOKED_AT = {page.address.partition("?")[0] for page in PAGES if page.status == 200}


def pages() -> Iterator[tuple[str, APIRoute]]:
    for name, make in MAKERS.items():
        router = make(Settings()).pages
        for route in router.routes if router is not None else ():
            # What stands below /v1/ is data.
            if isinstance(route, APIRoute) and not route.path.startswith("/v1/"):
                yield name, route


@pytest.mark.parametrize(("service", "route"), list(pages()), ids=lambda one: getattr(one, "path", one))
def test_every_page_is_looked_at(service: str, route: APIRoute) -> None:
    """A page that is not in `pages.py` passes no check of this folder."""
    below = [address.removeprefix(f"/{service}") for address in LOOKED_AT if address.startswith(f"/{service}/")]
    assert any(route.path_regex.match(address) for address in below), f"add it to tests/browser/pages.py: {route.path}"


def test_the_menu_leads_to_pages_that_are_looked_at() -> None:
    assert {entry.address for entry in menu()} <= LOOKED_AT


@pytest.mark.parametrize("service", [WEB, *(name for name, make in MAKERS.items() if make(Settings()).pages)])
def test_a_service_has_only_entries_of_its_own_in_the_menu(service: str) -> None:
    folder = CHECKOUT / "services" / service / service
    own = [entry for entry in menu() if entry.key in words_of(folder, "fi")]
    if service != WEB:
        assert all(entry.address.startswith(f"/{service}/") for entry in own)


def test_the_menu_is_what_residents_do() -> None:
    assert tuple(entry.address for entry in menu()) == MENU, "add it to MENU in tests/browser/pages.py"


def test_every_entry_of_the_menu_has_its_word_on_the_pages_of_every_service() -> None:
    for service in (WEB, *MAKERS):
        words = Pages(CHECKOUT / "services" / service / service).words
        assert all(words[language][entry.key] for language in LANGUAGES for entry in menu())
