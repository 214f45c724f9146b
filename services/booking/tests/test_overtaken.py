"""Two who saw one booking and change it at one instant."""

from typing import Any

import httpx
from omatoimi_contracts.booking import BookingMoved

from tests.kits.booking import STAFF, WEB, at
from tests.kits.rivals import ROUNDS, Ask, one_of_two

from .conftest import Endpoints


async def test_of_two_who_move_one_booking_one_moves_it_and_the_other_is_told(endpoints: Endpoints) -> None:
    web, staff = await endpoints.client(WEB), await endpoints.client(STAFF)
    booking = str(await endpoints.city.booked("room-a", at(10), at(11), WEB))

    async def see(_: int) -> str:
        answer = await web.get(f"/v1/bookings/{booking}")
        assert answer.headers["ETag"] == f'"{answer.json()["etag"]}"'
        return str(answer.headers["ETag"])

    def to(by: Any, hour: int, number: int) -> Ask:
        start, end = at(hour, 3 + number % 20), at(hour + 1, 3 + number % 20)
        return by, "/v1/moves", {"booking": booking, "slot": {"start": start.isoformat(), "end": end.isoformat()}}

    await one_of_two(see, lambda number: (to(web, 12, number), to(staff, 14, number)))
    assert len(await endpoints.city.events(BookingMoved)) == ROUNDS


async def test_the_lists_of_the_desk_tell_the_state_of_each(endpoints: Endpoints) -> None:
    web, staff = await endpoints.client(WEB), await endpoints.client(STAFF)
    await endpoints.city.booked("room-a", at(10), at(11), WEB)
    day = {"from": at(0).isoformat(), "to": at(24).isoformat()}
    blocked = {"space": "room-b", "slot": {"start": at(10).isoformat(), "end": at(11).isoformat()}}
    assert (await staff.post("/v1/blockings", blocked)).status_code == 201
    owner = await staff.get(f"/v1/schedule?{httpx.QueryParams(day)}")
    told = owner.json()
    assert [one["etag"] for one in (*told["bookings"], *told["blocks"])] == ["0000000001"] * 2
    for path in ("/v1/premises/library/hours", "/v1/spaces/studio"):
        answer = await web.get(path)
        assert answer.headers["ETag"] == f'"{answer.json()["etag"]}"'
