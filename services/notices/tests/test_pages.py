"""The page for people: three languages, whole without script, nothing said that may not be."""

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from chassis.pages import LANGUAGES, words_of
from notices import language
from omatoimi_contracts import vocabulary
from omatoimi_contracts.decisions import DecisionPublished

from tests.kits.notices import House

VOID = {"meta", "link", "br", "img", "input"}


class Balanced(HTMLParser):
    """Fails on an element that is closed where it was not opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        assert not any(name.startswith("on") for name, _ in attrs)
        assert tag not in ("style", "iframe")
        assert tag != "script" or dict(attrs) == {"src": "/static/omatoimi.js", "defer": None}
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(html: str) -> Balanced:
    found = Balanced()
    found.feed(html)
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    assert found.headings[0] == 1
    assert found.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(found.headings, found.headings[1:], strict=False))
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_page_shows_events_in_their_order_notices_and_decisions(house: House, lang: str) -> None:
    staff = house.bench.staff
    await house.posted(staff, titles={"fi": "Myöhemmin"}, slot=house.slot(hours=30))
    await house.posted(staff, titles={"fi": "Pian"}, slot=house.slot(hours=6), kind="event", texts={"fi": "A\n\nB"})
    await house.posted(staff, titles={"fi": "Yleistä", "sv": "Allmänt", "en": "General"})
    await house.posted(titles={"fi": "Odottaa"})
    await house.apply(
        house.neighbours.decided(DecisionPublished, "a", 1), house.neighbours.words_of("a", 1, "Puisto", "Teksti")
    )
    answer = await house.bench.http.get("/", params={"lang": lang})
    read(answer.text)
    order = [{"fi": "Yleistä", "sv": "Allmänt", "en": "General"}[lang], "Puisto"]
    places = [answer.text.index(title) for title in ["Pian", "Myöhemmin", *order]]
    assert places == sorted(places)
    assert "Odottaa" not in answer.text
    assert f'<html lang="{lang}">' in answer.text
    assert '<link rel="stylesheet" href="/static/omatoimi.css">' in answer.text
    assert answer.headers["cache-control"] == "no-cache"


async def test_decisions_stand_by_the_day_they_were_made_whenever_we_learnt_of_them(house: House) -> None:
    """The decision of 2014 that an archive gives today is no news."""
    told = house.neighbours
    for name, day in (("new", date(2026, 11, 4)), ("old", date(2014, 5, 14)), ("middle", date(2026, 9, 29))):
        await house.apply(told.decided(DecisionPublished, name, 1, on=day), told.words_of(name, 1, f"The {name} one"))
    page = (await house.bench.http.get("/", params={"lang": "en"})).text
    assert re.findall(r"The (\w+) one", page) == ["new", "middle", "old"]


async def test_an_empty_page_and_each_state_of_a_notice_read_well(house: House) -> None:
    read((await house.bench.http.get("/?unit=vallila")).text)
    waiting = await house.posted()
    rejected = await house.posted()
    assert (await house.reject(rejected, "off-topic")).status_code == 200
    # A reason that a later release may give.
    await house.bench.service.pool.execute(
        "update notices.notice set reason = 'some-reason-we-do-not-know' where reason = 'off-topic'"
    )
    shown = await house.posted(house.bench.staff, slot=house.slot())
    expired = await house.posted(house.bench.staff, until=house.after(seconds=1).isoformat())
    house.clock.pass_(seconds=1)
    for notice, status in {waiting: 200, rejected: 410, shown: 200, expired: 410, "0" * 32: 404}.items():
        for lang in LANGUAGES:
            answer = await house.bench.http.get(f"/notice/{notice}", params={"lang": lang})
            assert answer.status_code == status
            read(answer.text)
            assert ("Talkoot" in answer.text) is (notice == shown)


async def test_times_are_those_of_helsinki_in_summer_and_winter(house: House) -> None:
    slots = [
        {"start": "2027-03-27T22:30:00Z", "end": "2027-03-28T02:00:00Z"},
        {"start": "2026-12-24T21:00:00Z", "end": "2026-12-24T23:00:00Z"},
    ]
    for slot in slots:
        await house.posted(house.bench.staff, slot=slot, until="2027-04-01T00:00:00Z")
    page = (await house.bench.http.get("/?lang=fi")).text
    assert "su 28.3.2027 0.30–5.00" in page
    assert "to 24.12.2026 23.00 – pe 25.12.2026 1.00" in page


async def test_the_language_is_the_readers(house: House) -> None:
    answer = await house.bench.http.get("/", headers={"Accept-Language": "sv-FI,sv;q=0.9,en;q=0.5"})
    assert "På gång i området" in answer.text
    assert "Accept-Language" in answer.headers["vary"]
    assert "What is on" in (await house.bench.http.get("/?lang=en", headers={"Accept-Language": "sv"})).text
    for query in ("lang=xx", "lnag=sv", "lang=fi&day=2026-12-01"):
        refused = await house.bench.http.get(f"/?{query}", headers={"Accept": "text/html"})
        assert (refused.status_code // 100, "Sivua ei voi näyttää näin" in refused.text) == (4, True)


def test_every_word_is_there_in_every_language_with_the_same_fields() -> None:
    words = {code: words_of(Path(language.__file__).parent, code) for code in LANGUAGES}
    for code in LANGUAGES:
        assert words[code].keys() == words["fi"].keys()
        for key, text in words[code].items():
            assert text.strip()
            assert re.findall("{.*?}", text) == re.findall("{.*?}", words["fi"][key]), key


def test_every_known_code_of_a_list_has_a_word() -> None:
    lists = {
        "kind": vocabulary.NoticeKind,
        "organiser": vocabulary.OrganiserClass,
        "rejection": vocabulary.RejectionReason,
    }
    for group, codes in lists.items():
        known = codes.__metadata__[0].json_schema_extra["x-known-values"]  # type: ignore[attr-defined]
        assert len(known) > 3
        assert {f"{group}.{code}" for code in known} <= set(language.PAGES.words["fi"])
