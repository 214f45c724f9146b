"""The rules of counting by themselves: positions, periods, intervals, durations."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from analytics.domain.period import NoPeriod, local_day, month_of, months
from analytics.domain.position import NoPosition, Position
from analytics.domain.proportion import wilson
from analytics.domain.survival import MEDIAN, P90, LifeTableRow, quantile
from analytics.handlers import log
from chassis.worker import Record
from hypothesis import given
from hypothesis import strategies as st

from tests.kits.analytics import HELSINKI, days

LOGS = st.sampled_from(["booking.events.v1", "usage.events.v1", "booking.events.v1.log2"])


@given(st.dictionaries(st.tuples(LOGS, st.integers(0, 7)), st.integers(0, 10**12)))
def test_a_position_reads_back_from_its_text(offsets: dict[tuple[str, int], int]) -> None:
    position = Position.of((log, partition, at) for (log, partition), at in offsets.items())
    assert Position.parse(str(position)) == position
    assert str(Position.parse(str(position))) == str(position)


def test_equal_positions_have_one_text() -> None:
    told = Position.of([("usage.events.v1", 2, 0), ("usage.events.v1", 0, 3), ("booking.events.v1", 1, 5)])
    assert str(told) == "booking.events.v1:0.5,usage.events.v1:3"
    assert str(Position.parse("usage.events.v1:3.0.0,booking.events.v1:0.5")) == str(told)
    assert str(Position.of([])) == "0"
    assert Position.parse("0") == Position.of([])


@pytest.mark.parametrize(
    "text",
    ["", "x", "usage.events.v1", "usage.events.v1:", "usage.events.v1:-1", "a:1,a:2", "a:1..2", "a:1," + "9" * 30],
)
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(NoPosition):
        Position.parse(text)


def test_a_position_reaches_what_lies_behind_it() -> None:
    here, behind, beside = (Position.parse(t) for t in ("a:3.2", "a:3", "a:0.0.1"))
    assert here.reaches(behind)
    assert here.reaches(here)
    assert not behind.reaches(here)
    assert not here.reaches(beside)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_days_of_23_and_25_hours_are_real(day: date, hours: int) -> None:
    period = days(day, day + timedelta(days=1))
    assert period.ends - period.starts == timedelta(hours=hours)


def test_a_day_begins_at_midnight_in_helsinki() -> None:
    assert days(date(2026, 7, 1), date(2026, 7, 2)).starts == datetime(2026, 6, 30, 21, tzinfo=UTC)
    assert local_day(datetime(2026, 6, 30, 21, tzinfo=UTC), HELSINKI) == date(2026, 7, 1)
    assert local_day(datetime(2026, 6, 30, 20, 59, 59, tzinfo=UTC), HELSINKI) == date(2026, 6, 30)


def test_a_period_ends_after_it_begins_and_within_ten_years() -> None:
    for first, end in [("2026-01-01", "2026-01-01"), ("2026-01-02", "2026-01-01"), ("2010-01-01", "2026-01-01")]:
        with pytest.raises(NoPeriod):
            days(date.fromisoformat(first), date.fromisoformat(end))


def test_months_touch_the_whole_period() -> None:
    assert month_of(date(2026, 12, 31), HELSINKI) == days(date(2026, 12, 1), date(2027, 1, 1))
    touched = months(days(date(2026, 11, 30), date(2027, 1, 2)))
    assert [str(month.first) for month in touched] == ["2026-11-01", "2026-12-01", "2027-01-01"]


@pytest.mark.parametrize(
    ("successes", "cases", "low", "high"),
    [
        # Newcombe 1998, table I: the score method without continuity correction.
        (81, 263, "0.2553", "0.3662"),
        (15, 148, "0.0624", "0.1605"),
        (0, 20, "0.0000", "0.1611"),
        (1, 29, "0.0061", "0.1718"),
        (29, 29, "0.8830", "1.0000"),
    ],
)
def test_the_interval_of_a_share_is_wilsons(successes: int, cases: int, low: str, high: str) -> None:
    assert wilson(successes, cases) == (Decimal(low), Decimal(high))


def ended(*told: tuple[int, int, int]) -> list[LifeTableRow]:
    return [LifeTableRow(Decimal(minutes), done, open_) for minutes, done, open_ in told]


REMISSION = ended(
    (6, 3, 1), (7, 1, 0), (9, 0, 1), (10, 1, 1), (11, 0, 1), (13, 1, 0), (16, 1, 0), (17, 0, 1), (19, 0, 1),
    (20, 0, 1), (22, 1, 0), (23, 1, 0), (25, 0, 1), (32, 0, 2), (34, 0, 1), (35, 0, 1),
)  # fmt: skip
"""Weeks of remission under 6-MP (Freireich et al. 1963), 21 patients of whom 12 were censored."""


def test_durations_are_those_of_kaplan_and_meier() -> None:
    assert quantile(REMISSION, MEDIAN) == 23
    assert quantile(REMISSION, Fraction(1, 4)) == 13
    assert quantile(REMISSION, P90) is None


def test_leaving_out_what_is_open_would_look_too_quick() -> None:
    done_only = [LifeTableRow(row.minutes, row.done, 0) for row in REMISSION]
    naive, honest = quantile(done_only, MEDIAN), quantile(REMISSION, MEDIAN)
    assert naive is not None
    assert honest is not None
    assert naive < honest


def test_no_rounding_decides_a_tie() -> None:
    # 3/4 * 2/3 is exactly one half; in binary fractions it is a little more, and the median would be 9.
    assert quantile(ended((1, 1, 0), (2, 1, 0), (9, 2, 0)), MEDIAN) == 2


def test_nothing_done_gives_no_duration() -> None:
    assert quantile([], MEDIAN) is None
    assert quantile(ended((5, 0, 3)), MEDIAN) is None


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30))
def test_without_open_ones_the_median_is_the_plain_one(minutes: list[int]) -> None:
    plain = sorted(minutes)[(len(minutes) + 1) // 2 - 1]
    assert quantile(ended(*((m, 1, 0) for m in minutes)), MEDIAN) == plain


def test_a_batch_that_could_not_be_read_from_the_log_is_in_quarantine_with_its_bytes() -> None:
    found = log.read(Record("usage.events.v1", 0, 7, 0, None, b"batch", (), "the record batch cannot be read: CRC"))
    assert (found.class_, found.reason, found.offset, found.raw) == ("quarantined", "malformed", 7, b"batch")
    assert found.detail == "the record batch cannot be read: CRC"
