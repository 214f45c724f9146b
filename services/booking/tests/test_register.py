"""Premises, spaces, hours and blocks: the staff's register, and what stands on it."""

from datetime import date
from typing import Any

import pytest
from omatoimi_contracts.premises import (
    HoursSet,
    PremisesChanged,
    PremisesRegistered,
    PremisesRetired,
    SpaceBlocked,
    SpaceChanged,
    SpaceRegistered,
    SpaceRetired,
    SpaceUnblocked,
)
from omatoimi_contracts.requests import (
    BlockingRequested,
    CancellationRequested,
    HoursRequested,
    PremisesRequested,
    SpaceRequested,
)
from omatoimi_contracts.vocabulary import RequestData

from tests.kits.booking import STAFF, WEB, City, at, verdict, week


def _space(space: str = "room-a", premises: str = "library", **more: Any) -> SpaceRequested:
    return SpaceRequested.model_validate({"premises": premises, "space": space, "capacity": 8, **more})


def _block(space: str, start: float, end: float) -> BlockingRequested:
    return BlockingRequested.model_validate({"space": space, "slot": {"start": at(start), "end": at(end)}})


@pytest.mark.parametrize(
    "asked",
    [
        PremisesRequested(premises="annex", owner="library", unit="vallila"),
        _space("room-d"),
        HoursRequested(premises="library", valid_from=date(2027, 1, 1), week=()),
        _block("room-a", 10, 12),
    ],
    ids=lambda asked: asked.TYPE,
)
async def test_only_staff_change_the_register(city: City, asked: RequestData) -> None:
    assert verdict(await city.ask(asked, WEB)) == "not-allowed"
    assert verdict(await city.ask(asked, STAFF)) in ("registered", "set", "blocked")


async def test_the_register_tells_what_its_rooms_are_called(city: City) -> None:
    """Also where a room's entry changes by itself, because one of its parts did."""
    spaces = {event.data.space: event.data.names for event in await city.events(SpaceRegistered)}
    assert spaces["room-a"] == {"fi": "Huone A", "sv": "Rum A"}
    premises = {event.data.premises: event.data.names for event in await city.events(PremisesRegistered)}
    assert premises["library"] == {"fi": "Library", "sv": "library-sv", "en": "library-en"}
    await city.ask(_space("hall", parts=("room-a", "room-b"), names={"sv": "Salen"}), STAFF)
    await city.ask(PremisesRequested(premises="library", owner="library", unit="vallila", names={"fi": "Talo"}), STAFF)
    assert [event.data.names for event in await city.events(SpaceChanged)] == [{"sv": "Salen"}]
    assert [event.data.names for event in await city.events(PremisesChanged)] == [{"fi": "Talo"}]
    await city.ask(_space("corner"), STAFF)
    await city.ask(_space("room-a", parts=("corner",), names={"fi": "Huone A"}), STAFF)
    last = {event.data.space: event.data.names for event in await city.events(SpaceChanged)}
    assert (last["hall"], last["room-a"]) == ({"sv": "Salen"}, {"fi": "Huone A"})


async def test_the_register_tells_what_it_holds(city: City) -> None:
    premises = await city.events(PremisesRegistered)
    assert [(e.data.premises, e.data.owner, e.unit) for e in premises] == [
        ("library", "library", "vallila"),
        ("school", "school", "vallila"),
        ("youth-centre", "youth", "vallila"),
    ]
    spaces = {event.data.space: event.data for event in await city.events(SpaceRegistered)}
    assert spaces["hall"].leaves == ("room-a", "room-b", "room-c")
    assert (spaces["studio"].buffer_before, spaces["studio"].buffer_after, spaces["gym"].task) == (15, 30, "open-door")
    assert [event.data.premises for event in await city.events(HoursSet)] == ["library", "school", "youth-centre"]


async def test_an_entry_that_is_asked_for_again_is_changed(city: City) -> None:
    await city.ask(PremisesRequested(premises="school", owner="culture", unit="none"), STAFF)
    (changed,) = await city.events(PremisesChanged)
    assert (changed.data.owner, changed.unit) == ("culture", "none")
    await city.booked("gym", at(10), at(11))
    await city.ask(_space("gym", "school", capacity=50, buffer_before=60), STAFF)
    (space,) = await city.events(SpaceChanged)
    assert (space.data.capacity, space.data.buffer_before, space.data.task, space.unit) == (50, 60, None, "none")
    assert verdict(await city.book("gym", at(11.5), at(12))) == "taken"


async def test_hours_decide_from_their_own_date_on(city: City) -> None:
    week_ = week("16:00", "22:00", "self-service")
    asked = HoursRequested(premises="library", valid_from=date(2026, 12, 5), week=week_)
    assert verdict(await city.ask(asked, STAFF)) == "set"
    assert verdict(await city.book("room-a", at(10, 4), at(11, 4))) == "confirmed"
    assert verdict(await city.book("room-a", at(10, 5), at(11, 5))) == "closed"
    answer = await city.book("room-a", at(20, 5), at(22, 5))
    assert (verdict(answer), answer.outcome.data["hours"]) == ("confirmed", "self-service")
    await city.ask(HoursRequested(premises="library", valid_from=date(2026, 12, 5), week=week("08:00", "16:00")), STAFF)
    assert verdict(await city.book("room-a", at(17, 5), at(18, 5))) == "closed"


async def test_a_slot_over_two_kinds_of_hours_is_mixed(city: City) -> None:
    spans = [
        {"opens": "08:00", "closes": "16:00", "kind": "staffed"},
        {"opens": "16:00", "closes": "20:00", "kind": "self-service"},
    ]
    asked = {"premises": "library", "valid_from": "2026-12-05", "week": [{"weekday": 6, "spans": spans}]}
    await city.ask(HoursRequested.model_validate(asked), STAFF)
    kinds = [
        (await city.book("room-a", at(*slot[:2]), at(*slot[2:]))).outcome.data["hours"]
        for slot in ((15, 5, 16, 5), (16, 5, 17, 5), (14, 5, 18, 5), (10, 6, 11, 6))
    ]
    assert kinds == ["staffed", "self-service", "mixed", "closed"]


async def test_hours_that_contradict_themselves_are_rejected(city: City) -> None:
    spans = [
        {"opens": "08:00", "closes": "16:00", "kind": "staffed"},
        {"opens": "15:00", "closes": "20:00", "kind": "staffed"},
    ]
    asked = {"premises": "library", "valid_from": "2026-12-05", "week": [{"weekday": 6, "spans": spans}]}
    assert verdict(await city.ask(HoursRequested.model_validate(asked), STAFF)) == "impossible-hours"
    asked = {"premises": "annex", "valid_from": "2026-12-05", "week": []}
    assert verdict(await city.ask(HoursRequested.model_validate(asked), STAFF)) == "unknown-premises"


async def test_a_part_made_of_parts_gives_its_leaves_to_the_whole(city: City) -> None:
    await city.ask(_space("upstairs", "school", parts=("gym", "classroom")), STAFF)
    await city.ask(_space("whole-school", "school", parts=("upstairs",)), STAFF)
    assert verdict(await city.ask(_space("lab", "school"), STAFF)) == "registered"
    assert verdict(await city.ask(_space("upstairs", "school", parts=("gym", "classroom", "lab")), STAFF)) == "changed"
    changed = {event.data.space: event.data.leaves for event in await city.events(SpaceChanged)}
    assert changed == {"upstairs": ("classroom", "gym", "lab"), "whole-school": ("classroom", "gym", "lab")}
    await city.booked("whole-school", at(10), at(11))
    assert verdict(await city.book("lab", at(10.5), at(12))) == "taken"


async def test_what_a_space_is_made_of_cannot_change_under_a_booking(city: City) -> None:
    changes = (
        _space("hall", parts=("room-a", "room-b")),
        _space("room-a", parts=("studio",)),
    )
    booking = await city.booked("hall", at(10), at(11))
    for asked in changes:
        assert verdict(await city.ask(asked, STAFF)) == "in-use"
    assert (
        verdict(await city.ask(_space("hall", parts=("room-c", "room-b", "room-a"), capacity=90), STAFF)) == "changed"
    )
    await city.ask(CancellationRequested(booking=booking))
    for asked in changes:
        assert verdict(await city.ask(asked, STAFF)) == "changed"
    assert (await city.book("hall", at(10), at(11))).outcome.data["leaves"] == ["room-b", "studio"]


async def test_what_a_space_is_made_of_may_change_when_all_bookings_are_over(city: City) -> None:
    await city.booked("hall", at(10), at(11))
    city.now = at(11)
    assert verdict(await city.ask(_space("hall", parts=("room-a", "room-b")), STAFF)) == "changed"


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (_space("hall", parts=("room-a", "gym")), "unknown-part"),
        (_space("room-a", parts=("hall",)), "part-of-itself"),
        (_space("room-a", "school"), "space-elsewhere"),
        (_space("room-z", "annex"), "unknown-premises"),
        (_space("room-z", retire=True), "unknown-space"),
        (_space("room-a", retire=True), "is-a-part"),
        (PremisesRequested(premises="annex", owner="library", unit="vallila", retire=True), "unknown-premises"),
    ],
)
async def test_what_cannot_be_in_the_register_is_rejected_with_its_reason(
    city: City, asked: RequestData, reason: str
) -> None:
    before = await city.conn.fetch("select * from booking.space order by space")
    assert verdict(await city.ask(asked, STAFF)) == reason
    assert await city.conn.fetch("select * from booking.space order by space") == before


async def test_what_is_booked_cannot_be_retired_and_what_is_retired_cannot_be_booked(city: City) -> None:
    booking = await city.booked("club", at(10), at(11))
    house = PremisesRequested(premises="youth-centre", owner="youth", unit="vallila", retire=True)
    room = _space("club", "youth-centre", retire=True)
    assert verdict(await city.ask(room, STAFF)) == "in-use"
    assert verdict(await city.ask(house, STAFF)) == "in-use"
    await city.ask(CancellationRequested(booking=booking))
    assert verdict(await city.ask(house, STAFF)) == "retired"
    assert [event.data.space for event in await city.events(SpaceRetired)] == ["club"]
    assert [event.data.premises for event in await city.events(PremisesRetired)] == ["youth-centre"]
    assert verdict(await city.book("club", at(10), at(11))) == "unknown-space"
    assert verdict(await city.ask(house, STAFF)) == "unknown-premises"
    again = PremisesRequested(premises="youth-centre", owner="youth", unit="vallila")
    assert verdict(await city.ask(again, STAFF)) == "registered"
    assert verdict(await city.ask(_space("club", "youth-centre"), STAFF)) == "registered"
    await city.booked("club", at(10), at(11))


async def test_a_block_keeps_bookings_out_until_it_is_lifted(city: City) -> None:
    answer = await city.ask(_block("hall", 10, 14), STAFF)
    block = answer.outcome.subject
    assert verdict(answer) == "blocked"
    (event,) = await city.events(SpaceBlocked)
    assert (event.data.leaves, event.data.slot.end, event.unit) == (("room-a", "room-b", "room-c"), at(14), "vallila")
    assert verdict(await city.book("room-b", at(13), at(15))) == "taken"
    assert verdict(await city.ask(_block("room-b", 13, 15), STAFF)) == "taken"
    lift = BlockingRequested.model_validate({"lift": block})
    assert verdict(await city.ask(lift, WEB)) == "not-allowed"
    assert verdict(await city.ask(lift, STAFF)) == "unblocked"
    lifted = [e for e in await city.events(SpaceUnblocked) if isinstance(e.data, SpaceUnblocked)]
    assert [(e.data.block, e.data.slot.start) for e in lifted] == [(block, at(10))]
    assert verdict(await city.ask(lift, STAFF)) == "already-lifted"
    await city.booked("room-b", at(13), at(15))


async def test_a_block_pushes_no_booking_out_and_may_lie_in_its_buffer(city: City) -> None:
    await city.booked("studio", at(10), at(11))
    assert verdict(await city.ask(_block("studio", 10.75, 12), STAFF)) == "taken"
    answer = await city.ask(_block("studio", 11, 12), STAFF)
    assert verdict(answer) == "blocked"
    await city.booked("studio", at(12), at(13))
    assert verdict(await city.ask(_space("studio", retire=True), STAFF)) == "in-use"
    city.now = at(12)
    lift = BlockingRequested.model_validate({"lift": answer.outcome.subject})
    assert verdict(await city.ask(lift, STAFF)) == "already-over"
    unknown = BlockingRequested.model_validate({"lift": "01a21201-5e70-760b-a747-6eef7b96631e"})
    assert verdict(await city.ask(unknown, STAFF)) == "unknown-block"
    assert verdict(await city.ask(_block("cellar", 10, 11), STAFF)) == "unknown-space"
