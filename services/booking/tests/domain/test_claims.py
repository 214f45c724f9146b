"""Which claims exclude each other."""

from datetime import UTC, datetime, timedelta

import pytest
from booking.domain.claims import BLOCK, CORE, Claims, Layer, buffer, of_block, of_booking
from booking.domain.spaces import Space
from hypothesis import given
from hypothesis import strategies as st
from omatoimi_contracts.vocabulary import Slot

NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)


def space(code: str = "room", leaves: tuple[str, ...] = (), before: int = 0, after: int = 0) -> Space:
    return Space(
        code,
        "house",
        "library",
        "vallila",
        leaves or (code,),
        10,
        timedelta(minutes=before),
        timedelta(minutes=after),
        None,
    )


def slot(start: float, end: float) -> Slot:
    return Slot(start=NINE + timedelta(minutes=start), end=NINE + timedelta(minutes=end))


BUFFERED = space(before=15, after=30)


@pytest.mark.parametrize(
    ("case", "start", "end", "free"),
    [
        ("the buffers of two may overlap: the larger one is enough", 60 + 30, 120, True),
        ("a booking within the other's buffer after is refused", 60 + 29, 120, False),
        ("its own buffer before must not meet the other", 60 + 14, 120, False),
        ("so long before that the longer buffer fits", -90, -30, True),
        ("within the buffer before", -90, -14, False),
        ("its own buffer after must not meet the other", -90, -29, False),
        ("the same time", 0, 60, False),
        ("around it", -10, 70, False),
    ],
)
def test_between_two_bookings_lies_the_larger_buffer(case: str, start: int, end: int, free: bool) -> None:
    standing = Claims(of_booking(BUFFERED, slot(0, 60), 1))
    assert standing.exclude(of_booking(BUFFERED, slot(start, end), 2)) is not free, case


def test_without_buffers_one_may_begin_where_the_other_ends() -> None:
    standing = Claims(of_booking(space(), slot(0, 60), 1))
    assert not standing.exclude(of_booking(space(), slot(60, 120), 2))
    assert not standing.exclude(of_booking(space(), slot(-60, 0), 2))


def test_a_hall_and_its_part_exclude_each_other_and_two_parts_do_not() -> None:
    hall = space("hall", ("a", "b"))
    standing = Claims(of_booking(space("a"), slot(0, 60), 1))
    assert standing.exclude(of_booking(hall, slot(30, 90), 2))
    assert not standing.exclude(of_booking(space("b"), slot(0, 60), 3))


def test_a_block_meets_booked_times_and_blocks_but_no_buffer() -> None:
    standing = Claims(of_booking(BUFFERED, slot(0, 60), 1))
    assert standing.exclude(of_block(BUFFERED, slot(59, 90)))
    assert not standing.exclude(of_block(BUFFERED, slot(60, 90)))
    blocked = Claims(of_block(BUFFERED, slot(60, 90)))
    assert blocked.exclude(of_block(BUFFERED, slot(89, 100)))
    assert not blocked.exclude(of_booking(BUFFERED, slot(0, 60), 1))


LAYERS = st.sampled_from([CORE, BLOCK]) | st.integers(1, 5).map(buffer)


@given(LAYERS, LAYERS)
def test_layers_meet_when_a_number_lies_in_both(one: Layer, other: Layer) -> None:
    def holds(layer: Layer, number: int) -> bool:
        return (layer.low is None or layer.low <= number) and (layer.high is None or number < layer.high)

    assert one.meets(other) == any(holds(one, number) and holds(other, number) for number in range(-3, 10))
    assert one.meets(other) == other.meets(one)
