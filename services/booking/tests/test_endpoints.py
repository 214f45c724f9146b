"""Booking over HTTP: what the endpoints answer, and what may be read by whom."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import Any
from uuid import uuid4

import httpx
import pytest
from booking import main
from booking.pages import PAGES
from chassis.pages import LANGUAGES, words_of
from omatoimi_contracts.outcomes import SearchPerformed

from tests.kits.booking import KIOSK, STAFF, WEB, at
from tests.kits.chassis import validated_first

from .conftest import Endpoints

OWN_SCRIPT = '<script src="/static/omatoimi.js" defer></script>'
"""The one script of every page, which only adds to what is there."""


def told(reason: str, language: str = "en") -> str:
    """The words of a reason."""
    return words_of(Path(main.__file__).parent, language)[f"reasons.{reason}"]


def _body(space: str, start: float, end: float, **more: Any) -> dict[str, Any]:
    return {"space": space, "slot": {"start": at(start).isoformat(), "end": at(end).isoformat()}, **more}


async def test_a_booking_is_created_told_again_and_its_refusal_is_a_problem_with_alternatives(
    endpoints: Endpoints,
) -> None:
    web, id_ = await endpoints.client(WEB), uuid4()
    first = await web.post("/v1/bookings", _body("room-a", 10, 11, persons=4), id=id_)
    assert first.status_code == 201
    resource = first.json()["resource"]
    assert (resource["state"], resource["space"], resource["persons"]) == ("confirmed", "room-a", 4)
    read = (await web.get(f"/v1/bookings/{resource['booking']}")).json()
    assert read == resource | {"number": 1, "code": read["code"], "etag": first.json()["etag"]}
    assert re.fullmatch("[0-9]{6}", read["code"])
    assert resource["cancellable_until"] == resource["slot"]["end"]
    again = await web.post("/v1/bookings", _body("room-a", 10, 11, persons=4), id=id_)
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    assert again.json()["outcome"] == first.json()["outcome"]
    refused = await web.post("/v1/bookings", _body("room-a", 10, 11))
    problem = refused.json()
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert (problem["type"], problem["detail"]) == ("urn:omatoimi:problem:taken", told("taken"))
    assert [one["space"] for one in problem["outcome"]["data"]["alternatives"]] == ["studio", "room-b", "room-c"]


async def test_a_no_is_told_in_the_language_that_the_reader_wants(endpoints: Endpoints) -> None:
    web = await endpoints.client(WEB)
    assert (await web.post("/v1/bookings", _body("room-a", 10, 11))).status_code == 201
    for accept, language in (("sv-FI, en;q=0.5", "sv"), ("fi", "fi"), ("de", "en"), ("", "en")):
        for path, data, reason in (
            ("/v1/bookings", _body("room-a", 10, 11), "taken"),
            ("/v1/cancellations", {"booking": str(uuid4())}, "unknown-booking"),
        ):
            answer = await web.post(path, data, Accept_Language=accept)
            assert (answer.json()["detail"], answer.headers["content-language"]) == (told(reason, language), language)


async def test_what_is_validated_only_is_what_would_come_of_it_and_nothing_comes_of_it(endpoints: Endpoints) -> None:
    web, staff, service = await endpoints.client(WEB), await endpoints.client(STAFF), endpoints.city.services[0]
    booked = await validated_first(service, web, "/v1/bookings", _body("gym", 10, 11, persons=4))
    booking = booked.json()["resource"]["booking"]
    refused = await validated_first(service, web, "/v1/bookings", _body("gym", 10, 11))
    assert (booked.status_code, refused.status_code) == (201, 409)
    (task,) = (await staff.get("/v1/tasks")).json()["tasks"]
    slot = _body("", 14, 15)["slot"]
    for by, path, body in (
        (web, "/v1/moves", {"booking": booking, "slot": slot}),
        (staff, "/v1/task-changes", {"task": task["task"], "state": "done"}),
        (web, "/v1/cancellations", {"booking": booking, "reason": "illness"}),
        (web, "/v1/cancellations", {"booking": booking, "reason": "illness"}),
        (staff, "/v1/blockings", {"space": "gym", "slot": slot}),
        (staff, "/v1/spaces", {"premises": "school", "space": "loft", "capacity": 4}),
    ):
        await validated_first(service, by, path, body)


async def test_every_act_has_its_endpoint(endpoints: Endpoints) -> None:
    web, staff = await endpoints.client(WEB), await endpoints.client(STAFF)
    booking = (await web.post("/v1/bookings", _body("gym", 10, 11))).json()["resource"]["booking"]
    slot = _body("", 14, 15)["slot"]
    moved = await web.post("/v1/moves", {"booking": booking, "slot": slot})
    assert (moved.status_code, moved.json()["resource"]["slot"]["start"]) == (200, "2026-12-02T12:00:00Z")
    (task,) = (await staff.get("/v1/tasks")).json()["tasks"]
    assert (task["kind"], task["booking"], task["due"]) == ("open-door", booking, "2026-12-02T12:00:00Z")
    assert (await staff.post("/v1/task-changes", {"task": task["task"], "state": "done"})).status_code == 201
    assert (await staff.get("/v1/tasks?state=done&unit=vallila")).json()["tasks"][0]["state"] == "done"
    endpoints.city.now = at(14)
    attended = await web.post("/v1/attendances", {"booking": booking, "persons": 12})
    assert (attended.status_code, attended.json()["resource"]["counted"]) == (201, 12)
    other = (await web.post("/v1/bookings", _body("room-a", 15, 16))).json()["resource"]["booking"]
    cancelled = await web.post("/v1/cancellations", {"booking": other, "reason": "illness"})
    assert (cancelled.status_code, cancelled.json()["resource"]["state"]) == (200, "cancelled")
    assert (await web.post("/v1/cancellations", {"booking": other})).json()["detail"] == told("already-cancelled")
    assert (await staff.post("/v1/walk-ins", _body("hall", 12, 13, persons=3))).status_code == 201
    block = await staff.post("/v1/blockings", _body("room-a", 15, 16))
    assert block.status_code == 201
    assert (await staff.post("/v1/blockings", {"lift": block.json()["outcome"]["subject"]})).status_code == 201
    assert (await web.post("/v1/blockings", _body("room-a", 15, 16))).status_code == 403
    premises = {"premises": "annex", "owner": "library", "unit": "vallila"}
    assert (await staff.post("/v1/premises", premises)).status_code == 201
    assert (await staff.post("/v1/spaces", {"premises": "annex", "space": "attic", "capacity": 3})).status_code == 201
    hours = {"premises": "annex", "valid_from": "2026-12-01", "week": []}
    assert (await staff.post("/v1/hours", hours)).status_code == 201


async def test_a_booking_is_shown_to_its_channel_and_to_staff_alone(endpoints: Endpoints) -> None:
    web, kiosk, staff = [await endpoints.client(channel) for channel in (WEB, KIOSK, STAFF)]
    booking = (await web.post("/v1/bookings", _body("room-a", 10, 11))).json()["resource"]["booking"]
    path = f"/v1/bookings/{booking}"
    answers = [await web.get(path), await staff.get(path), await kiosk.get(path), await endpoints.http.get(path)]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 401]
    assert answers[0].json()["slot"] == {"start": "2026-12-02T08:00:00Z", "end": "2026-12-02T09:00:00Z"}
    assert (await web.get(f"/v1/bookings/{uuid4()}")).status_code == 404
    assert (await web.get("/v1/tasks")).status_code == 403


async def test_the_register_names_its_spaces_in_the_languages_it_has(endpoints: Endpoints) -> None:
    spaces = (await endpoints.http.get("/v1/spaces")).json()["spaces"]
    assert len(spaces) == 8
    hall, room = spaces[0], spaces[1]
    assert (hall["space"], hall["leaves"], hall["owner"]) == ("hall", ["room-a", "room-b", "room-c"], "library")
    assert (room["names"], room["premises_names"]["sv"]) == ({"fi": "Huone A", "sv": "Rum A"}, "library-sv")
    assert (await endpoints.http.get("/v1/spaces?unit=itakeskus")).json() == {"spaces": []}


async def _search(endpoints: Endpoints, space: str, start: datetime, end: datetime, **more: Any) -> httpx.Response:
    headers = {"Session": str(more.pop("session"))} if "session" in more else {}
    params = {"from": start.isoformat(), "to": end.isoformat(), **more}
    return await endpoints.http.get(f"/v1/spaces/{space}/free", params=params, headers=headers)


async def test_a_search_tells_the_stretches_in_which_a_booking_fits(endpoints: Endpoints) -> None:
    await endpoints.city.booked("studio", at(10), at(11))
    await endpoints.city.booked("studio", at(12.25), at(20))
    answer = await _search(endpoints, "studio", at(0), at(24, 3), minutes=45)
    assert answer.status_code == 200
    found = [(free["start"][8:16], free["end"][8:16]) for free in answer.json()["free"]]
    # 30 minutes lie between two bookings: what is left from 11.30 to 11.45 is too short.
    assert found == [("02T06:00", "02T07:30"), ("03T06:00", "03T18:00")]


async def test_a_search_with_a_session_is_counted_and_an_empty_one_is_demand_not_met(endpoints: Endpoints) -> None:
    session, other = uuid4(), uuid4()
    await endpoints.city.booked("room-a", at(8), at(20))
    assert (await _search(endpoints, "room-a", at(8), at(20), session=session)).json()["free"] == []
    await _search(endpoints, "room-b", at(8), at(20), session=session)
    # Who has neither a session nor a key leaves nothing that stands for ever.
    assert (await _search(endpoints, "room-b", at(8, 1), at(9, 1))).status_code == 200
    for year in (1, 9998):
        first, last = datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, tzinfo=UTC)
        await _search(endpoints, "room-b", first, last, session=other)
    events = await endpoints.city.events(SearchPerformed)
    assert [(e.data.hits, e.data.space, e.unit) for e in events] == [
        (0, "room-a", "vallila"),
        (1, "room-b", "vallila"),
        *[(0, "room-b", "vallila")] * 2,
    ]
    assert [event.data.session for event in events] == [session, session, other, other]
    assert [(event.subject, event.sequence) for event in events[:2]] == [
        (str(session), "0000000001"),
        (str(session), "0000000002"),
    ]
    assert (events[0].data.wanted.start, events[0].data.wanted.end) == (at(8), at(20))


async def test_a_search_at_a_kiosk_is_told_as_the_kiosks(endpoints: Endpoints) -> None:
    kiosk = await endpoints.client(KIOSK)
    params = "from=2026-12-02T08:00:00Z&to=2026-12-02T10:00:00Z"
    answer = await kiosk.get(f"/v1/spaces/room-a/free?{params}", content_language="sv", assisted="true")
    assert answer.status_code == 200
    (event,) = await endpoints.city.events(SearchPerformed)
    assert (event.channel, event.language, event.assisted) == ("kiosk", "sv", True)
    bad = await endpoints.http.get(f"/v1/spaces/room-a/free?{params}", headers={"Authorization": "Bearer nobody"})
    assert bad.status_code == 401


@pytest.mark.parametrize(
    ("space", "start", "end", "status"),
    [
        ("cellar", at(8), at(9), 404),
        ("room-a", at(9), at(8), 422),
        ("room-a", at(8), at(8, 400), 422),
        ("room-a", datetime(2026, 12, 2), datetime(2026, 12, 3), 422),  # noqa: DTZ001
    ],
)
async def test_a_search_that_makes_no_sense_is_told_so(
    endpoints: Endpoints, space: str, start: datetime, end: datetime, status: int
) -> None:
    answer = await _search(endpoints, space, start, end)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert await endpoints.city.events(SearchPerformed) == []


async def test_today_tells_what_is_taken_and_free_and_not_who_has_it(endpoints: Endpoints) -> None:
    organisation = uuid4()
    await endpoints.city.verify(organisation)
    await endpoints.city.booked("room-a", at(14), at(15), organiser={"organisation": str(organisation)})
    await endpoints.city.booked("studio", at(15), at(16))
    endpoints.city.now = at(12)
    answer = await endpoints.http.get("/v1/today?unit=vallila")
    rooms = {room["space"]: room for room in answer.json()["spaces"]}
    assert rooms["hall"]["taken"] == [{"start": "2026-12-02T12:00:00Z", "end": "2026-12-02T13:00:00Z"}]
    assert [span["start"][11:16] for span in rooms["hall"]["free"]] == ["10:00", "13:00"]
    assert [(s["start"][11:16], s["end"][11:16]) for s in rooms["studio"]["free"]] == [
        ("10:00", "12:30"),
        ("14:30", "18:00"),
    ]
    assert rooms["gym"]["open"][0]["kind"] == "staffed"
    now = {room: (told["now"]["state"], told["now"]["until"][11:16]) for room, told in rooms.items()}
    assert (now["hall"], now["studio"]) == (("free", "12:00"), ("free", "12:30"))
    endpoints.city.now = at(14.5)
    later = (await endpoints.http.get("/v1/today?unit=vallila")).json()["spaces"]
    assert next(room["now"] for room in later if room["space"] == "room-a") == {
        "state": "taken",
        "until": "2026-12-02T13:00:00Z",
    }
    assert str(organisation) not in answer.text
    assert "private" not in answer.text


async def test_which_association_has_a_room_today_is_told_and_of_nobody_else(endpoints: Endpoints) -> None:
    association, firm = uuid4(), uuid4()
    await endpoints.city.verify(association)
    await endpoints.city.verify(firm, "firm")
    await endpoints.city.booked("room-a", at(14), at(15), organiser={"organisation": str(association)})
    await endpoints.city.booked("studio", at(14), at(15))
    await endpoints.city.booked("gym", at(14), at(15), organiser={"organisation": str(firm)})
    await endpoints.city.booked("studio", at(38), at(39), organiser={"organisation": str(association)})
    endpoints.city.now = at(12)
    answer = await endpoints.http.get("/v1/today/associations?unit=vallila")
    held = {"start": "2026-12-02T12:00:00Z", "end": "2026-12-02T13:00:00Z", "organisation": str(association)}
    assert {one["space"]: one["held"] for one in answer.json()["spaces"]} == {"hall": [held], "room-a": [held]}
    assert (await endpoints.http.get("/v1/today/associations?unit=kallio")).json()["spaces"] == []


async def test_another_day_is_told_like_today_as_far_ahead_as_can_be_booked(endpoints: Endpoints) -> None:
    tomorrow = at(14) + timedelta(days=1)
    await endpoints.city.booked("studio", tomorrow, tomorrow + timedelta(hours=1))
    endpoints.city.now = at(12)
    told = (await endpoints.http.get("/v1/today?unit=vallila&day=2026-12-03")).json()
    studio = next(room for room in told["spaces"] if room["space"] == "studio")
    assert (told["date"], [span["start"] for span in studio["taken"]]) == ("2026-12-03", ["2026-12-03T12:00:00Z"])
    assert studio["free"][0]["start"] == studio["open"][0]["start"].replace("+00:00", "Z")
    for day, status in (("2026-12-02", 200), ("2027-12-02", 200), ("2026-12-01", 422), ("2027-12-03", 422)):
        answer = await endpoints.http.get(f"/v1/today?day={day}")
        assert answer.status_code == status, day
    assert answer.json()["pointer"] == "/day"


@pytest.mark.parametrize(
    ("asked", "accepted", "language", "words"),
    [
        ("", "", "fi", ["Tilat tänään", "Huone A", "Vapaa 14.00 asti", "henkilökunta paikalla", "Keskiviikko"]),
        ("?lang=sv", "fi", "sv", ["Lokaler i dag", "Rum A", "Ledig till 14:00", "personal på plats"]),
        ("?unit=vallila", "de, en-GB;q=0.9", "en", ["Rooms today", "Huone A", "Free until 14:00", "staffed"]),
        ("?unit=none", "", "fi", ["Täällä ei ole vielä varattavia tiloja."]),
    ],
)
async def test_the_page_shows_todays_rooms_in_three_languages_without_a_script(
    endpoints: Endpoints, asked: str, accepted: str, language: str, words: list[str]
) -> None:
    await endpoints.city.booked("room-a", at(14), at(15))
    endpoints.city.now = at(12)
    answer = await endpoints.http.get(f"/{asked}", headers={"Accept-Language": accepted})
    assert (answer.status_code, answer.headers["content-language"]) == (200, language)
    for word in words:
        assert word in answer.text
    assert f'<html lang="{language}">' in answer.text
    assert '<link rel="stylesheet" href="/static/omatoimi.css">' in answer.text
    assert "<script" not in answer.text.replace(OWN_SCRIPT, "")


async def test_the_bars_of_the_day_have_their_hours_and_one_key_and_the_time_between_has_a_word(
    endpoints: Endpoints,
) -> None:
    page = (await endpoints.http.get("/", params={"lang": "en"})).text
    bars = page.count('role="img"')
    assert bars
    assert page.count(">6&nbsp;</small><svg") == page.count('</svg><small aria-hidden="true">&nbsp;24<') == bars
    for words in ("A bar is the day from 6 to 24:", "there may be tidying time"):
        assert page.count(words) == 1
    nothing = (await endpoints.http.get("/", params={"lang": "en", "unit": "nowhere"})).text
    assert "tidying" not in nothing


async def test_a_name_cannot_break_the_page(endpoints: Endpoints) -> None:
    staff = await endpoints.client(STAFF)
    name = "<script>alert(1)</script> & co"
    await staff.post("/v1/spaces", {"premises": "school", "space": "lab", "capacity": 3, "names": {"fi": name}})
    page = (await endpoints.http.get("/")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in page
    assert "<script" not in page.replace(OWN_SCRIPT, "")


def test_the_page_has_all_its_words_in_every_language() -> None:
    assert PAGES.words["fi"].keys() == PAGES.words["sv"].keys() == PAGES.words["en"].keys()
    for key, words in PAGES.words["fi"].items():
        fields = [{name for _, name, _, _ in Formatter().parse(PAGES.words[code][key]) if name} for code in LANGUAGES]
        assert fields[0] == fields[1] == fields[2], (key, words)


async def test_a_rooms_name_stands_on_one_line_however_it_was_typed(endpoints: Endpoints) -> None:
    told = {
        "premises": "library",
        "space": "room-x",
        "capacity": 8,
        "names": {"fi": "Pa\u0308iva\u0308\nhuone\u202e 1"},
    }
    staff = await endpoints.client(STAFF)
    assert (await staff.post("/v1/spaces", told)).status_code == 201
    spaces = (await endpoints.http.get("/v1/spaces")).json()["spaces"]
    assert [space["names"] for space in spaces if space["space"] == "room-x"] == [{"fi": "Päivä huone 1"}]
