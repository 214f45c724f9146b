"""Small numbers of persons: from all that is told nobody can compute one, not even who knows how the choice is made."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import permutations, product

import pytest
from analytics.domain.small_cells import SMALL, Divided, PersonCount, together, told
from hypothesis import given, settings
from hypothesis import strategies as st


@st.composite
def divided(draw: st.DrawFn) -> dict[str, dict[str, int]]:
    """The same persons by hour and by day, many of them few."""
    few = st.one_of(st.integers(0, 6), st.integers(0, 30))
    hours = draw(st.lists(few, min_size=1, max_size=5))
    total, days = sum(hours), list[int]()
    while total and len(days) < 4:
        days.append(draw(st.integers(0, total)))
        total -= days[-1]
    days.append(total)
    return {
        "hour": {f"{number:02}": persons for number, persons in enumerate(hours)},
        "day": {f"2026-10-{number + 1:02}": persons for number, persons in enumerate(days)},
    }


def total(table: Divided) -> int:
    return sum(next(iter(table.values())).values())


def publication(table: Divided) -> tuple[PersonCount, dict[str, dict[str, PersonCount]]]:
    return told(total(table), table)


def others(table: Divided, way: str, key: str) -> Iterator[Divided]:
    """Tables in which this cell has another number, and another one of its way with it."""
    for step in (1, -1):
        for other in table[way]:
            if other != key:
                yield moved(table, {(way, key): step, (way, other): -step})


def others_of_total(table: Divided) -> Iterator[Divided]:
    """Tables in which one more or one less came, somewhere in each way of dividing."""
    for step in (1, -1):
        for cells in product(*([(way, key) for key in row] for way, row in table.items())):
            yield moved(table, dict.fromkeys(cells, step))


def moved(table: Divided, steps: Mapping[tuple[str, str], int]) -> Divided:
    return {
        way: {key: persons + steps.get((way, key), 0) for key, persons in cells.items()} for way, cells in table.items()
    }


def told_in_the_same_words(table: Divided, others: Iterable[Divided]) -> bool:
    return any(
        min(min(cells.values()) for cells in other.values()) >= 0 and publication(other) == publication(table)
        for other in others
    )


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(table=divided())
def test_of_each_number_that_is_kept_back_another_one_would_be_told_in_the_very_same_words(table: Divided) -> None:
    """Every sum, difference and reasoning about the choice gives the same in both."""
    whole, told_ = publication(table)
    if whole.suppressed:
        assert told_in_the_same_words(table, others_of_total(table))
    for way, cells in told_.items():
        for key in (key for key, cell in cells.items() if cell.suppressed):
            assert told_in_the_same_words(table, others(table, way, key)), (way, key)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(table=divided())
def test_what_is_told_is_right_and_no_small_number_is(table: Divided) -> None:
    whole, cells = publication(table)
    pairs = [(whole, total(table))]
    pairs += [(cells[way][key], persons) for way in cells for key, persons in table[way].items()]
    for cell, persons in pairs:
        assert cell.persons in (persons, None)
        assert (cell.persons is None) == (cell.suppressed is not None)
        assert (cell.suppressed == "primary") == (0 < persons < SMALL)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(table=divided())
def test_of_what_adds_up_to_a_told_total_never_just_one_number_is_kept_back(table: Divided) -> None:
    whole, cells = publication(table)
    assert (whole.suppressed is None) == (set(cells) == set(table))
    for row in cells.values():
        assert sum(cell.suppressed is not None for cell in row.values()) != 1


@settings(max_examples=500, deadline=None, derandomize=True)
@given(tables=st.lists(divided(), min_size=2, max_size=4))
def test_a_sum_over_months_and_libraries_follows_from_what_is_told_of_each(tables: list[Divided]) -> None:
    """So whatever is computed from it could be computed without it."""
    wholes = [publication(table)[0] for table in tables]
    sum_ = together(wholes)
    if sum_.suppressed is None:
        assert sum_.persons == sum(whole.persons or 0 for whole in wholes)
        assert all(whole.persons is not None for whole in wholes)
    elif sum_.suppressed == "primary":
        assert [one for one in wholes if one.persons != 0] == [PersonCount(None, "primary")]
    assert all(together(order) == sum_ for order in permutations(wholes))


@pytest.mark.parametrize(
    ("hours", "kept"),
    [
        ({"07": 30, "08": 40}, set()),
        ({"07": 0, "08": 40}, set()),
        ({"07": 3, "08": 40, "09": 50}, {"07", "08"}),
        ({"07": 30, "08": 40, "09": 3}, {"09", "07"}),
        # One and one: with nothing beside them their sum, two, would tell both.
        ({"07": 1, "08": 1, "09": 50, "10": 60}, {"07", "08", "09"}),
        # One and five: the sum, six, would tell both.
        ({"07": 1, "08": 5, "09": 50, "10": 60}, {"07", "08", "09"}),
    ],
)
def test_a_small_number_takes_the_next_ones_with_it(hours: dict[str, int], kept: set[str]) -> None:
    _, cells = told(sum(hours.values()), {"hour": hours})
    assert {key for key, cell in cells["hour"].items() if cell.suppressed} == kept


def test_of_a_small_total_nothing_else_is_told() -> None:
    """Four days on which somebody came, and fewer than five in all: that would be one on each."""
    four_days = {"1": 1, "2": 1, "3": 1, "4": 1}
    assert told(4, {"hour": {"07": 4, "08": 0}, "day": four_days}) == (PersonCount(None, "primary"), {})
    assert told(4, {}) == (PersonCount(None, "primary"), {})


def test_a_total_is_not_told_where_its_numbers_cannot_be_kept_back_beside_it() -> None:
    assert told(6, {"hour": {"07": 6}, "day": {"1": 1, "2": 5}}) == (PersonCount(None, "complementary"), {})
