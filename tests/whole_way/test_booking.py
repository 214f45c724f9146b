"""Rooms of a city are booked, by every way in, by its own clock, by its own departments."""

import asyncio
import json

import pytest

from tests.waiting import until
from tests.whole_way.conftest import Association, Booked, Refused, System
from tests.whole_way.world import instant, slot


async def test_who_books_over_http_as_an_event_or_over_kafka_is_answered_alike(booked: Booked) -> None:
    outcomes = (booked.over_http, booked.as_event, booked.over_kafka)
    assert {outcome["type"] for outcome in outcomes} == {"omatoimi.booking.confirmed.v1"}
    assert len({outcome["data"]["booking"] for outcome in outcomes}) == 3


async def test_who_comes_second_is_refused_at_every_way_in_and_told_what_is_free_instead(refused: Refused) -> None:
    for outcome in (refused.over_http, refused.for_good, refused.over_kafka):
        assert outcome["data"]["rule"] == "taken"
        assert outcome["data"]["alternatives"], "a refusal offers what is free instead"


async def test_an_association_is_known_to_booking_once_notices_has_told_of_it(association: Association) -> None:
    told = association.booked["outcome"]["data"]["organiser"]
    assert told == {"class": "association", "organisation": association.held_by["organiser"]["organisation"]}


@pytest.mark.parametrize(
    ("begins", "ends", "is_open"), [((7, 30), 8, False), ((8, 0), 9, True), ((15, 30), 16, True), ((15, 30), 17, False)]
)
async def test_endpoints_open_and_close_by_the_citys_clock(
    register: System, begins: tuple[int, int], ends: int, is_open: bool
) -> None:
    """A house is open from eight to four there; tried, and nothing comes of it."""
    endpoints, city, tomorrow = register.endpoints, register.city, register.day(1)
    start, minutes = city.local(tomorrow, *begins), ends * 60 - begins[0] * 60 - begins[1]
    answer = await endpoints.resource(
        "try a booking",
        "booking/v1/bookings?validate-only=true",
        {"space": "torni", "slot": slot(start, minutes)},
        status=200 if is_open else 409,
    )
    assert is_open or answer["outcome"]["data"]["rule"] == "closed"


async def test_a_day_is_the_citys_day(register: System) -> None:
    told = await register.endpoints.get("booking/v1/today", unit=register.city.other_unit, day=str(register.day(1)))
    tower = next(one for one in told["spaces"] if one["space"] == "torni")
    opened = register.city.local(register.day(1), 8)
    assert told["date"] == str(register.day(1))
    assert instant(opened) in json.dumps(tower), tower


async def test_what_a_department_of_no_such_name_asks_is_refused_with_those_there_are(register: System) -> None:
    """At each way in: over HTTP, as an event, over Kafka."""
    endpoints, city = register.endpoints, register.city
    theirs = "parks" if city.name == "helsinki" else "youth"
    asked = {
        "space": "torni",
        "slot": slot(city.local(register.day(1), 9), 60),
        "organiser": {"class": "department", "department": theirs},
    }
    told = await endpoints.resource("ask as no department", "booking/v1/bookings", asked, by="staff", status=400)
    assert told["pointer"] == "/organiser/department"
    assert f"no '{theirs}' in this list" in told["detail"]
    assert all(name in told["detail"] for name in ("library", city.owner, city.department))
    premises = {"premises": "uusi", "owner": theirs, "unit": city.unit}
    await endpoints.resource("own as no department", "booking/v1/premises", premises, by="staff", status=400)
    await endpoints.kafka_record("ask over Kafka", "booking.requests.v1", "booking", asked, by="staff")

    async def put_aside() -> bool:
        told = await asyncio.to_thread(register.installation.command, "dead-letters", "list", "booking")
        return f"'{theirs}'" in told

    await until(put_aside, "the record goes to the dead letters with the reason")
