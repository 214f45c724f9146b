"""The start page: what is free, what is on, what is open for comment and a figure; in three languages, and as much of
it as answers."""

import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import pytest
from chassis.pages import LANGUAGES
from omatoimi.installation import RunningInstallation, until
from omatoimi.unreachable import without_database
from web import local_time
from web.pages import PAGES, next_free

from tests.quarter import quarter

from .visitor import Visitor

HELSINKI = ZoneInfo("Europe/Helsinki")


@pytest.fixture(scope="module")
def visitor(installation: RunningInstallation) -> Visitor:
    return Visitor(f"http://127.0.0.1:{installation.port}")


def test_every_word_stands_in_all_languages_with_the_same_fields() -> None:
    fi, sv, en = (PAGES.words[code] for code in LANGUAGES)
    assert set(fi) == set(sv) == set(en)
    fields = [{key: sorted(re.findall(r"{\w+}", text)) for key, text in words.items()} for words in (fi, sv, en)]
    assert fields[0] == fields[1] == fields[2]
    assert all(text.strip() for words in (fi, sv, en) for text in words.values())


def test_when_no_room_is_free_it_says_when_the_first_one_is() -> None:
    club = {"free": [{"start": "2026-11-27T05:00:00Z", "end": "2026-11-27T15:00:00Z"}]}
    gym = {"free": [{"start": "2026-11-27T14:00:00Z", "end": "2026-11-27T19:30:00Z"}]}
    night, noon, late = (datetime(2026, 11, 27, hour, tzinfo=UTC).astimezone(HELSINKI) for hour in (3, 12, 20))
    assert [next_free([gym, club], at, "en") for at in (night, noon, late)] == ["07:00", "16:00", None]
    assert next_free([gym, club], night, "fi") == "7.00"


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("fi", ["tila", "Nyt ei ole ilmoituksia", "Kuukauden luku", "§ 50, 14. toukokuuta 2014"]),
        ("sv", ["lokal", "inga meddelanden", "Månadens siffra", "§ 50, 14 maj 2014"]),
        ("en", ["room", "no notices just now", "Figure of the month", "§ 50, 14 May 2014"]),
    ],
)
def test_it_says_what_this_is_and_what_can_be_done(visitor: Visitor, lang: str, says: list[str]) -> None:
    page = visitor.open(f"/?lang={lang}")
    assert page.status == 200
    assert [words for words in says if not page.has(words)] == []
    assert {f"{visitor.http.base_url}{path}?lang={lang}" for path in ("/rooms", "/developers")} <= set(page.links)
    assert ("html", {"lang": lang}) in page.attributes
    assert sum(tag == "h1" for tag, _ in page.attributes) == 1
    # The decision that all of this follows from, by its name in the real minutes.
    assert page.has("Kirjasto asukkaiden toiminnan tukena -kokeiluhanke")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_code_and_no_empty_value_is_shown_to_people(visitor: Visitor, lang: str) -> None:
    seen = visitor.open(f"/?lang={lang}").text
    codes = r"None|null|\{|\}|kaupunginjohtaja-j|HEL-|kerhohuone|tyohuone|\bvallila\b|\bM\d\d\b"
    assert re.findall(codes, seen) == []


def test_one_figure_stands_there_with_its_sentence_and_its_definition(visitor: Visitor) -> None:
    page = visitor.open("/?lang=en")
    (shown,) = (link for link in page.links if "/analytics/metrics/" in link)
    # The page says at which place of the log its figure is known: more may have been read since.
    position = next(values["data-position"] for _, values in page.attributes if "data-position" in values)
    asked = {"unit": "vallila", "lang": "en", "position": str(position)}
    first = visitor.http.get("/analytics/v1/spoken", params=asked).json()["figures"][0]
    assert f"/analytics/metrics/{first['metric']}?" in shown
    assert page.has(first["finding"])
    assert page.text.count("Figure of the month") == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_link_answers(visitor: Visitor, lang: str) -> None:
    links = {link for path in ("/", "/try", "/developers") for link in visitor.open(f"{path}?lang={lang}").links}
    # Sign-in leads to the provider, and to "my page" from there: tests of sign-in go that way.
    links -= {link for link in links if urlsplit(link).path in ("/my", "/sign-in")}
    assert len(links) > 20

    def unanswered() -> dict[str, int]:
        return {link: code for link in links if (code := visitor.http.get(link).status_code) != 200}

    assert unanswered() == {}


def test_health_and_metrics_are_told_on_the_internal_port_alone(
    visitor: Visitor, installation: RunningInstallation
) -> None:
    internal = installation.addresses["internal"]
    # Readiness may take its time after a start.
    until(lambda: httpx.get(f"{internal}/health/ready").status_code == 200)
    for path in ("/health/live", "/metrics", "/demo"):
        assert httpx.get(f"{internal}{path}").status_code == 200
        for public in (path, f"/system{path}", f"/booking{path}"):
            assert visitor.http.get(public).status_code == 404, public


def test_what_is_on_and_open_for_comment_stands_on_the_page_and_can_be_opened(
    visitor: Visitor, installation: RunningInstallation
) -> None:
    tomorrow = local_time.now(HELSINKI) + timedelta(days=1)
    body = {"titles": {"fi": "Talkoot pihalla"}, "until": tomorrow.isoformat()}
    opened_case = {
        "CaseID": "HEL 2026-000001",
        "Title": "Puiston kunnostus, Vallila",
        "Status": "Vireillä",
        "PublicityClass": "Julkinen",
    }
    keys = json.loads(installation.home.keys.read_text())
    for path, by, data in (
        ("/notices/v1/notices", "staff", body),
        ("/decisions/v1/records", "staff", {"kind": "case", "content": opened_case}),
    ):
        headers = {"Authorization": f"Bearer {keys[by]['key']}", "Idempotency-Key": str(uuid4())}
        assert visitor.http.post(path, json=data, headers=headers).status_code == 201
    page = visitor.open("/?lang=fi")
    assert page.has("Talkoot pihalla")
    assert page.has("Puiston kunnostus, Vallila")
    opened = [link for link in page.links if re.search(r"/notices/notice/|/decisions/(cases|decisions)/", link)]
    assert len(opened) == 3, "these two, and § 50"
    assert [visitor.http.get(link).status_code for link in opened] == [200] * 3


def test_the_screen_names_who_has_a_room_where_it_is_an_association_and_never_a_person(
    visitor: Visitor, installation: RunningInstallation
) -> None:
    keys = json.loads(installation.home.keys.read_text())

    def post(path: str, by: str, data: object) -> int:
        headers = {"Authorization": f"Bearer {keys[by]['key']}", "Idempotency-Key": str(uuid4())}
        return visitor.http.post(path, json=data, headers=headers).status_code

    association = {"organisation": str(uuid4()), "class": "association"}
    proof = {**association, "registernumber": "123.456", "name": "Vallila-seura ry"}
    house = {"premises": "pihatalo", "owner": "library", "unit": "vallila", "names": {"en": "Courtyard house"}}
    spans = [{"opens": "00:00", "closes": "24:00", "kind": "self-service"}]
    week = [{"weekday": day, "spans": spans} for day in range(1, 8)]
    assert post("/notices/v1/verifications", "staff", proof) == 201
    assert post("/booking/v1/premises", "staff", house) == 201
    for space, name in (("sauna", "Sauna"), ("shed", "Shed")):
        room = {"premises": "pihatalo", "space": space, "capacity": 9, "names": {"en": name}}
        assert post("/booking/v1/spaces", "staff", room) == 201
    assert post("/booking/v1/hours", "staff", {"premises": "pihatalo", "valid_from": "2014-01-01", "week": week}) == 201
    began = quarter(local_time.now(HELSINKI))
    slot = {"start": began.isoformat(), "end": (began + timedelta(hours=1)).isoformat()}
    booked = {"slot": slot, "persons": 4, "purpose": "hobby"}
    # Booking hears of the proof from notices.
    until(lambda: post("/booking/v1/bookings", "web", {**booked, "space": "sauna", "organiser": association}) == 201)
    assert post("/booking/v1/bookings", "web", {**booked, "space": "shed"}) == 201
    page = visitor.open("/screen?unit=vallila&lang=en")
    shown = " ".join(page.text.split())
    assert re.search(r"Sauna Vallila-seura ry (until|for) ", shown)
    assert re.search(r"Shed Booked (until|for) ", shown)
    assert page.links == []
    # Without script all stands below each other, and is asked for again.
    assert '<noscript><meta http-equiv="refresh" content="60"></noscript>' in page.html
    every = visitor.open("/screen")
    assert [words for words in ("Varattu", "Bokad", "Booked") if not every.has(words)] == []
    assert visitor.http.get("/screen?unit=nowhere").status_code == 404


async def test_while_a_service_is_away_its_part_says_so_and_the_rest_is_there(
    visitor: Visitor, installation: RunningInstallation
) -> None:
    async with without_database(installation, "notices"):
        page = visitor.open("/?lang=en")
        assert page.status == 200
        assert page.text.count("This part does not answer just now.") == 1
        assert "/booking/?lang=en" in page.html
    async with without_database(installation, "analytics"):
        page = visitor.open("/?lang=en")
        assert page.has("The figures do not answer just now; they are kept and will be back.")
        assert page.has("The decision that began it all")


EXAMPLE = "insert into chassis.demo (state, seed, day, done, total) values ('filling', 1, date '2026-11-26', 41, 100)"


async def test_every_page_says_that_it_shows_example_content_and_the_start_page_how_far_it_is(
    visitor: Visitor, installation: RunningInstallation
) -> None:
    pages = ("/", "/try", "/booking/", "/notices/", "/decisions/", "/analytics/")
    connections = [await asyncpg.connect(dsn) for dsn in installation.addresses["postgres"].values()]
    try:
        for connection in connections:
            await connection.execute(EXAMPLE)
        until(lambda: all("41 % done" in visitor.open(f"{path}?lang=en").html for path in pages))
        start = visitor.open("/?lang=en")
        assert '<progress max="100" value="41"' in start.html
        # Without script it looks again by itself, and no other page does: somebody may be at a form.
        refreshed = [path for path in pages if 'http-equiv="refresh"' in visitor.open(f"{path}?lang=en").html]
        assert refreshed == ["/"]
        for connection in connections:
            await connection.execute("update chassis.demo set state = 'shown', done = 100")
        until(lambda: all(visitor.open(f"{path}?lang=en").has("This is example content") for path in pages))
        assert "<progress" not in visitor.open("/?lang=en").html
    finally:
        for connection in connections:
            await connection.execute("delete from chassis.demo")
            await connection.close()
