"""What a space is made of."""

import pytest
from booking.domain.spaces import Circle, leaves_of
from hypothesis import given
from hypothesis import strategies as st


def test_only_leaves_count_however_deep_the_parts_lie() -> None:
    parts = {"house": ("floor", "c"), "floor": ("a", "b"), "a": (), "b": (), "c": ()}
    assert leaves_of(parts) == {
        "house": ("a", "b", "c"),
        "floor": ("a", "b"),
        "a": ("a",),
        "b": ("b",),
        "c": ("c",),
    }


@pytest.mark.parametrize("parts", [{"a": ("a",)}, {"a": ("b",), "b": ("c",), "c": ("a",)}])
def test_a_space_is_never_a_part_of_itself(parts: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(Circle):
        leaves_of(parts)


@given(st.lists(st.sets(st.integers(0, 30)), max_size=30))
def test_every_leaf_is_a_space_without_parts_and_none_is_missing(below: list[set[int]]) -> None:
    parts = {str(n): tuple(str(part) for part in found if part < n) for n, found in enumerate(below)}
    for space, leaves in leaves_of(parts).items():
        assert all(not parts.get(leaf) for leaf in leaves)
        reached, waiting = set(), [space]
        while waiting:
            one = waiting.pop()
            waiting += parts.get(one, ())
            if not parts.get(one):
                reached.add(one)
        assert set(leaves) == reached
