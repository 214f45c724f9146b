"""Find a room, and the pages of the footer: by links and plain forms, as a browser without script sends them."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from chassis.pages import LANGUAGES
from omatoimi.installation import RunningInstallation
from omatoimi.unreachable import without_database
from omatoimi_contracts.lists import known
from omatoimi_contracts.rooms import Accessibility, Equipment, Price
from web import local_time
from web.about import statement
from web.pages import PAGES
from web.rooms.days import chosen_day, strip
from web.rooms.find import length_in, starts

from .visitor import Page, Visitor

HELSINKI = ZoneInfo("Europe/Helsinki")
TODAY = date(2026, 12, 1)


@pytest.fixture(scope="module")
def visitor(installation: RunningInstallation) -> Visitor:
    return Visitor(f"http://127.0.0.1:{installation.port}")


def in_days(days: int) -> str:
    return (local_time.now(HELSINKI).date() + timedelta(days=days)).isoformat()


def weekday_in_days(weekday: int) -> str:
    """The next such day (Monday = 0) that is not today."""
    today = local_time.now(HELSINKI).date()
    return (today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)).isoformat()


def offered(page: Page) -> list[dict[str, str]]:
    """What the links to bookings ask for."""
    links = [urlsplit(link) for link in page.links if urlsplit(link).path == "/book"]
    return [{name: values[0] for name, values in parse_qs(link.query).items()} for link in links]


def told(start: datetime, end: datetime) -> dict[str, str]:
    return {"start": start.isoformat(), "end": end.isoformat()}


def test_a_booking_may_begin_at_each_full_hour_that_fits_else_with_the_free_time() -> None:
    def at(hour: int, minute: int = 0) -> datetime:
        return datetime(2026, 12, 1, hour, minute, tzinfo=HELSINKI)

    def found(start: datetime, end: datetime, minutes: int) -> list[str]:
        return [f"{one:%H:%M}" for one in starts(told(start, end), timedelta(minutes=minutes), HELSINKI)]

    assert found(at(8, 15), at(12), 60) == ["09:00", "10:00", "11:00"]
    assert found(at(8, 15), at(9, 30), 60) == ["08:15"]
    assert found(at(8, 15), at(9), 60) == []
    assert found(at(8), at(9), 60) == ["08:00"]


def test_on_the_days_of_the_clocks_change_each_start_is_a_moment_of_its_own() -> None:
    for day, hours in ((date(2026, 10, 25), 25), (date(2027, 3, 28), 23)):
        begins = datetime.combine(day, datetime.min.time(), HELSINKI)
        ends = datetime.combine(day + timedelta(days=1), datetime.min.time(), HELSINKI)
        found = list(starts(told(begins.astimezone(UTC), ends.astimezone(UTC)), timedelta(hours=1), HELSINKI))
        assert len({one.astimezone(UTC) for one in found}) == len(found) == hours


def test_the_strip_begins_today_and_never_shows_a_day_that_is_over_or_too_far() -> None:
    first = strip(TODAY, TODAY, "fi")
    assert ([day.date.day for day in first.days], first.before) == ([1, 2, 3, 4, 5, 6, 7], None)
    assert (first.days[0].weekday, first.days[0].number, first.after) == ("ti", "1.12.", date(2026, 12, 8))
    second = strip(date(2026, 12, 9), TODAY, "sv")
    assert (second.days[0].date, second.before) == (date(2026, 12, 8), TODAY)
    last = strip(chosen_day("2030-01-01", TODAY), TODAY, "en")
    assert (last.days[-1].date, last.after) == (date(2027, 12, 1), None)
    assert [chosen_day(told, TODAY) for told in ("", "2026-02-30", "2020-01-01")] == [TODAY] * 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_free_times_of_all_houses_stand_in_one_list_by_time(visitor: Visitor, lang: str) -> None:
    page = visitor.open(f"/rooms?day={weekday_in_days(1)}&persons=4&lang={lang}")
    assert page.status == 200
    asked = offered(page)
    assert {one["space"] for one in asked} > {"kerhohuone", "bandikamppa", "musiikkiluokka"}
    assert {(one["persons"], one["lang"]) for one in asked} == {("4", lang)}
    # The school's hall opens at four in the afternoon on a Tuesday.
    gym = [one["start"] for one in asked if one["space"] == "liikuntasali"]
    assert gym[0] == f"{weekday_in_days(1)}T16:00"
    assert [one["start"] for one in asked] == sorted(one["start"] for one in asked)
    words = PAGES.words[lang]
    assert all(page.has(words[f"find.{part}"]) for part in ("morning", "afternoon", "evening"))


def test_length_persons_and_house_narrow_what_is_found(visitor: Visitor) -> None:
    day = weekday_in_days(1)
    one_house = offered(visitor.open(f"/rooms?day={day}&house=nuorisotalo"))
    assert {one["space"] for one in one_house} == {"bandikamppa", "keittio"}
    large = offered(visitor.open(f"/rooms?day={day}&persons=41"))
    assert {one["space"] for one in large} == {"sali", "liikuntasali"}
    long = offered(visitor.open(f"/rooms?day={day}&minutes=480&house=nuorisotalo"))
    assert [(one["space"], one["start"], one["end"]) for one in long] == [
        ("bandikamppa", f"{day}T12:00", f"{day}T20:00"),
        ("keittio", f"{day}T12:00", f"{day}T20:00"),
    ]


def test_equipment_and_access_narrow_what_is_found_and_stay_chosen_on_other_days(visitor: Visitor) -> None:
    day = weekday_in_days(1)
    page = visitor.open(f"/rooms?day={day}&equipment=piano&equipment=stage&accessibility=hearing-loop&lang=en")
    assert {one["space"] for one in offered(page)} == {"sali"}
    assert page.has("projector · projection screen"), "the room is told with what it has"
    other_days = [link for link in page.links if "/rooms?day=" in link]
    assert all("equipment=piano&equipment=stage&accessibility=hearing-loop" in link for link in other_days)
    chosen = [given for tag, given in page.attributes if tag == "input" and "checked" in given]
    assert {one["value"] for one in chosen} == {"piano", "stage", "hearing-loop"}
    assert visitor.open("/rooms?equipment=matti&lang=en").status == 422


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_room_says_what_it_is_what_stands_there_how_one_gets_in_and_what_holds(visitor: Visitor, lang: str) -> None:
    page = visitor.open(f"/rooms/keittio?lang={lang}")
    said = PAGES.words[lang]
    rules = {"fi": "Pese astiat", "sv": "Diska och torka", "en": "Wash up"}
    for words in ("codes.equipment.oven", "codes.accessibility.step-free", "codes.price.free"):
        assert page.has(said[words])
    assert page.has(rules[lang])
    assert page.has(said["room.house_rules.accept"])


def test_every_code_of_a_room_has_its_word() -> None:
    for lang in LANGUAGES:
        for listed, code in (("equipment", Equipment), ("accessibility", Accessibility), ("price", Price)):
            assert [one for one in known(code) if f"codes.{listed}.{one}" not in PAGES.words[lang]] == []


def test_where_nothing_is_free_the_same_day_elsewhere_and_other_days_are_offered(visitor: Visitor) -> None:
    page = visitor.open(f"/rooms?day={weekday_in_days(1)}&house=nuorisotalo&persons=30&lang=en")
    assert page.has("No free time was found on this day.")
    assert page.has("The same day elsewhere")
    assert {one["space"] for one in offered(page)} >= {"sali", "liikuntasali"}
    assert page.has("There is no suitable time within the next two weeks.")
    sunday = visitor.open(f"/rooms?day={weekday_in_days(6)}&house=nuorisotalo&lang=en")
    others = [link for link in sunday.links if "house=nuorisotalo" in link and "day=" in link]
    assert sunday.has("Other days")
    assert offered(visitor.open(others[-1]))


def test_a_closed_house_says_once_when_it_opens_next(visitor: Visitor) -> None:
    page = visitor.open(f"/rooms?day={weekday_in_days(6)}&lang=en")
    assert page.text.count("The youth centre is closed. Next open Monday") == 1


def test_what_was_chosen_stays_in_the_form_and_leads_to_the_days_beside(visitor: Visitor) -> None:
    page = visitor.open(f"/rooms?day={in_days(2)}&minutes=45&persons=3&house=koulu&lang=sv")
    search = page.forms[0].fields
    assert (search["day"], search["persons"], search["lang"]) == (in_days(2), "3", "sv")
    assert '<option value="koulu" selected>' in page.html
    assert '<option value="45" selected>' in page.html
    beside = [link for link in page.links if f"day={in_days(3)}" in link]
    assert parse_qs(urlsplit(beside[0]).query) == {
        "day": [in_days(3)],
        "minutes": ["45"],
        "persons": ["3"],
        "house": ["koulu"],
        "lang": ["sv"],
    }


async def test_while_booking_is_away_it_says_so(visitor: Visitor, installation: RunningInstallation) -> None:
    async with without_database(installation, "booking"):
        page = visitor.open("/rooms?lang=en")
    assert (page.status, page.has("This part does not answer just now.")) == (200, True)


def test_the_page_is_small(visitor: Visitor) -> None:
    """With every room free all day."""
    assert max(len(visitor.open(f"/rooms?day={in_days(n)}&minutes=30").html.encode()) for n in range(1, 8)) < 60_000


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_footer_leads_to_contact_accessibility_privacy_and_what_developers_need(
    visitor: Visitor, lang: str
) -> None:
    links = {urlsplit(link).path: link for link in visitor.open(f"/rooms?lang={lang}").links}
    pages: dict[str, Any] = {
        path: visitor.open(links[path]) for path in ("/contact", "/accessibility", "/privacy", "/developers")
    }
    assert all(page.status == 200 for page in pages.values())
    assert all(words in pages["/accessibility"].text for words in ("306/2019", "Traficom", "14", "WCAG 2.1"))
    assert "saavutettavuus@traficom.fi" in pages["/accessibility"].html
    assert "Päijänteentie 5" in pages["/contact"].text
    assert {urlsplit(link).path for link in pages["/developers"].links} >= {"/try", "/contract/", "/contract/README.md"}
    assert any("curl" in command for command in pages["/developers"].commands)


def test_the_accessibility_statement_was_reviewed_within_a_year_and_is_whole() -> None:
    told = statement()
    assert told["made"] <= told["reviewed"]
    assert datetime.now(UTC).date() - told["reviewed"] < timedelta(days=366), "look it through, and write the day down"
    assert all(one[lang].strip() for one in told["lacks"] for lang in LANGUAGES)


def test_a_booking_is_offered_for_as_long_as_the_room_is_booked() -> None:
    room = {"rules": {"grid_minutes": 30, "shortest_minutes": 90, "longest_minutes": 240}}
    offered_for = [length_in(room, timedelta(minutes=minutes)) // timedelta(minutes=1) for minutes in (15, 90, 100)]
    assert offered_for == [90, 90, 120]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_room_with_rules_of_its_own_offers_what_it_may_be_booked_for(
    visitor: Visitor, installation: RunningInstallation, lang: str
) -> None:
    key = json.loads(installation.home.keys.read_text())["staff"]["key"]
    own = {"grid": 60, "shortest": 120, "longest": 240, "notice": 60, "days_ahead": 30}
    room = {"premises": "nuorisotalo", "space": f"paja-{lang}", "capacity": 12, "booking_rules": own}
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid4())}
    assert visitor.http.post("/booking/v1/spaces", json=room, headers=headers).status_code == 201
    day = weekday_in_days(2)
    page = visitor.open(f"/rooms/paja-{lang}?day={day}&lang={lang}")
    slots = {(one["start"][11:], one["end"][11:]) for one in offered(page)}
    assert slots
    assert {(int(end[:2]) - int(start[:2]), start[3:], end[3:]) for start, end in slots} == {(2, "00", "00")}
    said = PAGES.words[lang]
    hours = said["find.hours.other"]
    assert page.has(said["room.rule.length"].format(least=hours.format(count=2), most=hours.format(count=4)))
    assert page.has(said["room.rule.hour"])
    found = [one for one in offered(visitor.open(f"/rooms?day={day}&minutes=45&house=nuorisotalo&lang={lang}"))]
    lengths = {(one["space"], one["start"][11:], one["end"][11:]) for one in found if one["space"] == f"paja-{lang}"}
    assert all(int(end[:2]) - int(start[:2]) == 2 for _, start, end in lengths)
    assert lengths
    retired = headers | {"Idempotency-Key": str(uuid4())}
    assert visitor.http.post("/booking/v1/spaces", json=room | {"retire": True}, headers=retired).status_code < 300
