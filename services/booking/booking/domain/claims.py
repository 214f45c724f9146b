"""Claims on leaf spaces, and which of them exclude each other. The table's constraint says the same; here it is said
to find out before, and among what one batch promises."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from omatoimi_contracts.vocabulary import Slot

from booking.domain.spaces import Space


class Layer(NamedTuple):
    """Half-open, unbounded where None. Two claims on one leaf exclude each other when their times and layers meet."""

    low: int | None
    high: int | None

    def meets(self, other: "Layer") -> bool:
        return (self.low is None or other.high is None or self.low < other.high) and (
            other.low is None or self.high is None or other.low < self.high
        )


CORE = Layer(None, None)
"""Booked time: meets everything."""
BLOCK = Layer(None, 1)
"""Time taken out of booking: meets booked times and blocks, no buffer."""


def buffer(number: int) -> Layer:
    """Return the buffers of the booking with this number, from 1: they meet no other buffer and no block."""
    return Layer(number, number + 1)


@dataclass(frozen=True, slots=True)
class Claim:
    """One leaf space from `start` to `end`, in one layer. `of` tells whose it is, where that matters."""

    space: str
    start: datetime
    end: datetime
    layer: Layer
    of: UUID | None = field(default=None, compare=False)

    def excludes(self, other: "Claim") -> bool:
        return (
            self.space == other.space
            and self.start < other.end
            and other.start < self.end
            and self.layer.meets(other.layer)
        )


def of_booking(space: Space, slot: Slot, number: int) -> list[Claim]:
    """Tell what a booking claims: the slot and its buffers, on each leaf."""
    claims = []
    for leaf in space.leaves:
        claims.append(Claim(leaf, slot.start, slot.end, CORE))
        if space.before:
            claims.append(Claim(leaf, slot.start - space.before, slot.start, buffer(number)))
        if space.after:
            claims.append(Claim(leaf, slot.end, slot.end + space.after, buffer(number)))
    return claims


def of_block(space: Space, slot: Slot) -> list[Claim]:
    """Tell what a block claims."""
    return [Claim(leaf, slot.start, slot.end, BLOCK) for leaf in space.leaves]


class Claims:
    """Claims that stand, by leaf space."""

    def __init__(self, claims: Iterable[Claim] = ()) -> None:
        self._by_leaf: defaultdict[str, list[Claim]] = defaultdict(list)
        self.add(claims)

    def add(self, claims: Iterable[Claim]) -> None:
        for claim in claims:
            self._by_leaf[claim.space].append(claim)

    def release(self, of: UUID) -> None:
        """Take away what this booking, hold or block claims."""
        for leaf, claims in self._by_leaf.items():
            self._by_leaf[leaf] = [claim for claim in claims if claim.of != of]

    def copy(self) -> "Claims":
        """Return the same claims, to go on from."""
        return Claims(claim for claims in self._by_leaf.values() for claim in claims)

    def on(self, leaf: str) -> list[Claim]:
        return self._by_leaf.get(leaf, [])

    def exclude(self, claims: Iterable[Claim]) -> bool:
        """Tell whether any of these claims cannot stand beside those here."""
        return any(mine.excludes(claim) for claim in claims for mine in self.on(claim.space))
