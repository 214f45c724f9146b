"""Spaces (tilat) and what they are made of: whoever books a hall has all its leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from omatoimi_contracts.rooms import BookingRules, BookingRulesInForce, HouseRules

MOST_LEAVES = 50
"""As the contract has it."""


ANY = BookingRulesInForce(version=1)
"""What holds where nobody has said otherwise."""


@dataclass(frozen=True, slots=True)
class Space:
    """A space that can be booked. `leaves` are the smallest spaces it is made of, itself when it has no parts; `before`
    and `after` are its buffers; `task` is the service task that each booking of it asks for. It is for `minimum`
    persons or more; `rules` is the version of its house rules, where it has some, which must be accepted where
    `rules_to_accept` says so; `booking_rules` hold for whoever books it."""

    space: str
    premises: str
    owner: str
    unit: str
    leaves: tuple[str, ...]
    capacity: int
    before: timedelta
    after: timedelta
    task: str | None
    minimum: int = 1
    rules: int | None = None
    rules_to_accept: bool = False
    booking_rules: BookingRulesInForce = ANY

    def persons(self, asked: int | None) -> int:
        """Tell how many are to come: as many as was said, else as few as it is for."""
        return asked or self.minimum

    def is_for(self, asked: int | None) -> bool:
        """Tell whether so many may have it: neither too many nor too few."""
        return self.minimum <= self.persons(asked) <= self.capacity


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


def house_rules(words: Mapping[str, str], to_accept: bool, latest: HouseRules | None) -> HouseRules | None:
    """Return the house rules of a space from now on, None without words. Other words than the `latest` that it has had
    are the next version, be it in one language: whoever accepted those has not accepted these."""
    if not words:
        return None
    version = 1 if latest is None else latest.version + (latest.words != words)
    return HouseRules(version=version, to_accept=to_accept, words=dict(words))


def booking_rules(asked: BookingRules, latest: BookingRulesInForce | None) -> BookingRulesInForce:
    """Return the rules of a space from now on: others than the `latest` that it has had are the next version."""
    told = asked.model_dump()
    version = 1 if latest is None else latest.version + (latest.model_dump(exclude={"version"}) != told)
    return BookingRulesInForce(version=version, **told)
