"""Opening hours over every change of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest
from booking.domain import hours
from booking.domain.hours import CLOSED, DAY, Hours, is_possible, of_weeks
from hypothesis import given
from hypothesis import strategies as st
from omatoimi_contracts.premises import OpenSpan, WeeklyHours
from omatoimi_contracts.vocabulary import Slot

HELSINKI = ZoneInfo("Europe/Helsinki")
day_of, moment = partial(hours.day_of, zone=HELSINKI), partial(hours.moment, zone=HELSINKI)
EVERY_DAY = [date(2014, 1, 1) + n * DAY for n in range(22 * 365 + 5)]


def _offset(day: date) -> timedelta:
    return datetime.combine(day, time(), HELSINKI).utcoffset() or timedelta()


CHANGES = [day for day in EVERY_DAY if _offset(day) != _offset(day + DAY)]
SPRINGS = [day for day in CHANGES if _offset(day) < _offset(day + DAY)]
FALLS = [day for day in CHANGES if _offset(day) > _offset(day + DAY)]


def _hours(*spans: tuple[str, str, str], valid_from: date = date(2014, 1, 1)) -> Hours:
    told = tuple(OpenSpan(opens=opens, closes=closes, kind=kind) for opens, closes, kind in spans)
    return of_weeks([(valid_from, [WeeklyHours(weekday=day, spans=told) for day in range(1, 8)])], HELSINKI)


def _slot(start: datetime, end: datetime) -> Slot:
    return Slot(start=start, end=end)


def test_the_clock_changes_44_times_from_2014_to_2035() -> None:
    assert (len(SPRINGS), len(FALLS)) == (22, 22)
    assert EVERY_DAY[-1] == date(2035, 12, 31)


@pytest.mark.parametrize("day", CHANGES, ids=str)
def test_a_day_open_all_day_is_open_for_its_23_or_25_hours(day: date) -> None:
    (span,) = _hours(("00:00", "24:00", "unserved")).stretches(day_of(day))
    assert span == (day_of(day).start, day_of(day).end)
    assert span[1] - span[0] == timedelta(hours=23 if day in SPRINGS else 25)


@pytest.mark.parametrize("day", CHANGES, ids=str)
def test_on_a_day_when_the_clock_changes_no_minute_is_in_two_spans_or_in_none(day: date) -> None:
    quarters = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45)]
    spans = [(opens, closes, "staffed") for opens, closes in pairwise([*quarters, "24:00"])]
    reached = day_of(day).start
    for first in range(0, len(spans), 12):
        for opened in _hours(*spans[first : first + 12]).within(day_of(day)):
            assert opened.start == reached
            reached = opened.end
    assert reached == day_of(day).end


@pytest.mark.parametrize("day", SPRINGS, ids=str)
def test_a_span_that_the_clock_springs_over_is_empty_and_one_around_it_is_shorter(day: date) -> None:
    assert list(_hours(("03:10", "03:50", "staffed")).within(day_of(day))) == []
    (opened,) = _hours(("02:00", "05:00", "staffed")).within(day_of(day))
    assert opened.end - opened.start == timedelta(hours=2)
    (opened,) = _hours(("03:30", "05:00", "staffed")).within(day_of(day))
    assert opened.start == datetime(day.year, day.month, day.day, 1, tzinfo=UTC)


@pytest.mark.parametrize("day", FALLS, ids=str)
def test_a_span_in_which_the_clock_falls_back_is_longer(day: date) -> None:
    (opened,) = _hours(("02:00", "05:00", "staffed")).within(day_of(day))
    assert opened.end - opened.start == timedelta(hours=4)


@pytest.mark.parametrize("day", CHANGES, ids=str)
def test_a_room_booked_in_the_evening_before_and_after_a_change_is_booked_at_the_same_time_of_day(day: date) -> None:
    hours = _hours(("18:00", "20:00", "staffed"))
    for evening in (day - DAY, day, day + DAY):
        (opened,) = hours.within(day_of(evening))
        assert opened.start.astimezone(HELSINKI).time() == time(18)
        assert opened.end - opened.start == timedelta(hours=2)


@given(st.sampled_from(EVERY_DAY), st.times(), st.times())
def test_a_later_time_of_day_is_never_an_earlier_moment(day: date, one: time, other: time) -> None:
    earlier, later = sorted((one.replace(tzinfo=None), other.replace(tzinfo=None)))
    assert moment(day, earlier) <= moment(day, later) <= moment(day + DAY, time())


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Helsinki", date(2026, 3, 29)),
        ("America/St_Johns", date(2026, 3, 8)),
        ("Asia/Beirut", date(2026, 3, 29)),  # at midnight
        ("Australia/Lord_Howe", date(2026, 10, 4)),  # by half an hour
        ("America/Havana", date(2026, 11, 1)),
        ("Asia/Beirut", date(2026, 10, 24)),  # back into the day before
        ("Pacific/Apia", date(2011, 12, 30)),  # a whole day
    ],
)
def test_a_time_of_day_is_the_first_minute_at_which_that_days_clock_shows_it_or_a_later_one(
    zone: str, day: date
) -> None:
    """In every time zone, whenever and by how much its clock changes: looked for minute by minute."""
    clock, midnight = ZoneInfo(zone), datetime.combine(day, time(), UTC)
    minutes = [midnight + n * timedelta(minutes=1) for n in range(-26 * 60, 51 * 60)]
    for hour, minute in product(range(24), range(0, 60, 10)):
        shows = datetime.combine(day, time(hour, minute))
        first = next(at for at in minutes if at.astimezone(clock).replace(tzinfo=None) >= shows)
        assert hours.moment(day, time(hour, minute), clock) == first


KINDS = ("staffed", "unserved", "self-service", CLOSED)
# Boundaries within the hour that comes twice or never have tests of their own: there a wall clock cannot say which is
# meant.
BOUNDARIES = [
    f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 20, 40) if (hour, minute > 0) != (3, True)
]


@st.composite
def _days(draw: st.DrawFn) -> list[tuple[str, str, str]]:
    times = sorted(draw(st.sets(st.sampled_from([*BOUNDARIES, "24:00"]), max_size=8)))
    spans = [(opens, closes, draw(st.sampled_from(KINDS))) for opens, closes in pairwise(times)]
    return [span for span in spans if draw(st.booleans())]


@st.composite
def _slots(draw: st.DrawFn) -> Slot:
    day = draw(st.one_of(st.sampled_from(EVERY_DAY), st.sampled_from(CHANGES)))
    start = day_of(day).start + timedelta(minutes=20 * draw(st.integers(-6, 78)))
    return _slot(start, start + timedelta(minutes=20 * draw(st.integers(1, 40))))


@given(_days(), _slots())
def test_the_kind_of_a_slot_is_what_a_clock_on_the_wall_would_say_minute_by_minute(
    spans: list[tuple[str, str, str]], slot: Slot
) -> None:
    kinds = set()
    for minute in range(0, slot.minutes, 10):
        wall = (slot.start + timedelta(minutes=minute)).astimezone(HELSINKI).strftime("%H:%M")
        kinds.add(next((kind for opens, closes, kind in spans if opens <= wall < closes), CLOSED))
    expected = CLOSED if CLOSED in kinds else kinds.pop() if len(kinds) == 1 else "mixed"
    assert _hours(*spans, valid_from=date(2000, 1, 1)).kind(slot) == expected


def test_changed_hours_change_nothing_before_their_own_date() -> None:
    early, late = _hours(("08:00", "16:00", "staffed")), _hours(("10:00", "20:00", "unserved"))
    hours = of_weeks([(date(2026, 3, 2), late.weeks[0]), (date(2026, 3, 1), early.weeks[0])], HELSINKI)
    kinds = [
        [
            hours.kind(
                _slot(
                    moment(date(2026, 3, 1) + n * DAY, time(hour)), moment(date(2026, 3, 1) + n * DAY, time(hour + 1))
                )
            )
            for n in (-1, 0, 1)
        ]
        for hour in (8, 12, 18)
    ]
    assert kinds == [
        ["closed", "staffed", "closed"],
        ["closed", "staffed", "unserved"],
        ["closed", "closed", "unserved"],
    ]


def test_hours_over_midnight_are_open_without_a_break() -> None:
    hours = _hours(("00:00", "02:00", "unserved"), ("18:00", "24:00", "unserved"))
    assert hours.kind(_slot(moment(date(2026, 3, 1), time(22)), moment(date(2026, 3, 2), time(1)))) == "unserved"


def test_a_weekday_told_twice_or_spans_that_overlap_are_impossible() -> None:
    def day(weekday: int, *spans: tuple[str, str]) -> WeeklyHours:
        return WeeklyHours(weekday=weekday, spans=tuple(OpenSpan(opens=o, closes=c, kind="staffed") for o, c in spans))

    assert is_possible([day(1, ("08:00", "12:00"), ("12:00", "24:00")), day(2)])
    assert not is_possible([day(1, ("08:00", "12:00"), ("11:59", "24:00"))])
    assert not is_possible([day(1), day(1)])


def test_what_is_no_kind_of_hours_opens_no_door() -> None:
    day = day_of(date(2026, 12, 1))
    for kind in ("banana", "mixed", "closed"):
        assert list(_hours(("08:00", "20:00", kind)).within(day)) == []
    for kind in ("staffed", "unserved", "self-service"):
        assert [span.kind for span in _hours(("08:00", "20:00", kind)).within(day)] == [kind]
