"""Free time, and how a room stands now."""

from datetime import UTC, datetime, timedelta

import pytest
from booking.domain.free import RoomStanding, RoomUse, standing
from omatoimi_contracts.vocabulary import Slot


@pytest.mark.parametrize(
    ("hour", "use", "until"),
    [
        (8, RoomUse.LATER, 10),
        (10, RoomUse.FREE, 12),
        (12, RoomUse.TAKEN, 14),
        (14, RoomUse.CLOSED, None),
        (9.5, RoomUse.LATER, 10),
    ],
)
def test_a_room_stands_as_its_free_and_taken_times_say(hour: float, use: RoomUse, until: float | None) -> None:
    def at(hour: float) -> datetime:
        return datetime(2026, 12, 2, tzinfo=UTC) + timedelta(hours=hour)

    free, taken = [Slot(start=at(10), end=at(12))], [Slot(start=at(12), end=at(14))]
    assert standing(free, taken, at(hour)) == RoomStanding(use, None if until is None else at(until))
