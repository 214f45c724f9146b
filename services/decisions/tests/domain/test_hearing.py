"""When and where residents are heard."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from decisions.domain.hearing import Hearing, coming, is_newer

AT = datetime(2026, 4, 1, 15, tzinfo=UTC)
HEARING = Hearing("b1", "HEL-2026-000001", "vallila", ("sali",), AT, AT + timedelta(hours=2), sequence=1)


def test_a_case_shows_its_coming_hearings_the_next_one_first() -> None:
    next_week = replace(HEARING, booking="b2", starts=AT + timedelta(days=7), ends=AT + timedelta(days=7, hours=2))
    assert coming([next_week, HEARING], AT) == (HEARING, next_week)
    assert coming([next_week, HEARING], HEARING.ends) == (next_week,)


def test_a_cancelled_hearing_is_not_shown_and_a_late_copy_does_not_bring_it_back() -> None:
    cancelled = replace(HEARING, sequence=2, cancelled=True)
    assert coming([cancelled], AT - timedelta(days=1)) == ()
    assert is_newer(HEARING, None)
    assert is_newer(cancelled, HEARING)
    assert not is_newer(HEARING, cancelled)
    assert not is_newer(cancelled, cancelled)
