"""The rules that a booking must pass, each with its code and its version, so that a refusal can be answered for later.

They are asked in this order; the first that refuses decides. What another space or time would not mend comes first, so
that whoever is offered one can have it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from omatoimi_contracts.booking import Alternative
from omatoimi_contracts.rooms import BookingRulesInForce
from omatoimi_contracts.vocabulary import AskedOrganiser, Organiser, Slot

from booking.domain import free, grid
from booking.domain.claims import Claims
from booking.domain.hours import CLOSED, Hours, months_of
from booking.domain.organisers import Proof, proven, unproven
from booking.domain.proposals import Occurrence, Proposal, ProposalKind, Quota, claims_of
from booking.domain.spaces import Space

AHEAD = timedelta(days=365)
"""So far ahead anything is booked at most; a space may let it be less."""
SEEN = timedelta(hours=12)
"""So long a use is at most that was seen and not booked."""
LATE_START = timedelta(minutes=15)
"""A slot may be booked until so long after its start, or as long as the grid is: whoever stands before an empty room
may walk in and book it."""
A_MONTH = 15
"""So many bookings may an organisation hold in one calendar month; cancelled ones do not count. One over midnight at a
month's end counts in both."""


@dataclass(slots=True)
class Situation:
    """What stands when proposals are decided: now, and whose clock days and months go by; the spaces by code, all of
    their premises among them; the hours by premises; the claims near the wanted slots; what is proven of organisations;
    how many bookings an organisation holds in a month. It grows by what is promised."""

    now: datetime
    zone: ZoneInfo
    spaces: Mapping[str, Space] = field(default_factory=dict)
    hours: Mapping[str, Hours] = field(default_factory=dict)
    claims: Claims = field(default_factory=Claims)
    proofs: Mapping[UUID, Proof] = field(default_factory=dict)
    quota_used: dict[Quota, int] = field(default_factory=dict)

    def promise(self, proposal: Proposal, wanted: Occurrence) -> None:
        """Remember what was given, for whoever comes next in the same batch."""
        space = self.spaces[wanted.space]
        self.claims.add(claims_of(proposal.kind, space, wanted.slot, wanted.number))
        self._count(proposal, wanted.months(self.zone), 1)

    def give_back(self, proposal: Proposal, wanted: Occurrence) -> None:
        """Take away what stands in the place of an occurrence."""
        if wanted.previous and wanted.id:
            self.claims.release(wanted.id)
            self._count(proposal, wanted.previous_months(self.zone), -1)

    def _count(self, proposal: Proposal, months: tuple[date, ...], bookings: int) -> None:
        if proposal.organisation:
            for month in months:
                quota = proposal.organisation, month
                self.quota_used[quota] = self.quota_used.get(quota, 0) + bookings

    def proven(self, asked: AskedOrganiser | Organiser, *, vouched: bool) -> Organiser | None:
        """Return the organiser with its class, or None when the claim has no proof."""
        return asked if isinstance(asked, Organiser) else proven(asked, self.proofs, vouched=vouched)

    def told(self, asked: AskedOrganiser | Organiser, *, vouched: bool) -> Organiser:
        """Return the organiser as it may be told further, proven or not."""
        return asked if isinstance(asked, Organiser) else self.proven(asked, vouched=vouched) or unproven(asked)

    def hours_of(self, space: Space) -> Hours:
        return self.hours.get(space.premises, Hours(self.zone))

    def neighbours(self, space: Space) -> list[Space]:
        """Return the other spaces of the same premises."""
        return [other for other in self.spaces.values() if other.premises == space.premises and other != space]


def no_such_space(_: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    return wanted.space not in situation.spaces


def other_premises(_: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    return wanted.previous is not None and situation.spaces[wanted.space].premises != wanted.previous.premises


def case_without_hearing(proposal: Proposal, _: Occurrence, __: Situation) -> bool:
    return proposal.case is not None and proposal.purpose != "hearing"


def rules_not_accepted(proposal: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    # Whoever stays in a space has accepted what held there when they booked it.
    space, accepted = situation.spaces[wanted.space], proposal.rules_accepted
    stays = wanted.previous is not None and wanted.previous.space == wanted.space
    return accepted != space.rules if accepted else space.rules_to_accept and not stays


def in_the_past(_: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    if wanted.previous is not None and wanted.slot.start == wanted.previous.slot.start:
        return wanted.slot.end <= situation.now
    late = max(LATE_START, timedelta(minutes=_rules(wanted, situation).grid))
    return wanted.slot.start < situation.now - late or wanted.slot.end <= situation.now


def too_far_ahead(_: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    return wanted.slot.start > situation.now + timedelta(days=_rules(wanted, situation).days_ahead)


def too_soon(_: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    # Who keeps the start knew of it in time.
    if wanted.previous is not None and wanted.slot.start == wanted.previous.slot.start:
        return False
    notice = timedelta(minutes=_rules(wanted, situation).notice)
    return bool(notice) and wanted.slot.start < situation.now + notice


def not_yet(_: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    return wanted.slot.start > situation.now


def off_grid(_: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    # A beginning or an end that stays was right when it was given.
    slot, old = wanted.slot, wanted.previous.slot if wanted.previous else None
    edges = [(slot.start, old and old.start), (slot.end, old and old.end)]
    minutes, zone = _rules(wanted, situation).grid, situation.zone
    return any(edge != stood and grid.beyond(edge, minutes, zone) for edge, stood in edges)


def too_short(_: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    return wanted.slot.end - wanted.slot.start < timedelta(minutes=_rules(wanted, situation).shortest)


def too_long(_: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    return wanted.slot.end - wanted.slot.start > timedelta(minutes=_rules(wanted, situation).longest)


def seen_too_long(_: Proposal, wanted: Occurrence, __: Situation) -> bool:
    return wanted.slot.end - wanted.slot.start > SEEN


def too_many_persons(proposal: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    space = situation.spaces[wanted.space]
    return space.persons(proposal.persons) > space.capacity


def too_few_persons(proposal: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    space = situation.spaces[wanted.space]
    return space.persons(proposal.persons) < space.minimum


def not_open(_: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    return situation.hours_of(situation.spaces[wanted.space]).kind(wanted.slot) == CLOSED


def not_verified(proposal: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    organisers = [one for one in (proposal.organiser, *proposal.coorganisers) if one]
    if any(situation.proven(one, vouched=proposal.vouched) is None for one in organisers):
        return True
    # What was booked stands when a proof is withdrawn: it may become less, and nothing else.
    lost = any(one.organisation and one.organisation not in situation.proofs for one in organisers)
    return lost and wanted.previous is not None and not wanted.shrinks


def over_quota(proposal: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    # Whoever moves within a month holds no more in it than before.
    zone = situation.zone
    more = [month for month in wanted.months(zone) if month not in wanted.previous_months(zone)]
    organisation = proposal.organisation
    return organisation is not None and any(situation.quota_used.get((organisation, m), 0) >= A_MONTH for m in more)


def is_taken(proposal: Proposal, wanted: Occurrence, situation: Situation) -> bool:
    space = situation.spaces[wanted.space]
    return situation.claims.exclude(claims_of(proposal.kind, space, wanted.slot, wanted.number))


def _rules(wanted: Occurrence, situation: Situation) -> BookingRulesInForce:
    return situation.spaces[wanted.space].booking_rules


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its code in the contract, its version, None where that is the version of the space's own rules, and
    whether it refuses. `other_space` and `other_time` tell whether it may give the same persons another space then, or
    the same space another time."""

    code: str
    version: int | None
    refuses: Callable[[Proposal, Occurrence, Situation], bool]
    other_space: bool = False
    other_time: bool = False


TAKEN = Rule("taken", 1, is_taken, other_space=True, other_time=True)

RULES_NOT_ACCEPTED = Rule("rules-not-accepted", 1, rules_not_accepted)
UNKNOWN_SPACE = Rule("unknown-space", 1, no_such_space)
IMPOSSIBLE = (
    UNKNOWN_SPACE,
    Rule("case-without-hearing", 1, case_without_hearing),
    Rule("other-premises", 1, other_premises),
    RULES_NOT_ACCEPTED,
)
"""What is no demand that was not met: nobody could be given it, or only who accepts the house rules as they are now."""

OF_THE_SPACE = (
    Rule("too-far-ahead", None, too_far_ahead),
    Rule("off-grid", None, off_grid),
    Rule("too-short", None, too_short),
    Rule("too-long", None, too_long),
    Rule("too-soon", None, too_soon, other_time=True),
)
"""What the space's own rules refuse."""

REFUSALS = (
    Rule("in-the-past", 1, in_the_past),
    *OF_THE_SPACE,
    Rule("not-verified", 1, not_verified),
    Rule("quota", 1, over_quota),
    Rule("capacity", 1, too_many_persons, other_space=True),
    Rule("too-few-persons", 1, too_few_persons, other_space=True),
    Rule("closed", 1, not_open, other_time=True),
    TAKEN,
)
"""What refuses a booking: the rules of the contract."""
REFUSAL_CODES = tuple(rule.code for rule in REFUSALS)

RULES: Mapping[ProposalKind, tuple[Rule, ...]] = {
    ProposalKind.BOOKING: IMPOSSIBLE + REFUSALS,
    ProposalKind.HOLD: IMPOSSIBLE + REFUSALS,
    ProposalKind.BLOCK: (UNKNOWN_SPACE, TAKEN),
    ProposalKind.WALK_IN: (UNKNOWN_SPACE, Rule("not-yet", 1, not_yet), Rule("too-long", 1, seen_too_long)),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """The rule that refuses, its version, and the occurrence that it refuses."""

    rule: Rule
    version: int
    wanted: Occurrence


def decide(proposal: Proposal, situation: Situation) -> Refusal | None:
    """Promise all that is proposed, or tell the first refusal and leave the situation as it was.

    What an occurrence takes the place of is given back first, all of it: a series may move into its own time.
    """
    trial = situation
    if len(proposal.occurrences) > 1 or proposal.occurrences[0].previous:
        trial = replace(situation, claims=situation.claims.copy(), quota_used=dict(situation.quota_used))
    for wanted in proposal.occurrences:
        trial.give_back(proposal, wanted)
    for wanted in proposal.occurrences:
        for rule in RULES[proposal.kind]:
            if rule.refuses(proposal, wanted, trial):
                return Refusal(rule, rule.version or _rules(wanted, trial).version, wanted)
        trial.promise(proposal, wanted)
    situation.claims, situation.quota_used = trial.claims, trial.quota_used
    return None


def alternatives(proposal: Proposal, refusal: Refusal, situation: Situation, around: Claims) -> tuple[Alternative, ...]:
    """Return at most three that are free: other spaces at the same time, else the same space at another time. `around`
    are the claims in the `windows`."""
    rule, wanted = refusal.rule, refusal.wanted
    found: list[Alternative] = []
    if rule.other_space:
        space = situation.spaces[wanted.space]
        others, hours = _neighbours(proposal, wanted, situation), situation.hours_of(space)
        same_time = free.at_the_same_time(wanted.slot, proposal.persons, others, hours, around)
        found += islice(same_time, free.ALTERNATIVES)
    if rule.other_time:
        space = situation.spaces[wanted.space]
        hours = situation.hours_of(space)
        another_time = free.at_another_time(space, wanted.slot, hours, around, situation.now)
        # The quota of another month was not looked up.
        zone = situation.zone
        known = set(wanted.months(zone))
        certain = (o for o in another_time if not proposal.organisation or known.issuperset(months_of(o.slot, zone)))
        found += islice(certain, free.ALTERNATIVES - len(found))
    return tuple(found)


def _neighbours(proposal: Proposal, wanted: Occurrence, situation: Situation) -> list[Space]:
    """Return the other spaces of the same premises whose own rules let the same slot be booked."""
    return [
        space
        for space in situation.neighbours(situation.spaces[wanted.space])
        if not any(rule.refuses(proposal, Occurrence(space.space, wanted.slot), situation) for rule in OF_THE_SPACE)
    ]


def windows(proposal: Proposal, refusal: Refusal, situation: Situation) -> list[tuple[str, Slot]]:
    """Return leaf spaces and spans whose claims must be known before alternatives are told."""
    rule, wanted = refusal.rule, refusal.wanted
    spans: list[tuple[str, Slot]] = []
    if rule.other_space:
        for other in _neighbours(proposal, wanted, situation):
            if other.is_for(proposal.persons):
                slot = Slot(start=wanted.slot.start - other.before, end=wanted.slot.end + other.after)
                spans += [(leaf, slot) for leaf in other.leaves]
    if rule.other_time:
        space, slot = situation.spaces[wanted.space], free.near(wanted.slot, situation.zone)
        slot = Slot(start=slot.start - space.before, end=slot.end + space.after)
        spans += [(leaf, slot) for leaf in space.leaves]
    return spans
