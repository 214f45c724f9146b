"""What became of what residents said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from decisions.domain.feedback import Feedback, answer_by, lapsed, state, why_not_answer

RECEIVED = datetime(2026, 3, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def test_it_is_answered_by_the_cases_date_else_within_60_days() -> None:
    set_date = RECEIVED + timedelta(days=14)
    assert answer_by(RECEIVED, set_date) == set_date
    assert answer_by(RECEIVED, None) == RECEIVED + timedelta(days=60)
    assert answer_by(RECEIVED, RECEIVED - timedelta(days=1)) == RECEIVED + timedelta(days=60), "a date gone by"


def test_it_lapses_to_the_moment_without_waiting_for_anything() -> None:
    feedback = Feedback("f", "HEL-2026-000001", RECEIVED, answer_by(RECEIVED, None))
    assert state(feedback, feedback.answer_by - MOMENT) == "received"
    assert state(feedback, feedback.answer_by) == "lapsed"


@pytest.mark.parametrize(("after", "code"), [(timedelta(days=59), None), (timedelta(days=60), "lapsed")])
def test_an_answer_comes_in_time_or_is_told_that_it_lapsed(after: timedelta, code: str | None) -> None:
    feedback = Feedback("f", "HEL-2026-000001", RECEIVED, answer_by(RECEIVED, None))
    assert why_not_answer(feedback, RECEIVED + after) == code


def test_answered_is_final() -> None:
    feedback = Feedback("f", "HEL-2026-000001", RECEIVED, answer_by(RECEIVED, None), answered=RECEIVED + MOMENT)
    assert state(feedback, RECEIVED + timedelta(days=900)) == "answered"
    assert why_not_answer(feedback, RECEIVED + timedelta(days=1)) == "already-answered"


def test_those_that_lapsed_come_in_the_order_they_fell_due() -> None:
    early = Feedback("a", "HEL-2026-000001", RECEIVED, RECEIVED + timedelta(days=2))
    late = replace(early, id="b", answer_by=RECEIVED + timedelta(days=3))
    answered = replace(early, id="c", answered=RECEIVED + MOMENT)
    assert lapsed([late, answered, early], RECEIVED + timedelta(days=3)) == (early, late)
    assert lapsed([late, answered, early], RECEIVED) == ()
