"""Spaces (tilat) and what they are made of: whoever books a hall has all its leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

MOST_LEAVES = 50
"""As the contract has it."""


@dataclass(frozen=True, slots=True)
class Space:
    """A space that can be booked. `leaves` are the smallest spaces it is made of, itself when it has no parts; `before`
    and `after` are its buffers; `task` is the service task that each booking of it asks for."""

    space: str
    premises: str
    owner: str
    unit: str
    leaves: tuple[str, ...]
    capacity: int
    before: timedelta
    after: timedelta
    task: str | None


class Circle(ValueError):
    """A space would be a part of itself."""


def leaves_of(parts: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the leaves of each space, sorted, from the parts of each. Raises `Circle`."""
    known: dict[str, tuple[str, ...]] = {}

    def leaves(space: str, above: frozenset[str]) -> tuple[str, ...]:
        if space in above:
            raise Circle(space)
        if space not in known:
            below = {leaf for part in parts.get(space, ()) for leaf in leaves(part, above | {space})}
            known[space] = tuple(sorted(below)) or (space,)
        return known[space]

    return {space: leaves(space, frozenset()) for space in parts}
