"""The rules that a booking must pass, each with its code and its version, so that a refusal can be answered for later.

They are asked in this order; the first that refuses decides. What another space or time would not mend comes first, so
that whoever is offered one can have it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from uuid import UUID

from omatoimi_contracts.booking import Alternative
from omatoimi_contracts.vocabulary import Organiser, Slot

from booking.domain import claims as claiming
from booking.domain import free
from booking.domain.claims import Claim, Claims
from booking.domain.hours import CLOSED, Hours, month_of
from booking.domain.organisers import Proof
from booking.domain.spaces import Space

LONGEST = timedelta(hours=12)
AHEAD = timedelta(days=365)
LATE_START = timedelta(minutes=15)
"""A slot may be booked until so long after its start: whoever stands before an empty room may walk in and book it."""
A_MONTH = 15
"""So many bookings may an organisation hold in one calendar month; cancelled ones do not count."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants, with what is known of them. `number` is the booking's; `organiser` and `coorganisers` are
    None where a claim has no proof; `previous` is the slot that a move gives back."""

    number: int
    space: Space
    slot: Slot
    persons: int | None = None
    organiser: Organiser | None = None
    coorganisers: tuple[Organiser | None, ...] = ()
    previous: Slot | None = None

    @property
    def claims(self) -> list[Claim]:
        return claiming.of_booking(self.space, self.slot, self.number)

    @property
    def holder(self) -> tuple[UUID, date] | None:
        """Whose quota it takes from, and of which month: only organisations have one."""
        if self.organiser is None or self.organiser.organisation is None:
            return None
        return self.organiser.organisation, month_of(self.slot.start)


@dataclass(slots=True)
class Situation:
    """What stands when requests are decided: the spaces by code, all of their premises among them; the hours by
    premises; the claims near the wanted slots; what is proven of organisations; how many bookings an organisation holds
    in a month. It grows by what is promised."""

    now: datetime
    spaces: Mapping[str, Space] = field(default_factory=dict)
    hours: Mapping[str, Hours] = field(default_factory=dict)
    claims: Claims = field(default_factory=Claims)
    proofs: Mapping[UUID, Proof] = field(default_factory=dict)
    held: dict[tuple[UUID, date], int] = field(default_factory=dict)

    def promise(self, wish: Wish) -> None:
        """Remember what was given, for whoever comes next in the same batch."""
        self.claims.add(wish.claims)
        if wish.holder:
            self.held[wish.holder] = self.held.get(wish.holder, 0) + 1

    def hours_of(self, space: Space) -> Hours:
        return self.hours.get(space.premises, Hours())

    def neighbours(self, space: Space) -> list[Space]:
        """The other spaces of the same premises."""
        return [other for other in self.spaces.values() if other.premises == space.premises and other != space]


def in_the_past(wish: Wish, situation: Situation) -> bool:
    if wish.previous is not None and wish.slot.start == wish.previous.start:
        return wish.slot.end <= situation.now
    return wish.slot.start < situation.now - LATE_START or wish.slot.end <= situation.now


def too_far_ahead(wish: Wish, situation: Situation) -> bool:
    return wish.slot.start > situation.now + AHEAD


def too_long(wish: Wish, _: Situation) -> bool:
    return wish.slot.end - wish.slot.start > LONGEST


def too_many_persons(wish: Wish, _: Situation) -> bool:
    return (wish.persons or 0) > wish.space.capacity


def not_open(wish: Wish, situation: Situation) -> bool:
    return situation.hours_of(wish.space).kind(wish.slot) == CLOSED


def not_verified(wish: Wish, _: Situation) -> bool:
    return wish.organiser is None or None in wish.coorganisers


def over_quota(wish: Wish, situation: Situation) -> bool:
    return wish.holder is not None and situation.held.get(wish.holder, 0) >= A_MONTH


def is_taken(wish: Wish, situation: Situation) -> bool:
    return situation.claims.exclude(wish.claims)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its code in the contract, its version, and whether it refuses. `other_space` and `other_time` tell
    whether it may give the same persons another space then, or the same space another time."""

    code: str
    version: int
    refuses: Callable[[Wish, Situation], bool]
    other_space: bool = False
    other_time: bool = False


RULES = (
    Rule("in-the-past", 1, in_the_past),
    Rule("too-far-ahead", 1, too_far_ahead),
    Rule("too-long", 1, too_long),
    Rule("not-verified", 1, not_verified),
    Rule("quota", 1, over_quota),
    Rule("capacity", 1, too_many_persons, other_space=True),
    Rule("closed", 1, not_open, other_time=True),
    Rule("taken", 1, is_taken, other_space=True, other_time=True),
)


def refusal(wish: Wish, situation: Situation) -> Rule | None:
    """The rule that refuses, or None."""
    return next((rule for rule in RULES if rule.refuses(wish, situation)), None)


def alternatives(wish: Wish, rule: Rule, situation: Situation, around: Claims) -> tuple[Alternative, ...]:
    """At most three that are free: other spaces at the same time, else the same space at another time. `around` are
    the claims in the `windows`."""
    hours = situation.hours_of(wish.space)
    found: list[Alternative] = []
    if rule.other_space:
        others = situation.neighbours(wish.space)
        same_time = free.at_the_same_time(wish.slot, wish.persons or 0, others, hours, around)
        found += islice(same_time, free.ALTERNATIVES)
    if rule.other_time:
        soon = _next_quarter(situation.now)
        another_time = free.at_another_time(wish.space, wish.slot, hours, around, soon, situation.now + AHEAD)
        # The quota of another month was not looked up.
        certain = (one for one in another_time if not wish.holder or month_of(one.slot.start) == wish.holder[1])
        found += islice(certain, free.ALTERNATIVES - len(found))
    return tuple(found)


def _next_quarter(now: datetime) -> datetime:
    return now + (datetime.min.replace(tzinfo=UTC) - now) % timedelta(minutes=15)


def windows(wish: Wish, rule: Rule, situation: Situation) -> list[tuple[str, Slot]]:
    """Leaf spaces and spans whose claims must be known before alternatives are told."""
    wanted = []
    if rule.other_space:
        for other in situation.neighbours(wish.space):
            if other.capacity >= (wish.persons or 0):
                slot = Slot(start=wish.slot.start - other.before, end=wish.slot.end + other.after)
                wanted += [(leaf, slot) for leaf in other.leaves]
    if rule.other_time:
        slot = free.near(wish.slot)
        slot = Slot(start=slot.start - wish.space.before, end=slot.end + wish.space.after)
        wanted += [(leaf, slot) for leaf in wish.space.leaves]
    return wanted
