"""What the desk reads: what is booked and blocked, the premises with their hours, and whom changed hours would leave
before a closed door."""

from typing import Any
from uuid import uuid4

import pytest

from tests.kits.booking import STAFF, WEB, at
from tests.kits.chassis import Client, validated_first

from .conftest import Endpoints


def _between(start: float, end: float, day: int = 2, last: int = 2, **more: str) -> str:
    told = {"from": at(start, day), "to": at(end, last)}
    query = "&".join(f"{name}={moment:%Y-%m-%dT%H:%M:%SZ}" for name, moment in told.items())
    return "/v1/schedule?" + "&".join([query, *(f"{name}={value}" for name, value in more.items())])


def _week(opens: str, closes: str) -> list[dict[str, Any]]:
    span = {"opens": opens, "closes": closes, "kind": "staffed"}
    return [{"weekday": day, "spans": [span]} for day in range(1, 8)]


async def _told(staff: Client, address: str) -> dict[str, Any]:
    answer = await staff.get(address)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_staff_see_what_is_booked_and_blocked_with_the_tasks_around_it(endpoints: Endpoints) -> None:
    city, staff = endpoints.city, await endpoints.client(STAFF)
    early = await city.booked("gym", at(9), at(10), persons=20)
    late = await city.booked("room-a", at(19), at(20))
    cancelled = await city.booked("room-b", at(9), at(10))
    await city.booked("room-b", at(9, 3), at(10, 3))
    await (await endpoints.client(WEB)).post("/v1/cancellations", {"booking": str(cancelled)})
    slot = {"start": at(12).isoformat(), "end": at(13).isoformat()}
    block = (await staff.post("/v1/blockings", {"space": "hall", "slot": slot})).json()["outcome"]["subject"]
    lifted = (await staff.post("/v1/blockings", {"space": "studio", "slot": slot})).json()["outcome"]["subject"]
    await staff.post("/v1/blockings", {"lift": lifted})

    day = await _told(staff, _between(0, 24))
    assert [one["booking"] for one in day["bookings"]] == [str(early), str(late)]
    assert (day["bookings"][0]["persons"], day["bookings"][0]["owner"]) == (20, "school")
    (task,) = day["bookings"][0]["tasks"]
    assert (task["kind"], task["state"], task["due"]) == ("open-door", "open", "2026-12-02T07:00:00Z")
    assert day["bookings"][1]["tasks"] == []
    (blocked,) = day["blocks"]
    assert (blocked["block"], blocked["leaves"]) == (block, ["room-a", "room-b", "room-c"])
    assert day["complete"]


async def test_a_schedule_is_of_a_span_of_premises_of_a_unit_and_says_when_it_is_cut(endpoints: Endpoints) -> None:
    city, staff = endpoints.city, await endpoints.client(STAFF)
    gym = await city.booked("gym", at(9), at(10))
    room = await city.booked("room-a", at(10), at(20))

    async def seen(address: str) -> list[str]:
        return [one["booking"] for one in (await _told(staff, address))["bookings"]]

    # Half-open: what ends as the span begins is not in it, what began long before and goes on is.
    assert await seen(_between(10, 11)) == [str(room)]
    assert await seen(_between(19, 20)) == [str(room)]
    assert await seen(_between(20, 21)) == []
    assert await seen(_between(0, 24, premises="school")) == [str(gym)]
    assert await seen(_between(0, 24, unit="itakeskus")) == []
    cut = await _told(staff, _between(0, 24, limit="1"))
    assert ([one["booking"] for one in cut["bookings"]], cut["complete"]) == ([str(gym)], False)
    assert (await staff.get(_between(0, 24, 2, 400))).status_code == 422
    assert (await staff.get(_between(10, 9))).status_code == 422


async def test_a_schedule_is_for_staff_alone(endpoints: Endpoints) -> None:
    web = await endpoints.client(WEB)
    assert (await web.get(_between(0, 24))).status_code == 403
    assert (await endpoints.http.get(_between(0, 24))).status_code == 401


async def test_premises_stand_in_the_register_with_their_hours_also_without_a_space(endpoints: Endpoints) -> None:
    staff = await endpoints.client(STAFF)
    annex = {"premises": "annex", "owner": "library", "unit": "kallio", "names": {"fi": "Siipi"}}
    assert (await staff.post("/v1/premises", annex)).status_code == 201
    listed = (await endpoints.http.get("/v1/premises")).json()["premises"]
    assert [one["premises"] for one in listed] == ["annex", "library", "school", "youth-centre"]
    assert listed[0] == annex
    assert (await endpoints.http.get("/v1/premises?unit=kallio")).json()["premises"] == [annex]
    assert (await endpoints.http.get("/v1/premises/annex/hours")).json()["periods"] == []
    later = {"premises": "library", "valid_from": "2026-12-24", "week": []}
    assert (await staff.post("/v1/hours", later)).status_code == 201
    periods = (await endpoints.http.get("/v1/premises/library/hours")).json()["periods"]
    assert [(one["valid_from"], len(one["week"])) for one in periods] == [("2014-01-01", 7), ("2026-12-24", 0)]
    assert (await endpoints.http.get("/v1/premises/nowhere/hours")).status_code == 404
    assert (await staff.post("/v1/premises", annex | {"retire": True})).status_code == 201
    assert (await endpoints.http.get("/v1/premises?unit=kallio")).json()["premises"] == []
    assert (await endpoints.http.get("/v1/premises/annex/hours")).status_code == 404


async def test_whoever_sets_hours_is_told_first_which_bookings_lie_outside_them(endpoints: Endpoints) -> None:
    city, staff = endpoints.city, await endpoints.client(STAFF)
    await city.booked("room-a", at(18), at(19, 2))
    late = await city.booked("room-a", at(18, 5), at(19, 5))
    across = await city.booked("room-b", at(16, 6), at(18, 6))
    await city.booked("room-a", at(9, 6), at(10, 6))
    await city.booked("gym", at(18, 5), at(19, 5))
    await city.booked("room-a", at(18, 20), at(19, 20))
    city.now = at(8, 4)
    january = {"premises": "library", "valid_from": "2026-12-19", "week": _week("08:00", "20:00")}
    assert (await staff.post("/v1/hours", january)).status_code == 201
    shorter = {"premises": "library", "valid_from": "2026-12-01", "week": _week("08:00", "17:00")}
    answer = await staff.post("/v1/hours?validate-only=true", shorter)
    assert answer.status_code == 200, answer.text
    outside = answer.json()["resource"]["outside"]
    # Not what is over, lies within, is of other premises, or of a later period.
    assert [one["booking"] for one in outside] == [str(late), str(across)]
    answer = await validated_first(city.services[0], staff, "/v1/hours", shorter)
    assert [one["booking"] for one in answer.json()["resource"]["outside"]] == [str(late), str(across)]
    longer = await staff.post("/v1/hours", shorter | {"week": _week("07:00", "21:00")})
    assert longer.json()["resource"]["outside"] == []


@pytest.mark.parametrize("week", [[], _week("00:00", "24:00")])
async def test_hours_of_which_nobody_knows_are_refused_as_before(endpoints: Endpoints, week: list[Any]) -> None:
    staff = await endpoints.client(STAFF)
    unknown = {"premises": f"none-{uuid4()}", "valid_from": "2026-12-01", "week": week}
    assert (await staff.post("/v1/hours", unknown)).status_code == 404
