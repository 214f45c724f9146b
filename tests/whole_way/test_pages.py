"""The pages of a city are in its languages, and of no other city."""

import re
from html import unescape

import pytest

from tests.whole_way.cities import HELSINKI, ST_JOHNS
from tests.whole_way.conftest import Lived, System

SPOKEN = {"fi": "ei juuri nyt vastaa", "sv": "svarar inte just nu", "en": "does not answer"}
"""How each language says that a part is not there."""
PAGES = ("/", "/try", "/contract/", "/booking/", "/notices/", "/decisions/", "/decisions/search?q=x", "/analytics/")


def _links(text: str) -> set[str]:
    return {unescape(link) for link in re.findall(r'(?:href|src)="([^"#]+)', text)}


async def test_the_start_page_leads_to_everything_in_each_language(lived: Lived) -> None:
    """No part of it says that it does not answer, and each of its links leads somewhere, on this machine."""
    for language in lived.system.city.languages:
        page = await lived.endpoints.http.get(f"{lived.endpoints.url}/", params={"lang": language})
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text
        assert SPOKEN[language] not in page.text
        links = _links(page.text)
        assert all(link.startswith("/") for link in links)
        for link in sorted(links):
            led = await lived.endpoints.http.get(lived.endpoints.url + link, follow_redirects=True)
            assert led.status_code == 200, link
    nothing = await lived.endpoints.http.get(f"{lived.endpoints.url}/nothing")
    assert nothing.json()["detail"] == "There is nothing at this address."
    assert nothing.headers["content-type"] == "application/problem+json"


async def test_a_wrong_address_is_a_page_for_people_and_a_problem_for_programs(system: System) -> None:
    spoken = "sv" if "sv" in system.city.languages else system.city.languages[0]
    for path in ("/nothing", "/booking/nothing", "/analytics/metrics/M99", "/analytics/?from=x"):
        page = await system.endpoints.http.get(
            system.endpoints.url + path, headers={"Accept": "text/html", "Accept-Language": "sv"}
        )
        assert page.status_code in (404, 422)
        assert f'<html lang="{spoken}">' in page.text
        problem = await system.endpoints.http.get(system.endpoints.url + path)
        assert problem.json()["status"] == page.status_code


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_offers_the_citys_languages_and_answers_in_one(lived: Lived, path: str) -> None:
    offered = lived.system.city.languages
    for asked in ("fi", "sv", "en"):
        page = await lived.endpoints.http.get(lived.endpoints.url + path, params={"lang": asked})
        assert page.status_code == (200 if asked in offered else 422)
        assert asked not in offered or f'<html lang="{asked}">' in page.text
        assert set(re.findall(r"[?&;]lang=(\w+)", page.text)) <= set(offered)
        assert set(re.findall(r'hreflang="(\w+)"', page.text)) <= set(offered)


@pytest.mark.parametrize(
    "path",
    [
        "notices/v1/notices",
        "notices/v1/feed.json",
        "notices/v1/feed.atom",
        "decisions/v1/decisions",
        "decisions/v1/cases",
        "decisions/v1/search",
        "analytics/v1/figures",
        "analytics/v1/report.html",
        "booking/v1/today",
    ],
)
async def test_an_api_refuses_a_language_that_the_city_has_not(lived: Lived, path: str) -> None:
    more = {"q": "x"} if path.endswith("search") else {}
    for asked in ("fi", "sv", "en", "xx"):
        answer = await lived.endpoints.http.get(f"{lived.endpoints.url}/{path}", params={"lang": asked, **more})
        if asked in lived.system.city.languages:
            assert answer.status_code == 200, answer.text
        else:
            assert answer.status_code == 422, answer.text
            assert f"There is no language '{asked}' here; there are" in answer.json()["detail"]


@pytest.mark.parametrize("city", [ST_JOHNS], indirect=True, ids=str)
async def test_no_page_speaks_of_another_city(lived: Lived) -> None:
    """Of all that the pages lead to, in each language: neither its name, nor its districts, nor its clock. What a
    record of the city says is its own affair, what a metric was taken from is told; the contract has the
    examples of the installation that comes with it, for everybody."""
    theirs = re.compile(r"helsin|vallila|vallgård|stadin", re.IGNORECASE)
    for language in lived.system.city.languages:
        seen, ahead = set[str](), [f"{path}{'&' if '?' in path else '?'}lang={language}" for path in PAGES]
        while ahead:
            path = ahead.pop()
            if path in seen or len(seen) > 150:
                continue
            seen.add(path)
            page = await lived.endpoints.http.get(lived.endpoints.url + path)
            if not page.headers.get("content-type", "").startswith("text/html"):
                continue
            if path.startswith("/contract/"):
                continue
            text = re.sub(r"Vallilan puisto, tontti 22585/4|Helsinki strategy|Helsingin strategia", "", page.text)
            found = theirs.search(text)
            assert not found, f"{path}: {text[max(0, found.start() - 200) : found.end() + 100]}"
            ahead += [link for link in _links(page.text) if link.startswith("/") and f"lang={language}" in link]
        assert len(seen) > 20


@pytest.mark.parametrize("city", [HELSINKI], indirect=True, ids=str)
async def test_helsinki_begins_with_the_decision_that_all_stands_on(lived: Lived) -> None:
    page = await lived.endpoints.http.get(f"{lived.endpoints.url}/", params={"lang": "fi"})
    assert "Kirjasto asukkaiden toiminnan tukena" in page.text
