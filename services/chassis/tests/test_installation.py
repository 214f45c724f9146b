"""The installation is one checked value: what is wrong with its file is one sentence that says where and what to do."""

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from chassis import ANYONE, PUBLIC, Lang, Reject, Request, Settings, Transaction, endpoint
from chassis.installation import EXAMPLE, InstallationRefused, load
from chassis.record import Record
from chassis.records import parse
from chassis.settings import in_one_sentence
from fastapi import APIRouter
from omatoimi_contracts.codec import BATCH, STRUCTURED
from omatoimi_contracts.requests import PremisesRequested

from tests.kits.chassis import Harness, running

from .toys import gate

TALLINN = """
municipality: tallinn
time_zone: Europe/Tallinn
languages: [en, fi]
departments: [library, parks]
libraries:
  kadriorg:
    districts: ["kad", "072"]
  nomme:
    districts: ["nom"]
pilot: {first: 2027-02-01, last: 2027-07-31}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "city.yaml"
    found.write_text(TALLINN, encoding="utf-8")
    return found


def test_without_a_file_it_is_the_library_of_the_decision_of_2014() -> None:
    found = Settings().installation
    assert (found.municipality, found.time_zone.key, found.languages) == (
        "helsinki",
        "Europe/Helsinki",
        ("fi", "sv", "en"),
    )
    assert {code: one.districts for code, one in found.libraries.items()} == {"vallila": ("22",)}


def test_another_city_is_one_file_named_by_one_setting(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMATOIMI_INSTALLATION", str(file))
    found = Settings().installation
    assert (found.municipality, found.time_zone, found.languages) == (
        "tallinn",
        ZoneInfo("Europe/Tallinn"),
        ("en", "fi"),
    )
    assert found.districts == ["072", "kad", "nom"]
    assert found.pilot is not None
    assert (found.pilot.first, found.pilot.end) == (date(2027, 2, 1), date(2027, 8, 1))


def test_a_district_belongs_to_the_library_whose_area_it_is_in(file: Path) -> None:
    found = load(file)
    assert [found.library_of(area) for area in (["99", "nom"], ["072"], ["99"], [])] == [
        "nomme",
        "kadriorg",
        "none",
        "none",
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("municipality: tallinn", "municipality: Tallinn", "municipality: no such name can be used: it must be of the"),
        ("municipality: tallinn\n", "", "municipality: it is missing: add it"),
        ("time_zone", "timezone", "time_zone: it is missing: add it"),
        ("Europe/Tallinn", "Europe/Reval", "time_zone: there is no such time zone: name one of the IANA data base"),
        ("[en, fi]", "[en, et]", "languages.1: that cannot be chosen: name one of 'fi', 'sv' or 'en'"),
        ("[en, fi]", "[]", "languages: it is empty: name one at least"),
        ("[en, fi]", "[en, en]", "languages: en stands there twice: name each once"),
        ("[en, fi]", "en", "languages: this is no list: write it as [one, another]"),
        ('"072"', "072", "libraries.kadriorg.districts.1: this is no text: write it in quotes, as"),
        ('"072"', '"07 2"', "libraries.kadriorg.districts.1: no such name can be used: it must be of the form"),
        ("[library, parks]", "[parks]", "departments: the library's own is missing: add library"),
        ("[library, parks]", "[library, Parks]", "departments.1: no such name can be used: it must be of the form"),
        ("pilot:", "gazetteer: {districts: a.csv, places: b.csv}\npilot:", "gazetteer.districts: there is no file"),
        ("nomme:", "Nõmme:", "libraries.Nõmme: no such name can be used: it must be of the form"),
        ("2027-07-31", "2026-07-31", "pilot: it ends before it begins: exchange first and last"),
        ("2027-07-31", "in July", "pilot.last: "),
        ("pilot:", "pilots:", "pilots: there is no such field: correct its name, or leave it out"),
        ("libraries:", "libraries: {}\nx:", "libraries: it is empty: name one at least"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence_with_the_file_the_field_and_what_to_do(
    file: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, sentence: str
) -> None:
    file.write_text(TALLINN.replace(old, new), encoding="utf-8")
    monkeypatch.setenv("OMATOIMI_INSTALLATION", str(file))
    with pytest.raises(ValueError, match=r".") as caught:
        Settings()
    told = in_one_sentence(caught.value)
    assert told.startswith(f"OMATOIMI_INSTALLATION cannot be used: {file}, {sentence}")
    assert "\n" not in told


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"municipality: [", ", line 1: this is no YAML"),
        (b"\xff\xfe", " is no text in UTF-8: save it as such"),
        (b"", ": it holds no fields: write each on a line of its own"),
        (b"- helsinki\n", ": it holds no fields: write each on a line of its own"),
        (b"a: \x00", " is no YAML ("),
    ],
)
def test_a_file_that_is_none_is_told_as_such(file: Path, content: bytes, sentence: str) -> None:
    file.write_bytes(content)
    with pytest.raises(InstallationRefused) as caught:
        load(file)
    assert f"{caught.value}".startswith(f"{file}{sentence}")
    assert "\n" not in f"{caught.value}"


async def test_pages_offer_the_languages_of_the_installation_alone(lonely: Settings, file: Path) -> None:
    there = lonely.model_copy(update={"installation": load(file)})
    async with running(gate(there)) as r:
        for asked, spoken in (("sv", "en"), ("fi", "fi"), ("en", "en")):
            answer = await r.http.get(f"/none?lang={asked}", headers={"Accept": "text/html", "Accept-Language": "sv"})
            assert answer.headers["content-language"] == spoken
            assert sorted(set(re.findall(r"lang=(\w\w)", answer.text))) == ["en", "fi"]


async def test_a_department_that_is_asked_for_is_one_of_the_installation_at_every_way_in(
    lonely: Settings, file: Path
) -> None:
    service = gate(lonely.model_copy(update={"installation": load(file)}))

    @service.handlers.on(PremisesRequested, path="/v1/premises", may=ANYONE, reasons={409: ("too-many",)})
    async def register(_: Request[PremisesRequested], __: Transaction) -> Reject:
        return Reject("too-many")

    async with running(service) as r:
        for owner, taken in (("parks", True), ("library", True), ("youth", False)):
            event = {
                "specversion": "1.0",
                "type": PremisesRequested.TYPE,
                "source": r.staff.caller.channel.source,
                "time": "2026-01-01T12:00:00Z",
                "data": {"premises": "mill", "owner": owner, "unit": "nomme"},
            }

            def written(event: Mapping[str, object] = event) -> bytes:
                return json.dumps({**event, "id": str(uuid4())}).encode()

            structured = await _post(r, written(), STRUCTURED)
            batch = await _post(r, b"[" + written() + b"]", BATCH)
            resource = await r.staff.post("/v1/premises", event["data"])
            statuses = {resource.status_code, structured.status_code, batch.json()[0]["status"]}
            assert statuses == {409 if taken else 400}
            record = Record("booking.requests.v1", 0, 0, 0, None, written(), (("content-type", STRUCTURED.encode()),))
            (letter,) = (await parse(service, [record])).dead_letters
            refused = "there is no 'youth' in this list; there are library, parks"
            assert (refused in letter.reason) is not taken
            assert taken or refused[1:] in resource.json()["detail"]


async def _post(r: Harness, content: bytes, media: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {r.staff.key}", "Content-Type": media}
    answer: httpx.Response = await r.http.post("/v1/events", content=content, headers=headers)
    return answer


async def test_an_endpoint_answers_in_a_language_of_the_installation_or_says_which_there_are(
    lonely: Settings, file: Path
) -> None:
    service = gate(lonely.model_copy(update={"installation": load(file)}))
    service.api = APIRouter()

    @endpoint(service.api, "/v1/spoken", may=PUBLIC)
    async def spoken(lang: Lang) -> str:
        return lang

    async with running(service) as r:
        told = [(await r.http.get("/v1/spoken", params=asked)).json() for asked in ({}, {"lang": "fi"})]
        assert told == ["en", "fi"], "the first, where none is asked for"
        for asked in ("sv", "EN", ""):
            answer = await r.http.get("/v1/spoken", params={"lang": asked})
            assert answer.status_code == 422
            assert answer.json()["detail"] == f"There is no language '{asked}' here; there are en, fi."


async def test_the_session_in_the_database_knows_its_zone_and_stays_in_utc(lonely: Settings, file: Path) -> None:
    """On pools of both sizes, on a connection of its own, and in a transaction that a handler holds."""
    there = lonely.model_copy(update={"installation": load(file)})
    asked = "select current_setting('omatoimi.zone'), current_setting('timezone')"
    async with running(gate(there), ()) as r:
        for pool in (r.service.pool, r.service.heavy_pool):
            assert tuple(*await pool.fetch(asked)) == ("Europe/Tallinn", "UTC")
        conn = await r.service.connection()
        assert tuple(*await conn.fetch(asked)) == ("Europe/Tallinn", "UTC")
        assert r.service.transaction(conn).installation.municipality == "tallinn"
        await conn.close()
    assert load(EXAMPLE).municipality == "helsinki"
