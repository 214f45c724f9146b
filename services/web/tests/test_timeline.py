"""The day of the rooms as a table: where each booking stands, and where the day is now."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from web.desk.houses import Taking
from web.desk.timeline import OpenRoom, Timeline, timeline
from web.services import Slot

HELSINKI = ZoneInfo("Europe/Helsinki")
MIDNIGHT = datetime(2026, 12, 1, tzinfo=HELSINKI)


def at(hour: float, day: datetime = MIDNIGHT) -> datetime:
    return day + timedelta(hours=hour)


def span(start: float, end: float) -> Slot:
    return {"start": at(start).isoformat(), "end": at(end).isoformat()}


def room(space: str, *leaves: str, opens: float = 8, closes: float = 20) -> OpenRoom:
    return {"space": space, "leaves": leaves or (space,), "open": [span(opens, closes)]}


def taken(space: str, start: float, end: float, *leaves: str) -> Taking:
    return {"space": space, "leaves": leaves or (space,), "slot": span(start, end)}


def laid_out(rooms: list[OpenRoom], *bookings: Taking, now: float = 12, **more: Any) -> Timeline:
    return timeline(rooms, bookings, more.get("blocks", ()), MIDNIGHT, at(now), HELSINKI)


def row(of: Timeline, space: str) -> list[tuple[int, str]]:
    return [(cell.columns, cell.kind) for cell in of.rows[space]]


def test_a_booking_stands_over_the_quarters_of_its_hours() -> None:
    found = laid_out([room("club", opens=9, closes=12)], taken("club", 9.5, 11))
    assert found.hours == (9, 10, 11)
    assert row(found, "club") == [(2, "free"), (6, "taken"), (4, "free")]
    assert sum(columns for columns, _ in row(found, "club")) == found.columns


def test_two_bookings_that_touch_are_two() -> None:
    found = laid_out([room("club", opens=9, closes=12)], taken("club", 9, 10), taken("club", 10, 11))
    assert row(found, "club") == [(4, "taken"), (4, "taken"), (4, "free")]


def test_a_room_is_taken_in_part_where_one_of_its_parts_is_and_wholly_where_it_is_booked_itself() -> None:
    rooms = [room("hall", "left", "right", opens=9, closes=12), room("left", opens=9, closes=12)]
    found = laid_out(rooms, taken("left", 9, 10), taken("hall", 11, 12, "left", "right"))
    assert row(found, "hall") == [(4, "part"), (4, "free"), (4, "taken")]
    assert row(found, "left") == [(4, "taken"), (4, "free"), (4, "part")]


def test_a_block_is_no_booking_and_closed_is_neither() -> None:
    rooms = [room("club", opens=9, closes=12), room("gym", opens=10, closes=11)]
    found = laid_out(rooms, blocks=[taken("club", 11, 13)])
    assert row(found, "club") == [(8, "free"), (4, "blocked")]
    assert row(found, "gym") == [(4, "closed"), (4, "free"), (4, "closed")]


def test_hours_reach_as_far_as_anything_does_and_a_house_that_never_closes_begins_in_the_morning() -> None:
    never_closed = room("club", opens=0, closes=24)
    assert laid_out([never_closed]).hours == tuple(range(6, 24))
    assert laid_out([never_closed], taken("club", 3.25, 4)).hours == tuple(range(3, 24))
    assert laid_out([room("club", opens=9, closes=12)], taken("club", 11, 13.5)).hours == (9, 10, 11, 12, 13)
    assert laid_out([{**room("club"), "open": []}]).hours == tuple(range(8, 20))


def test_the_line_of_now_stands_where_the_day_is_and_nowhere_before_or_after_it() -> None:
    rooms = [room("club", opens=8, closes=18)]
    assert [laid_out(rooms, now=now).now for now in (8, 13, 17.5)] == [0, 500, 950]
    assert [laid_out(rooms, now=now).now for now in (7.9, 18, 30)] == [None, None, None]


def test_a_day_of_twenty_three_hours_has_twenty_three() -> None:
    spring = datetime(2026, 3, 29, tzinfo=HELSINKI)
    whole: Slot = {"start": spring.isoformat(), "end": (spring + timedelta(days=1)).isoformat()}
    early: Taking = {
        "space": "club",
        "leaves": ("club",),
        "slot": {"start": whole["start"], "end": spring.replace(hour=2).isoformat()},
    }
    found = timeline([{"space": "club", "leaves": ("club",), "open": [whole]}], [early], (), spring, spring, HELSINKI)
    assert (found.hours[:5], len(found.hours)) == ((0, 1, 2, 4, 5), 23)
