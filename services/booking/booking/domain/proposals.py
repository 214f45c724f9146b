"""What somebody wants reserved, whatever way it is asked for: a booking, a move, a block, an occurrence of a series."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from omatoimi_contracts.vocabulary import AskedOrganiser, Organiser, Slot

from booking.domain import claims as claiming
from booking.domain.claims import Claim
from booking.domain.hours import months_of
from booking.domain.spaces import Space

Quota = tuple[UUID, date]
"""Whose bookings are counted, and in which local month (its first day)."""


class ProposalKind(StrEnum):
    """What a proposal becomes. A kind has its rules (`booking.domain.rules.RULES`) and its claims (`claims_of`)."""

    BOOKING = "booking"
    HOLD = "hold"
    BLOCK = "block"
    WALK_IN = "walk-in"


@dataclass(frozen=True, slots=True)
class Previous:
    """Name what an occurrence takes the place of: it is given back in the same step, and is no rival of it."""

    premises: str
    leaves: tuple[str, ...]
    slot: Slot
    space: str = ""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Name one space, by its code, for one slot (UTC, half-open).

    Where there is a `previous`, `id` and `number` are those under which it stands; else `reserve` gives new ones.
    """

    space: str
    slot: Slot
    previous: Previous | None = None
    id: UUID | None = None
    number: int = 0

    @property
    def shrinks(self) -> bool:
        """Tell whether it is a part of what it takes the place of: the same space for less time."""
        old = self.previous
        return old is not None and (
            self.space == old.space and old.slot.start <= self.slot.start and self.slot.end <= old.slot.end
        )

    def months(self, zone: ZoneInfo) -> tuple[date, ...]:
        """Return the local months in which it counts."""
        return months_of(self.slot, zone)

    def previous_months(self, zone: ZoneInfo) -> tuple[date, ...]:
        """Return the local months in which it has counted until now."""
        return months_of(self.previous.slot, zone) if self.previous else ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Propose one or several occurrences, all of them or none.

    `organiser` and `coorganisers` are as a channel says it (`AskedOrganiser`, to be proven), or proven before
    (`Organiser`); no organiser has no quota and needs no proof. `vouched` tells that staff ask, who may speak for the
    city's own departments. An occurrence that moves stays its organiser's. `rules_accepted` is the version of the house
    rules that was accepted.
    """

    occurrences: tuple[Occurrence, ...]
    kind: ProposalKind = ProposalKind.BOOKING
    persons: int | None = None
    organiser: AskedOrganiser | Organiser | None = None
    coorganisers: tuple[AskedOrganiser | Organiser, ...] = ()
    vouched: bool = False
    purpose: str = "other"
    case: str | None = None
    rules_accepted: int | None = None

    @property
    def organisation(self) -> UUID | None:
        """Whose quota it takes from: only organisations have one."""
        return self.organiser.organisation if self.organiser else None

    def quotas(self, zone: ZoneInfo) -> Iterator[Quota]:
        """Yield every quota that it touches: also those in which it has counted until now."""
        if self.organisation:
            for one in self.occurrences:
                for month in (*one.months(zone), *one.previous_months(zone)):
                    yield self.organisation, month


def claims_of(kind: ProposalKind, space: Space, slot: Slot, number: int) -> list[Claim]:
    """Tell what an occurrence claims: a walk-in, which was seen and not asked for, claims nothing."""
    if kind is ProposalKind.WALK_IN:
        return []
    return claiming.of_block(space, slot) if kind is ProposalKind.BLOCK else claiming.of_booking(space, slot, number)
