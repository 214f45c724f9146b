"""What can be had: the free times of all spaces of some days in one answer, and the days of one space."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from icalendar import Calendar
from omatoimi_contracts.outcomes import SearchPerformed
from omatoimi_contracts.requests import HoursRequested

from tests.kits.booking import STAFF, City, at, week

from .conftest import Endpoints

DAY = "2026-12-02"


async def free(endpoints: Endpoints, **asked: Any) -> list[dict[str, Any]]:
    """The days of an answer."""
    answer = await endpoints.http.get("/v1/free", params={"from": DAY, **asked})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["days"]
    return found


def spaces(day: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """From when until when each space can be had, in UTC."""
    told = [space for house in day["premises"] for space in house["spaces"]]
    return {one["space"]: [(s["start"][11:16], s["end"][11:16]) for s in one["free"]] for one in told}


async def test_one_answer_tells_the_free_times_of_all_spaces_for_so_long_and_so_many(endpoints: Endpoints) -> None:
    await endpoints.city.booked("room-a", at(9), at(10), organiser={"organisation": None})
    await endpoints.city.booked("studio", at(12), at(13))
    (day,) = await free(endpoints, minutes=90)
    told = spaces(day)
    assert set(told) == {"room-a", "room-b", "room-c", "hall", "studio", "gym", "classroom", "club"}
    assert told["room-a"] == told["hall"] == [("08:00", "18:00")], "an hour before it is too short"
    assert told["room-b"] == [("06:00", "18:00")]
    assert told["studio"] == [("06:00", "09:30"), ("11:30", "18:00")], "its buffers and the other's are kept"
    (day,) = await free(endpoints, minutes=90, persons=20, premises="youth-centre")
    assert spaces(day) == {"club": [("06:00", "18:00")]}
    (day,) = await free(endpoints, persons=21, premises="youth-centre")
    assert spaces(day) == {}
    assert [house["premises"] for house in day["premises"]] == ["youth-centre"], "too small, and told as a house"


async def test_several_days_come_in_order_and_the_first_begins_now(endpoints: Endpoints) -> None:
    endpoints.city.now = at(15.2)
    await endpoints.city.booked("club", at(8, 3), at(20, 3))
    found = await free(endpoints, days=3, premises="youth-centre")
    assert [(day["date"], spaces(day)["club"]) for day in found] == [
        ("2026-12-02", [("13:15", "18:00")]),
        ("2026-12-03", []),
        ("2026-12-04", [("06:00", "18:00")]),
    ]


async def test_a_closed_house_says_when_it_opens_next(endpoints: Endpoints) -> None:
    for valid_from, hours in ((date(2026, 12, 2), ()), (date(2026, 12, 5), week("10:00", "16:00"))):
        await endpoints.city.ask(HoursRequested(premises="school", valid_from=valid_from, week=hours), STAFF)
    endpoints.city.now = at(20.5)
    (day,) = await free(endpoints)
    next_open = {house["premises"]: house["next_open"] for house in day["premises"]}
    assert next_open["school"]["start"] == "2026-12-05T08:00:00+00:00"
    assert next_open["library"]["start"] == "2026-12-03T06:00:00+00:00", "it has closed for today"
    assert not any(spaces(day).values())
    (day,) = await free(endpoints, **{"from": "2026-12-05"})
    assert {house["next_open"] for house in day["premises"]} == {None}
    await endpoints.city.ask(HoursRequested(premises="school", valid_from=date(2026, 12, 5), week=()), STAFF)
    (day,) = await free(endpoints, premises="school")
    assert day["premises"][0]["next_open"] is None, "it is not known to open again"


async def test_it_counts_as_one_search_also_where_nothing_is_free(endpoints: Endpoints) -> None:
    session = str(uuid4())
    searches: list[dict[str, str]] = [{"minutes": "60", "persons": "61"}, {"unit": "vallila", "days": "2"}]
    for asked in searches:
        answer = await endpoints.http.get("/v1/free", params={"from": DAY, **asked}, headers={"Session": session})
        assert answer.status_code == 200
    await free(endpoints)
    none, some = await endpoints.city.events(SearchPerformed)
    assert (str(none.data.session), none.data.hits, none.data.persons, none.data.space) == (session, 1, 61, None)
    assert (none.unit, none.data.wanted.start) == ("vallila", at(0))
    assert (some.data.hits, some.data.wanted.end) == (16, at(0, 4))


@pytest.mark.parametrize(
    "asked", [{"from": "2026-11-30"}, {"from": "2027-12-02"}, {"days": 15}, {"minutes": 1441}, {"persons": 0}]
)
async def test_what_cannot_be_booked_is_not_looked_for(endpoints: Endpoints, asked: dict[str, Any]) -> None:
    assert (await endpoints.http.get("/v1/free", params=asked)).status_code == 422


async def test_a_space_tells_its_rules_its_days_and_when_it_is_next_free_and_nobodys_name(
    endpoints: Endpoints,
) -> None:
    organisation = uuid4()
    await endpoints.city.verify(organisation)
    await endpoints.city.booked("studio", at(8), at(20), organiser={"organisation": organisation})
    await endpoints.city.booked("studio", at(10, 3), at(11, 3))
    endpoints.city.now = at(9)
    answer = await endpoints.http.get("/v1/spaces/studio", params={"days": 2})
    told = answer.json()
    assert (told["capacity"], told["premises"], told["premises_names"]["sv"]) == (4, "library", "library-sv")
    assert told["rules"] == {
        "version": 1,
        "grid_minutes": 15,
        "shortest_minutes": 15,
        "longest_minutes": 720,
        "notice_minutes": 0,
        "days_ahead": 365,
        "cancel_before_minutes": None,
        "bookings_a_month": 15,
        "buffer_before": 15,
        "buffer_after": 30,
    }
    today, tomorrow = told["days"]
    assert (today["date"], today["free"], len(today["taken"])) == ("2026-12-02", [], 1)
    assert [(span["start"][11:16], span["end"][11:16]) for span in tomorrow["free"]] == [
        ("06:00", "07:30"),
        ("09:30", "18:00"),
    ]
    assert told["next_free"]["start"] == "2026-12-03T06:00:00Z"
    assert str(organisation) not in answer.text
    later = (await endpoints.http.get("/v1/spaces/studio", params={"from": "2026-12-10"})).json()
    assert [day["date"] for day in later["days"]] == [f"2026-12-{day}" for day in range(10, 17)]
    assert (await endpoints.http.get("/v1/spaces/nowhere")).status_code == 404


async def test_no_day_is_told_that_cannot_be_booked_any_more(city: City, endpoints: Endpoints) -> None:
    city.now = datetime(2026, 12, 2, 10, tzinfo=UTC)
    last = (city.now + timedelta(days=365)).date()
    told = (await endpoints.http.get("/v1/spaces/club", params={"from": last.isoformat()})).json()
    assert [day["date"] for day in told["days"]] == [last.isoformat()]


async def test_the_calendar_of_a_space_says_when_it_is_taken_and_not_by_whom(endpoints: Endpoints) -> None:
    organisation = uuid4()
    await endpoints.city.verify(organisation)
    booking = await endpoints.city.booked("room-a", at(10), at(11), organiser={"organisation": organisation})
    await endpoints.city.booked("hall", at(12, 3), at(13, 3))
    answer = await endpoints.http.get("/v1/spaces/room-a/calendar.ics", params={"lang": "sv"})
    assert answer.headers["content-type"].startswith("text/calendar")
    calendar = Calendar.from_ical(answer.content)
    assert (calendar["method"], calendar["x-wr-calname"]) == ("PUBLISH", "Rum A, library-sv")
    entries = calendar.walk("VEVENT")
    assert [(one.decoded("dtstart"), one.decoded("dtend")) for one in entries] == [
        (at(10), at(11)),
        (at(12, 3), at(13, 3)),
    ]
    assert {str(one["summary"]) for one in entries} == {"Rum A: Bokad"}
    assert len({str(one["uid"]) for one in entries}) == 2
    assert not [word for word in (str(organisation), str(booking), "association") if word in answer.text]
    again = await endpoints.http.get("/v1/spaces/room-a/calendar.ics", params={"lang": "sv"})
    assert again.content == answer.content, "the same bytes, so that 304 can be answered"
    assert (await endpoints.http.get("/v1/spaces/nowhere/calendar.ics")).status_code == 404
