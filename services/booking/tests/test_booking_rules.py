"""The rules of a space for whoever books it are data: staff write them, each change is a version, and a refusal names
the version that decided."""

from typing import Any
from uuid import UUID

import pytest
from chassis import Answer, Caller
from omatoimi_contracts.booking import BookingConfirmed, BookingRefused
from omatoimi_contracts.premises import SpaceChanged, SpaceRegistered
from omatoimi_contracts.requests import CancellationRequested, MoveRequested, SpaceRequested
from omatoimi_contracts.rooms import BookingRules

from tests.kits.booking import STAFF, WEB, City, at, verdict

from .conftest import Endpoints

OWN = {"grid": 30, "shortest": 60, "longest": 180, "notice": 120, "days_ahead": 30, "cancel_before": 60}
FIRST = {"version": 1, **BookingRules().model_dump()}


def _club(**rules: int | None) -> dict[str, Any]:
    return {"premises": "youth-centre", "space": "club", "capacity": 20, "booking_rules": rules}


async def _writes(city: City, **rules: int | None) -> dict[str, Any]:
    """What the event tells of the rules, after staff have written them."""
    assert verdict(await city.ask(SpaceRequested.model_validate(_club(**rules)), STAFF)) == "changed"
    (*_, event) = await city.events(SpaceChanged)
    told: dict[str, Any] = event.data.model_dump(mode="json")["booking_rules"]
    return told


async def _books(city: City, start: float, end: float, day: int = 3) -> Answer:
    return await city.book("club", at(start, day), at(end, day))


async def test_each_change_of_the_rules_is_a_version_in_the_event_and_at_the_spaces_address(
    endpoints: Endpoints,
) -> None:
    city = endpoints.city
    registered = [one.data for one in await city.events(SpaceRegistered)]
    assert [one.booking_rules and one.booking_rules.model_dump() for one in registered] == [FIRST] * len(registered)
    assert await _writes(city, **OWN) == {"version": 2, **OWN}
    assert await _writes(city, **OWN) == {"version": 2, **OWN}, "the same is no change"
    assert await _writes(city) == FIRST | {"version": 3}
    rows = await city.conn.fetch("select version from booking.booking_rules where space = 'club' order by version")
    assert [row["version"] for row in rows] == [1, 2, 3], "each is kept"
    assert verdict(await city.ask(SpaceRequested.model_validate(_club() | {"retire": True}), STAFF)) == "retired"
    assert verdict(await city.ask(SpaceRequested.model_validate(_club(**OWN)), STAFF)) == "registered"
    shown = (await endpoints.http.get("/v1/spaces/club")).json()["rules"]
    assert shown["version"] == 4, "versions go on where they were"
    assert {name: shown[f"{name}_minutes"] for name in ("grid", "shortest", "longest", "notice")} == {
        name: OWN[name] for name in ("grid", "shortest", "longest", "notice")
    }
    assert shown["days_ahead"] == 30


@pytest.mark.parametrize(
    ("start", "end", "day", "rule"),
    [
        (9.25, 10.5, 3, "off-grid"),
        (9, 10 + 1 / 3600 / 1000, 3, "off-grid"),
        (9, 9.5, 3, "too-short"),
        (9, 12.5, 3, "too-long"),
        (13, 14, 2, "too-soon"),
        (9, 10, 34, "too-far-ahead"),
    ],
)
async def test_a_space_refuses_by_the_rules_that_staff_wrote_and_names_their_version(
    city: City, start: float, end: float, day: int, rule: str
) -> None:
    await _writes(city, **OWN)
    city.now = at(12)
    assert verdict(await _books(city, start, end, day)) == rule
    (*_, refused) = await city.events(BookingRefused)
    assert (refused.data.rule, refused.data.ruleversion) == (rule, 2)
    assert verdict(await _books(city, 9, 10)) == "confirmed"


async def test_no_booking_of_a_microsecond_is_confirmed_anywhere(city: City) -> None:
    for space in ("room-a", "hall", "studio", "gym", "club"):
        answer = await city.book(space, at(10), at(10 + 1 / 3600 / 1000))
        assert verdict(answer) == "off-grid"
    assert await city.events(BookingConfirmed) == []


async def test_a_move_keeps_to_the_rules_as_they_are_now(city: City) -> None:
    booking = await city.booked("club", at(9.25, 3), at(13.25, 3))
    await _writes(city, **OWN)

    async def moved(start: float, end: float) -> str:
        slot = {"start": at(start, 3), "end": at(end, 3)}
        return verdict(await city.ask(MoveRequested.model_validate({"booking": booking, "slot": slot})))

    assert await moved(9.25, 14.25) == "off-grid", "the end that changes"
    assert await moved(9.25, 13) == "too-long"
    assert await moved(9.25, 12) == "moved", "its beginning stays where it was"


async def test_what_is_shown_as_free_and_what_is_offered_instead_keeps_to_the_rules(endpoints: Endpoints) -> None:
    city = endpoints.city
    await city.booked("club", at(8, 3), at(12.25, 3))
    await _writes(city, **OWN)
    refused = await _books(city, 10, 12)
    assert verdict(refused) == "taken"
    offered = [(one["slot"]["start"], one["slot"]["end"]) for one in refused.outcome.data["alternatives"]]
    assert offered[0] == ("2026-12-03T10:30:00Z", "2026-12-03T12:30:00Z"), "on the grid, after the other's end"
    asked: dict[str, Any] = {"from": "2026-12-03", "premises": "youth-centre", "minutes": 15}
    (day,) = (await endpoints.http.get("/v1/free", params=asked)).json()["days"]
    (club,) = day["premises"][0]["spaces"]
    spans = [(one["start"][11:16], one["end"][11:16]) for one in club["free"]]
    assert spans == [("10:30", "18:00")]
    assert club["rules"]["shortest_minutes"] == 60, "so that a channel can offer what fits"
    (day,) = (await endpoints.http.get("/v1/free", params=asked | {"minutes": 181})).json()["days"]
    assert day["premises"][0]["spaces"][0]["free"] == [], "longer than it is ever booked"
    later = {"from": at(9, 3).isoformat(), "to": at(9, 60).isoformat()}
    last = (await endpoints.http.get("/v1/spaces/club/free", params=later)).json()["free"][-1]
    assert last["start"][:10] == "2026-12-31", "no later than thirty days ahead"


async def test_who_stands_before_an_empty_room_books_from_the_slot_under_way(endpoints: Endpoints) -> None:
    city = endpoints.city
    await _writes(city, grid=60, shortest=60, longest=120)
    city.now = at(14.7)
    today = {one["space"]: one for one in (await endpoints.http.get("/v1/today")).json()["spaces"]}
    assert today["club"]["now"]["state"] == "free"
    slot = today["club"]["from_now"]
    assert (slot["start"][11:16], slot["end"][11:16]) == ("12:00", "14:00")
    assert verdict(await _books(city, 14, 15, 2)) == "confirmed"
    today = {one["space"]: one for one in (await endpoints.http.get("/v1/today")).json()["spaces"]}
    assert today["club"]["from_now"]["start"][11:16] == "13:00", "the next"
    assert verdict(await _books(city, 13, 14, 2)) == "in-the-past"


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"grid": 7, "shortest": 14, "longest": 70}, "divide an hour"),
        ({"grid": 30, "shortest": 45}, "multiples"),
        ({"shortest": 120, "longest": 60}, "nobody could book"),
        ({"notice": 1440, "days_ahead": 1}, "nobody could book"),
        ({"cleaning": 15}, "booking_rules"),
    ],
)
async def test_rules_that_nobody_could_keep_are_refused_with_the_reason(
    endpoints: Endpoints, rules: dict[str, int], said: str
) -> None:
    staff = await endpoints.client(STAFF)
    answer = await staff.post("/v1/spaces", _club(**rules))
    assert answer.status_code == 400
    assert said in answer.text


async def test_a_booking_is_given_back_until_the_deadline_that_was_promised_with_it(endpoints: Endpoints) -> None:
    city = endpoints.city
    await _writes(city, cancel_before=120)
    early = await city.booked("club", at(9, 3), at(10, 3))
    late = await city.booked("club", at(11, 3), at(12, 3))
    await _writes(city, cancel_before=0)
    web = await endpoints.client(WEB)
    shown = (await web.get(f"/v1/bookings/{late}")).json()
    assert shown["cancellable_until"] == "2026-12-03T07:00:00Z", "the later rules are about later bookings"

    async def cancelled(booking: UUID, by: Caller = WEB) -> str:
        return verdict(await city.ask(CancellationRequested(booking=booking), by))

    async def moved(start: float, end: float) -> str:
        slot = {"start": at(start, 3), "end": at(end, 3)}
        return verdict(await city.ask(MoveRequested.model_validate({"booking": late, "slot": slot})))

    city.now = at(7, 3)
    assert await cancelled(early) == "cancelled"
    city.now = at(9.5, 3)
    assert await cancelled(late) == "too-late-to-cancel"
    assert await moved(11, 11.5) == await moved(13, 14) == "too-late-to-cancel", "a move gives something back too"
    assert await cancelled(late, STAFF) == "cancelled"
    kept = await city.booked("club", at(11, 3), at(12, 3))
    assert await cancelled(kept) == "cancelled", "until it begins, by the rules of now"


async def test_who_stays_longer_gives_nothing_back(city: City) -> None:
    await _writes(city, cancel_before=1440)
    booking = await city.booked("club", at(11, 3), at(12, 3))
    confirmed = (await city.events(BookingConfirmed))[-1].data
    assert confirmed.cancel_before == 1440
    await _writes(city)
    city.now = at(9, 3)
    slot = {"start": at(11, 3), "end": at(13, 3)}
    assert verdict(await city.ask(MoveRequested.model_validate({"booking": booking, "slot": slot}))) == "moved"
    assert verdict(await city.ask(CancellationRequested(booking=booking))) == "cancelled", "moved under other rules"
