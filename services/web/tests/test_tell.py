"""Tell something in three steps by plain forms, see how it stands, and take it back."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
import pytest_asyncio
from chassis import Settings
from notices.main import service
from pydantic import SecretStr
from web.notices.draft import BookingOfNotice, Draft

from tests.databases import Databases
from tests.kits.notices import House
from tests.kits.notices import house as open_house
from tests.kits.persons import Issuer, issuer, trust
from tests.kits.web import Site, site

ZONE = ZoneInfo("Europe/Helsinki")
LANGUAGES = ("fi", "sv", "en")


@dataclass
class Square:
    """The web channel before notices, and who makes the tokens of persons."""

    web: Site
    house: House
    person: UUID

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[httpx.AsyncClient]:
        async with self.web.browser(await self.web.signed_in(person=self.person)) as browser:
            yield browser


@pytest_asyncio.fixture
async def square(databases: Databases, dsn: str) -> AsyncIterator[Square]:
    person = uuid4()
    async with (
        databases.lent("notices", lambda dsn: service(Settings(postgres=SecretStr(dsn))).migrate()) as own,
        open_house(Settings(postgres=SecretStr(own))) as house,
        issuer() as people,
        httpx.AsyncClient(transport=gives(people, house, person), base_url="http://people") as exchange,
    ):
        house.clock.now = datetime.now(UTC)
        trust(house.bench.service, people)
        clients = {"notices": house.bench.http, "people": exchange}
        async with site(dsn, clients, key=house.bench.web.key, clock=house.clock) as web:
            yield Square(web, house, person)


def gives(people: Issuer, house: House, person: UUID) -> httpx.MockTransport:
    """Exchanges every token for one of this person."""

    def answer(_: httpx.Request) -> httpx.Response:
        token = people.token(people.claims(person, now=house.clock.now))
        return httpx.Response(200, json={"access_token": token, "token_type": "Bearer", "expires_in": 300})

    return httpx.MockTransport(answer)


def fields(page: httpx.Response, action: str) -> dict[str, str]:
    """What the form that goes there would send if nothing more were typed."""
    form = re.search(rf'<form method="post" action="{action}\?.*?</form>', page.text, re.DOTALL)
    assert form, page.text
    found = dict(re.findall(r'<input (?:type="hidden"|[^>]*?) ?name="([\w-]+)"[^>]*? value="([^"]*)"', form[0]))
    found |= dict(re.findall(r'<textarea[^>]* name="([\w-]+)"[^>]*>\n(.*?)</textarea>', form[0], re.DOTALL))
    chosen = re.findall(r'<select id="(\w+)".*?<option value="([^"]*)" selected>', form[0], re.DOTALL)
    return {name: unescape(value) for name, value in found.items()} | dict(chosen)


async def told(browser: httpx.AsyncClient, lang: str = "fi", **words: str) -> httpx.Response:
    """Go all three steps, and return the page of the notice."""
    first = fields(await browser.get(f"/tell?lang={lang}"), "/tell")
    second = await browser.post(f"/tell?lang={lang}", data={**first, **words, "go": "when"})
    assert second.status_code == 200, second.text
    until = (datetime.now(ZONE) + timedelta(days=9)).date().isoformat()
    third = await browser.post(f"/tell?lang={lang}", data={**fields(second, "/tell"), "until": until, "go": "preview"})
    assert third.status_code == 200, third.text
    assert all(f">{word}</h2>" in third.text for name, word in words.items() if name.startswith("title"))
    sent = [await browser.post(f"/tell?lang={lang}", data={**fields(third, "/tell"), "go": "send"}) for _ in range(2)]
    assert [one.status_code for one in sent] == [303, 303], sent[0].text
    assert sent[0].headers["location"] == sent[1].headers["location"]
    return await browser.get(sent[0].headers["location"])


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_notice_is_sent_once_in_three_steps_and_one_sees_how_it_stands(square: Square, lang: str) -> None:
    titles = {"title-fi": "Talkoot", "text-fi": "Tervetuloa", "title-sv": "Talko"}
    async with square.browser() as browser:
        page = await told(browser, lang, kind="volunteering", **titles)
        assert page.status_code == 200
        assert "Talkoot" in page.text
        notice = re.search(r'action="/tell/([0-9a-f-]+)\?', page.text)
        assert notice
        (submitted,) = await square.house.events()
        assert (str(submitted.data.notice), submitted.data.kind) == (notice[1], "volunteering")
        assert submitted.data.organiser.class_ == "private"
        await square.house.reject(notice[1], "advertising")
        rejected = await browser.get(f"/tell/{notice[1]}?lang={lang}")
        assert {"fi": "Se on mainos.", "sv": "Det är reklam.", "en": "It is advertising."}[lang] in rejected.text
        assert f'href="/contact?lang={lang}"' in rejected.text
        listed = await browser.get(f"/tell?lang={lang}")
        assert f'href="/tell/{notice[1]}?lang={lang}"' in listed.text


async def test_a_notice_is_taken_back_and_its_words_wait_for_the_library(square: Square) -> None:
    async with square.browser() as browser:
        page = await told(browser, **{"title-fi": "Kirppis"})
        notice = re.search(r'action="(/tell/[0-9a-f-]+)\?', page.text)
        assert notice
        changed = await browser.post(
            f"{notice[1]}?lang=fi", data={**fields(page, notice[1]), "title-fi": "Suuri kirppis", "go": "change"}
        )
        assert (changed.status_code, "Muuttuneet sanat on tarkistettava" in changed.text) == (409, True)
        withdrawn = await browser.post(f"{notice[1]}?lang=fi", data={**fields(changed, notice[1]), "go": "withdraw"})
        assert withdrawn.status_code == 303
        page = await browser.get(withdrawn.headers["location"])
        assert "Peruttu" in page.text
        assert "<form" not in page.text.partition("<main")[2]


async def test_what_the_library_did_meanwhile_is_said_and_what_was_typed_is_kept(square: Square) -> None:
    async with square.browser() as browser:
        page = await told(browser, **{"title-fi": "Kirppis"})
        address = re.search(r'action="(/tell/[0-9a-f-]+)\?', page.text)
        assert address
        await square.house.approve(address[1].rpartition("/")[2])
        for go, typed in (("change", {"title-fi": "Suuri kirppis"}), ("withdraw", {})):
            sent = fields(page, address[1]) | {"id": str(uuid4()), "go": go} | typed
            stale = await browser.post(f"{address[1]}?lang=fi", data=sent)
            assert (stale.status_code, "Muuttaja: kirjaston henkilökunta" in stale.text) == (412, True)
            assert ("Suuri kirppis" in stale.text) == (go == "change")
        assert (
            await browser.post(f"{address[1]}?lang=fi", data=fields(stale, address[1]) | {"go": "withdraw"})
        ).is_redirect


async def test_a_step_with_a_fault_keeps_all_that_was_typed(square: Square) -> None:
    async with square.browser() as browser:
        first = fields(await browser.get("/tell?lang=fi"), "/tell")
        answer = await browser.post("/tell?lang=fi", data={**first, "text-sv": "Utan rubrik", "go": "when"})
        assert answer.status_code == 422
        assert 'href="#title-sv"' in answer.text
        assert "Utan rubrik" in answer.text
        assert fields(answer, "/tell")["id"] != first["id"]
        second = await browser.post("/tell?lang=fi", data={**first, "title-fi": "Talkoot", "go": "when"})
        answer = await browser.post(
            "/tell?lang=fi", data={**fields(second, "/tell"), "day": "2030-13-01", "go": "preview"}
        )
        assert answer.status_code == 422
        assert fields(answer, "/tell")["title-fi"] == "Talkoot"
    assert await square.house.events() == []


async def test_nobody_sees_or_changes_what_is_of_another(square: Square) -> None:
    async with square.browser() as browser:
        page = await told(browser, **{"title-fi": "Kirppis"})
        notice = re.search(r'action="(/tell/[0-9a-f-]+)\?', page.text)
    assert notice
    square.person = uuid4()
    async with square.web.browser() as browser:
        assert (await browser.get(notice[1])).status_code == 303


def draft(**typed: str) -> Draft:
    return Draft.of({"title-fi": "Talkoot", **typed}, LANGUAGES)


def test_a_notice_of_a_booking_has_the_booking_s_time_and_no_other() -> None:
    slot = {"start": "2026-12-05T16:00:00+02:00", "end": "2026-12-05T18:00:00+02:00"}
    booking = BookingOfNotice(booking="b", slot=slot)
    one = draft(booking="b", day="2026-12-24", start="10:00", end="11:00", until="2027-01-01")
    data = one.data(ZONE, "vallila", booking)
    assert (data["booking"], data["until"], "slot" in data) == ("b", slot["end"], False)
    assert one.faults_in_times({}, datetime(2026, 12, 1, tzinfo=ZONE)) == {"booking": "booking"}


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        ({"until": "2026-12-24"}, {}),
        ({"until": "24.12.2026"}, {}),
        ({"day": "2026-12-24", "start": "10:00", "end": "11.30"}, {}),
        ({}, {"until": "until"}),
        ({"until": "2026-11-30"}, {"until": "past"}),
        ({"until": "0000-00-00"}, {"until": "until"}),
        ({"day": "2026-12-24", "start": "10:00"}, {"day": "when", "until": "until"}),
        ({"day": "2026-12-24", "start": "10:00", "end": "09:00"}, {"end": "backwards"}),
        ({"day": "2026-11-24", "start": "10:00", "end": "11:00"}, {"day": "past"}),
    ],
)
def test_times_are_understood_as_they_are_typed(typed: dict[str, str], faults: dict[str, str]) -> None:
    assert draft(**typed).faults_in_times({}, datetime(2026, 12, 1, 12, tzinfo=ZONE)) == faults
