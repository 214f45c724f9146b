"""An organisation that notices verified is known to booking, and what class it is comes from there alone."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest
from omatoimi_contracts.codec import STRUCTURED
from omatoimi_contracts.event import FactEvent
from uuid_utils.compat import uuid7

from tests.exchanges.town import ConnectedServices
from tests.waiting import until

TOLD, BOOKED = "notices.events.v1", "booking.events.v1"


async def verify(town: ConnectedServices, organisation: UUID, class_: str = "association") -> None:
    body = {"organisation": str(organisation), "class": class_}
    answer = await town["notices"].endpoints.staff.post("/v1/verifications", body)
    assert answer.status_code == 201, answer.text


async def withdraw(town: ConnectedServices, organisation: UUID) -> None:
    body = {"organisation": str(organisation), "state": "withdrawn"}
    answer = await town["notices"].endpoints.staff.post("/v1/verifications", body)
    assert answer.status_code == 200, answer.text


def wish(town: ConnectedServices, organisation: UUID, **claims: str) -> dict[str, Any]:
    """A request for the club room, with whatever the channel claims of the organiser."""
    return {
        "space": "kerhohuone",
        "slot": town.clock.evening(),
        "organiser": {"organisation": str(organisation), **claims},
    }


async def verdict(town: ConnectedServices, organisation: UUID, **claims: str) -> str:
    """What booking answers to the organisation: `confirmed` with the class it is booked under, or why not."""
    answer = await town["booking"].endpoints.web.post("/v1/bookings", wish(town, organisation, **claims))
    (event,) = await town.told(BOOKED, answer.json()["outcome"]["subject"])
    assert (event.data.organiser.organisation, event.outcome) == (organisation, True)
    return said(event)


def said(event: FactEvent[Any]) -> str:
    act = event.type.split(".")[2]
    return f"{act}: {event.data.rule if act == 'refused' else event.data.organiser.class_}"


async def asked_over_http(town: ConnectedServices, body: dict[str, Any]) -> FactEvent[Any]:
    answer = await town["booking"].endpoints.web.post("/v1/bookings", body)
    return (await town.told(BOOKED, answer.json()["outcome"]["subject"]))[0]


async def asked_as_an_event(town: ConnectedServices, body: dict[str, Any]) -> FactEvent[Any]:
    web, request = town["booking"].endpoints.web, town.request("web", "omatoimi.booking.requested.v1", body)
    answer = await web.post("/v1/events", request, id=UUID(request["id"]), content_type=STRUCTURED)
    return (await town.told(BOOKED, answer.json()["outcome"]["subject"]))[0]


async def asked_over_kafka(town: ConnectedServices, body: dict[str, Any]) -> FactEvent[Any]:
    request = town.request("web", "omatoimi.booking.requested.v1", body)
    await town.log.write("booking.requests.v1", "any", request)

    async def answered() -> list[FactEvent[Any]]:
        return [event for event in await town.log.events(BOOKED) if str(event.causationid) == request["id"]]

    return (await until(answered, "the request on Kafka is answered"))[0]


@pytest.mark.parametrize("endpoint", [asked_over_http, asked_as_an_event, asked_over_kafka])
async def test_the_class_on_a_booking_is_the_verified_one_whatever_a_channel_claims_by_any_endpoint(
    town: ConnectedServices, endpoint: Any
) -> None:
    organisation = uuid7()
    await verify(town, organisation, "association")
    await town.caught_up("booking", TOLD)
    for claims in ({}, {"class": "library", "department": "library"}, {"class": "firm"}, {"class": "private"}):
        event = await endpoint(town, wish(town, organisation, **claims))
        assert said(event) == "confirmed: association"
        assert (event.data.organiser.organisation, event.data.organiser.department) == (organisation, None)


async def test_who_is_not_verified_any_more_is_refused(town: ConnectedServices) -> None:
    organisation = uuid7()
    assert await verdict(town, organisation, **{"class": "association"}) == "refused: not-verified"
    await verify(town, organisation)
    await town.caught_up("booking", TOLD)
    assert await verdict(town, organisation) == "confirmed: association"
    await withdraw(town, organisation)
    await town.caught_up("booking", TOLD)
    assert await verdict(town, organisation, **{"class": "association"}) == "refused: not-verified"


async def test_booking_that_was_down_for_a_day_decides_by_what_it_knew_and_is_right_again_after(
    town: ConnectedServices,
) -> None:
    new, gone, other = uuid7(), uuid7(), uuid7()
    await verify(town, gone)
    await verify(town, other, "informal")
    await town.caught_up("booking", TOLD)
    async with town.down_for_a_day("booking"):
        await verify(town, new)
        await withdraw(town, gone)
        await withdraw(town, other)
        await verify(town, other, "firm")
        assert await verdict(town, new) == "refused: not-verified"
        assert await verdict(town, gone) == "confirmed: association"
        assert await verdict(town, other) == "confirmed: informal"
    await town.caught_up("booking", TOLD)
    assert await verdict(town, new) == "confirmed: association"
    assert await verdict(town, gone) == "refused: not-verified"
    assert await verdict(town, other) == "confirmed: firm"


async def test_old_news_of_an_organisation_that_comes_again_takes_nothing_back(town: ConnectedServices) -> None:
    gone, returned, renamed = uuid7(), uuid7(), uuid7()
    for organisation in (gone, returned, renamed):
        await verify(town, organisation, "informal")
    await withdraw(town, gone)
    await withdraw(town, returned)
    await verify(town, returned, "association")
    await verify(town, renamed, "firm")
    await town.everything_twice(TOLD)
    late, anew = partial(town.very_late, "booking"), partial(town.read_anew, "booking")
    for again in (town.everything_twice, late, anew):
        await again(TOLD)
        assert await verdict(town, gone) == "refused: not-verified"
        assert await verdict(town, returned) == "confirmed: association"
        assert await verdict(town, renamed) == "confirmed: firm"


async def test_a_worker_of_booking_killed_in_the_middle_leaves_nothing_undone(town: ConnectedServices) -> None:
    gone, new = uuid7(), uuid7()
    await verify(town, gone)
    await town.caught_up("booking", TOLD)
    async with town.killed_in_the_middle("booking", "lock table booking.organisation in exclusive mode"):
        await withdraw(town, gone)
        await verify(town, new)
    await town.caught_up("booking", TOLD)
    assert await verdict(town, gone) == "refused: not-verified"
    assert await verdict(town, new) == "confirmed: association"
