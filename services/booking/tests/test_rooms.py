"""What residents know of a room before they book it: its texts, what stands there, how one gets in, its house rules."""

from typing import Any

import httpx
from chassis import Answer
from omatoimi_contracts.booking import BookingConfirmed, BookingMoved
from omatoimi_contracts.outcomes import SearchPerformed
from omatoimi_contracts.premises import SpaceChanged
from omatoimi_contracts.requests import MoveRequested, SpaceRequested
from omatoimi_contracts.text import MASK

from tests.kits.booking import STAFF, WEB, City, at, booking_request, verdict

from .conftest import Endpoints

CODE = "131052-308T"
WEB_SESSION = "0f1d2c3b-4a59-4687-9b1c-2d3e4f5a6b7c"
RULES = {"fi": "Siivoa jälkesi.\nSoitto loppuu kello 21.", "sv": "Städa efter dig."}


def _hall(**more: Any) -> SpaceRequested:
    """The hall as staff write it anew."""
    told = {"premises": "library", "space": "hall", "capacity": 60, "parts": ["room-a", "room-b", "room-c"], **more}
    return SpaceRequested.model_validate(told)


async def _writes(city: City, **more: Any) -> SpaceChanged:
    answer = await city.ask(_hall(**more), STAFF)
    assert verdict(answer) == "changed", answer
    (*_, event) = await city.events(SpaceChanged)
    assert isinstance(event.data, SpaceChanged)
    return event.data


async def _books(city: City, hour: float, **more: Any) -> Answer:
    return await city.book("hall", at(hour), at(hour + 1), **more)


async def test_what_staff_write_of_a_room_stands_in_its_event_and_at_its_address(endpoints: Endpoints) -> None:
    about: dict[str, Any] = {
        "minimum": 10,
        "descriptions": {"fi": "Suuri sali", "sv": "Stor sal", "en": "A large hall"},
        "equipment": ["piano", "projector"],
        "accessibility": ["step-free", "hearing-loop"],
        "access": {"fi": "Ovi on Päijänteentiellä."},
        "price": "free",
        "pictures": [{"address": "https://images.library.example/hall.jpg", "alternative": {"fi": "Sali"}}],
    }
    event = await _writes(endpoints.city, **about, house_rules=RULES, rules_to_accept=True)
    assert {name: event.model_dump(mode="json")[name] for name in about} == about
    rules = {"version": 1, "to_accept": True, "words": RULES}
    assert event.model_dump(mode="json")["house_rules"] == rules
    shown = (await endpoints.http.get("/v1/spaces/hall")).json()
    assert {name: shown[name] for name in about} == about
    assert shown["house_rules"] == rules
    listed = {one["space"]: one for one in (await endpoints.http.get("/v1/spaces")).json()["spaces"]}
    assert (listed["hall"]["equipment"], listed["hall"]["minimum"]) == (["piano", "projector"], 10)
    first_line = {"fi": "Siivoa jälkesi.", "sv": "Städa efter dig."}
    assert listed["hall"]["house_rules"] == {"version": 1, "to_accept": True, "first_line": first_line}
    assert "descriptions" not in listed["hall"], "long texts stand at the room's own address"
    assert listed["room-a"]["house_rules"] is None
    today = {one["space"]: one for one in (await endpoints.http.get("/v1/today")).json()["spaces"]}
    assert today["hall"]["house_rules"] == listed["hall"]["house_rules"]


async def test_an_identity_code_in_a_text_of_a_room_is_masked_and_its_words_are_composed(city: City) -> None:
    said = {"fi": f"Avain:\r\n{CODE} a\u0308"}
    picture = {"address": "https://images.library.example/a.jpg", "alternative": said}
    event = await _writes(city, descriptions=said, access=said, house_rules=said, pictures=[picture])
    assert event.house_rules is not None
    for words in (event.descriptions, event.access, event.house_rules.words, event.pictures[0].alternative):
        assert words["fi"].startswith(f"Avain:\n{MASK} ")


async def test_a_room_whose_rules_must_be_accepted_is_booked_by_who_names_the_version_that_holds(city: City) -> None:
    await _writes(city, house_rules=RULES, rules_to_accept=True)
    assert verdict(await _books(city, 9)) == "rules-not-accepted"
    assert verdict(await _books(city, 9, rules_accepted=2)) == "rules-not-accepted", "there is no such version"
    assert verdict(await _books(city, 9, rules_accepted=1)) == "confirmed"
    (event,) = await city.events(BookingConfirmed)
    assert event.data.rules_accepted == 1
    await _writes(city, house_rules=RULES | {"en": "Tidy up."}, rules_to_accept=True)
    assert verdict(await _books(city, 11, rules_accepted=1)) == "rules-not-accepted", "they have changed meanwhile"
    assert verdict(await _books(city, 11, rules_accepted=2)) == "confirmed"
    # A batch, as the worker reads it off Kafka.
    asked = [
        booking_request("hall", at(hour), at(hour + 1), **more)
        for hour, more in ((13, {}), (14, {"rules_accepted": 2}))
    ]
    assert [verdict(answer) for answer in await city.ask_all(asked)] == ["rules-not-accepted", "confirmed"]


async def test_a_version_counts_the_words_of_the_rules_alone_and_each_one_stays_readable(endpoints: Endpoints) -> None:
    versions = []
    for rules, to_accept in ((RULES, False), (RULES, True), ({}, False), (RULES, True), ({"fi": "Uudet"}, True)):
        event = await _writes(endpoints.city, house_rules=rules, rules_to_accept=to_accept)
        versions.append(event.house_rules and event.house_rules.version)
    assert versions == [1, 1, None, 1, 2]

    async def read(**asked: int) -> httpx.Response:
        return await endpoints.http.get("/v1/spaces/hall/house-rules", params=asked)

    assert (await read()).json() == {"space": "hall", "version": 2, "words": {"fi": "Uudet"}}
    assert (await read(version=1)).json()["words"] == RULES
    assert (await read(version=3)).status_code == 404


async def test_over_http_the_refusal_says_what_to_do_and_the_booking_shows_what_was_accepted(
    endpoints: Endpoints,
) -> None:
    await _writes(endpoints.city, house_rules=RULES, rules_to_accept=True)
    web = await endpoints.client(WEB)
    asked = booking_request("hall", at(9), at(10)).model_dump(mode="json", by_alias=True, exclude_none=True)
    refused = await web.post("/v1/bookings", asked)
    assert refused.status_code == 409
    assert refused.json()["type"].endswith(":rules-not-accepted")
    assert "rules_accepted" in refused.json()["detail"]
    confirmed = await web.post("/v1/bookings", {**asked, "rules_accepted": 1})
    assert confirmed.status_code == 201
    assert confirmed.json()["resource"]["rules_accepted"] == 1


async def test_whoever_moves_within_a_room_has_accepted_its_rules_and_another_room_asks_anew(city: City) -> None:
    booking = await city.booked("hall", at(9), at(10))
    await _writes(city, house_rules=RULES, rules_to_accept=True)

    async def moves(**more: Any) -> str:
        return verdict(await city.ask(MoveRequested.model_validate({"booking": booking, **more}), WEB))

    def slot(hour: float) -> dict[str, Any]:
        return {"start": at(hour), "end": at(hour + 1)}

    assert await moves(slot=slot(10)) == "moved", "what held when they booked it was no such rule"
    assert await moves(slot=slot(12), rules_accepted=9) == "rules-not-accepted"
    assert await moves(slot=slot(12), space="studio") == "moved"
    assert await moves(slot=slot(13), space="hall") == "rules-not-accepted"
    assert await moves(slot=slot(13), space="hall", rules_accepted=1) == "moved"
    assert [event.data.rules_accepted for event in await city.events(BookingMoved)] == [None, None, 1]


async def test_a_group_below_the_minimum_is_refused_and_a_number_that_is_not_told_is_the_minimum(city: City) -> None:
    await _writes(city, minimum=10)
    answer = await _books(city, 9, persons=9)
    assert verdict(answer) == "too-few-persons"
    offered = {one["space"] for one in answer.outcome.data["alternatives"]}
    assert offered == {"room-c"}, "the others do not hold nine"
    assert verdict(await _books(city, 9, persons=10)) == "confirmed"
    assert verdict(await _books(city, 10)) == "confirmed"
    small = await city.book("room-a", at(12), at(13), persons=9)
    assert {one["space"] for one in small.outcome.data["alternatives"]} == {"room-c"}, "the hall is for ten or more"


async def test_a_search_finds_the_rooms_with_all_that_must_be_there_and_is_told_as_it_was_made(
    endpoints: Endpoints,
) -> None:
    await _writes(endpoints.city, minimum=10, equipment=["piano", "projector"], accessibility=["step-free"])
    club = {"premises": "youth-centre", "space": "club", "capacity": 20, "equipment": ["piano"]}
    await endpoints.city.ask(SpaceRequested.model_validate(club), STAFF)

    async def found(**asked: Any) -> set[str]:
        answer = await endpoints.http.get("/v1/free", params=asked, headers={"Session": WEB_SESSION})
        assert answer.status_code == 200, answer.text
        (day,) = answer.json()["days"]
        return {space["space"] for house in day["premises"] for space in house["spaces"]}

    assert await found(equipment="piano") == {"hall", "club"}
    assert await found(equipment=["piano", "projector"]) == {"hall"}
    assert await found(equipment="piano", accessibility="step-free", persons=12) == {"hall"}
    assert await found(equipment="piano", persons=9) == {"club"}, "the hall is for ten or more"
    assert await found(equipment=["piano", "kitchen"]) == set()
    events = [event.data for event in await endpoints.city.events(SearchPerformed)]
    assert [event.equipment for event in events][:2] == [("piano",), ("piano", "projector")]
    assert (events[2].accessibility, events[-1].hits) == (("step-free",), 0), "as where a group is too large for all"


async def test_a_code_that_no_list_has_is_refused_with_those_that_there_are(endpoints: Endpoints) -> None:
    answer = await endpoints.http.get("/v1/free", params={"equipment": "matti-040123"})
    assert answer.status_code == 422
    assert "there are projector, screen" in answer.text
    assert not await endpoints.city.events(SearchPerformed)


async def test_a_room_that_nobody_could_book_is_not_registered(endpoints: Endpoints) -> None:
    staff = await endpoints.client(STAFF)
    hall = {"premises": "library", "space": "hall", "capacity": 60}
    for more, words in (
        ({"minimum": 61}, "above the capacity"),
        ({"rules_to_accept": True}, "no house rules to accept"),
        ({"pictures": [{"address": "http://images.example/a.jpg", "alternative": {"fi": "Sali"}}]}, "address"),
        ({"pictures": [{"address": "https://images.example/a.jpg", "alternative": {}}]}, "alternative"),
        ({"descriptions": {"fi": "a" * 2001}}, "2000"),
    ):
        answer = await staff.post("/v1/spaces", {**hall, **more})
        assert answer.status_code == 400, answer.text
        assert words in answer.text
