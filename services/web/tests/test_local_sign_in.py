"""Whoever starts the system signs in on its own pages, as one of the ready-made persons, with the role of each."""

from urllib.parse import urlsplit

import pytest
from omatoimi.installation import RunningInstallation
from omatoimi.who_are_you.persons import PERSONS, Person

from .visitor import Page, Visitor


@pytest.fixture(scope="module")
def address(installation: RunningInstallation) -> str:
    return f"http://127.0.0.1:{installation.port}"


def signed_in(browser: Visitor, person: Person, page: str = "/try?lang=en") -> Page:
    """Come to a page by way of the provider."""
    there = browser.open(f"/sign-in?next={page}&lang=en")
    (form,) = there.forms
    return browser.send(form, person=person.key)


@pytest.mark.parametrize("person", PERSONS, ids=lambda one: one.key)
def test_each_ready_made_person_signs_in_with_their_role_and_signs_out(address: str, person: Person) -> None:
    browser = Visitor(address)
    page = signed_in(browser, person)
    assert urlsplit(page.url).path == "/try"
    assert page.has(person.name)
    # Which role somebody has, people tells by the token that it gives.
    assert page.has("Desk") == bool(person.groups)
    out = next(form for form in page.forms if form.action.endswith("/sign-out?lang=en"))
    left = browser.send(out)
    assert left.has("You have signed out")
    assert not browser.open("/try?lang=en").has(person.name)
