"""Say something about a case by a plain form: once, in the name of who has signed in, and see what became of it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from chassis import Settings
from chassis.access import Role, RoleAt
from decisions.main import service
from pydantic import SecretStr

from tests.databases import Databases
from tests.kits.decisions import Office, case, decision, office
from tests.kits.persons import Issuer, issuer, trust
from tests.kits.web import Site, site

AINO, VEIKKO, OFFICE = uuid4(), uuid4(), uuid4()
CASE = "HEL-2026-000001"
SAID = "Puistoon penkki, kiitos.\r\n\r\nTerveisin <naapuri>"


@pytest_asyncio.fixture
async def town(databases: Databases, dsn: str) -> AsyncIterator[tuple[Site, Office]]:
    """The web channel before decisions, each on a database of its own, and people, which vouches for whoever shows the
    id of a person as the provider's token."""
    async with (
        databases.lent("decisions", lambda dsn: service(Settings(postgres=SecretStr(dsn))).migrate()) as own,
        office(Settings(postgres=SecretStr(own))) as decisions,
        issuer() as people,
        httpx.AsyncClient(transport=vouching(people, decisions), base_url="http://people") as exchange,
    ):
        trust(decisions.bench.service, people)
        clients = {"decisions": decisions.bench.http, "people": exchange}
        async with site(dsn, clients, key=decisions.bench.web.key, clock=decisions.clock) as web:
            yield web, decisions


def vouching(people: Issuer, decisions: Office) -> httpx.MockTransport:
    def answer(asked: httpx.Request) -> httpx.Response:
        person = UUID(parse_qs(asked.content.decode())["subject_token"][0])
        roles = [RoleAt(Role.PARTICIPATION)] if person == OFFICE else []
        claims = people.claims(person, now=decisions.clock.now, at=roles)
        return httpx.Response(200, json={"access_token": people.token(claims)})

    return httpx.MockTransport(answer)


@asynccontextmanager
async def signed_in(web: Site, person: UUID = AINO) -> AsyncIterator[httpx.AsyncClient]:
    async with web.browser(await web.signed_in(person=person, access=str(person))) as browser:
        yield browser


def fields(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of the page's form, as a browser sends them back."""
    form = re.search(r'<form method="post" action="/comment.*?</form>', page.text, re.DOTALL)
    assert form, page.text
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0])
    return {name: unescape(value) for name, value in hidden}


@pytest.mark.parametrize("lang", ["fi", "sv", "en"])
async def test_what_was_said_arrives_once_and_its_answer_is_seen(town: tuple[Site, Office], lang: str) -> None:
    web, decisions = town
    await decisions.taken("case", case())
    async with signed_in(web) as browser:
        form = fields(await browser.get(f"/comment?case={CASE}&lang={lang}"))
        sent = [await browser.post(f"/comment?lang={lang}", data={**form, "text": SAID}) for _ in range(2)]
        assert [answer.status_code for answer in sent] == [303, 303]
        assert sent[0].headers["location"] == sent[1].headers["location"]
        listed = (await decisions.bench.staff.get("/v1/feedback")).json()["items"]
        assert [one["text"] for one in listed] == [SAID.replace("\r\n", "\n")]
        receipt = await browser.get(sent[0].headers["location"])
        assert receipt.status_code == 200
        assert "naapuri" not in receipt.text
        await decisions.answer(listed[0]["feedback"], "Penkki <tulee>", changed=True)
        answered = await browser.get(sent[0].headers["location"])
        assert "Penkki &lt;tulee&gt;" in answered.text
    async with signed_in(web, VEIKKO) as other:
        assert (await other.get(sent[0].headers["location"])).status_code == 404
    (event,) = [one for one in await decisions.events() if one.type.endswith("feedback.received.v1")]
    assert (event.data.case, event.language) == (CASE, lang)


async def test_a_form_with_a_fault_keeps_what_was_typed_under_a_new_id(town: tuple[Site, Office]) -> None:
    web, decisions = town
    await decisions.taken("case", case())
    async with signed_in(web) as browser:
        form = fields(await browser.get(f"/comment?case={CASE}&lang=fi"))
        for text, fault in (("  ", "Kirjoita palautteesi."), ("ä" * 5001, "enintään 5000")):
            answer = await browser.post("/comment?lang=fi", data={**form, "text": text})
            assert (answer.status_code, fault in answer.text) == (422, True)
            assert answer.text.count('aria-invalid="true"') == 1
            again = fields(answer)
            assert (again["case"], again["id"] != form["id"]) == (CASE, True)
        assert "ä" * 5001 in answer.text
    assert (await decisions.bench.staff.get("/v1/feedback")).json()["items"] == []


async def test_who_has_not_signed_in_does_so_first_and_comes_back(town: tuple[Site, Office]) -> None:
    web, decisions = town
    await decisions.taken("case", case())
    async with web.browser() as browser:
        answer = await browser.get(f"/comment?case={CASE}&lang=fi")
        assert answer.status_code == 303
        assert urlsplit(answer.headers["location"]).path == "/sign-in"
        assert CASE in answer.headers["location"]


async def test_a_form_of_another_site_or_without_its_token_says_nothing(town: tuple[Site, Office]) -> None:
    web, decisions = town
    await decisions.taken("case", case())
    async with signed_in(web) as browser:
        form = fields(await browser.get(f"/comment?case={CASE}&lang=fi"))
        foreign = {"Sec-Fetch-Site": "cross-site"}
        sent = {**form, "text": SAID}
        assert (await browser.post("/comment", data=sent, headers=foreign)).status_code == 403
        assert (await browser.post("/comment", data={**sent, "csrf": "x"})).status_code == 403
    assert (await decisions.bench.staff.get("/v1/feedback")).json()["items"] == []


async def test_no_comment_is_taken_once_the_case_is_decided_or_unknown(town: tuple[Site, Office]) -> None:
    web, decisions = town
    await decisions.taken("case", case())
    await decisions.taken("decision", decision())
    async with signed_in(web) as browser:
        page = await browser.get(f"/comment?case={CASE}&lang=fi")
        assert "Asia on jo päätetty" in page.text
        assert "<textarea" not in page.text
        assert (await browser.get("/comment?case=HEL-1999-000001")).status_code == 404
        assert (await browser.get("/comments/00000000-0000-4000-8000-000000000000")).status_code == 404


async def test_while_decisions_does_not_answer_the_form_keeps_text_and_id(alone: Site) -> None:
    async with signed_in(alone) as browser:
        assert (await browser.get("/comment?case=x&lang=fi")).status_code == 503
        token = re.search(r'name="csrf" value="([^"]+)"', (await browser.post("/comment?lang=fi", data={})).text)
        assert token
        id_ = "019ac1f2-7a00-7c3e-9d54-3b2f6a1e8c07"
        sent = {"csrf": unescape(token[1]), "id": id_, "case": CASE, "text": SAID}
        answer = await browser.post("/comment?lang=fi", data=sent)
        assert answer.status_code == 503
        assert f'name="id" value="{id_}"' in answer.text
        assert "Puistoon penkki" in answer.text
        assert fields(answer)["case"] == CASE


async def test_of_two_who_draft_one_answer_the_second_is_told_and_keeps_what_they_typed(
    town: tuple[Site, Office],
) -> None:
    web, decisions = town
    await decisions.taken("case", case())
    address = f"/desk/feedback/{await decisions.said(CASE)}?lang=fi"
    async with signed_in(web, OFFICE) as aino, signed_in(web, OFFICE) as bertta:
        first, stale = [draft_of(await one.get(address)) for one in (aino, bertta)]
        assert (await aino.post(address, data={**first, "act": "draft", "text": "Penkki tulee."})).is_redirect
        told = await bertta.post(address, data={**stale, "act": "draft", "text": "Penkkiä ei tule."})
        assert told.status_code == 412
        assert "Joku toinen on tallentanut tähän luonnoksen:" in told.text
        assert re.search(r"Ensin ehti: osallisuusyksikkö, .*\d\d\.", told.text)
        assert re.search(r"<blockquote><p>Penkki tulee\.</p></blockquote>", told.text)
        assert re.search(r"<textarea[^>]*>Penkkiä ei tule\.</textarea>", told.text)
        anew = {**draft_of(told), "act": "draft", "text": "Penkki tulee keväällä."}
        assert (await bertta.post(address, data=anew)).is_redirect
        # Who answers what another has answered meanwhile is told so too.
        shown = [draft_of(await one.get(address)) for one in (aino, bertta)]
        ended = [
            await one.post(address, data={**form, "act": "answer", "text": "Kyllä."})
            for one, form in zip((aino, bertta), shown, strict=True)
        ]
        assert [one.status_code for one in ended] == [303, 412]
        assert "Kirjoittamasi teksti on tallella alla." in ended[1].text


def draft_of(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of the form of an answer."""
    form = re.search(r'<form action="/desk/feedback/.*?</form>', page.text, re.DOTALL)
    assert form, page.text
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
