"""The one core that every reservation goes through: look, decide, claim (docs/adr/0017).

Whoever books, moves, blocks or tells of a walk-in makes proposals of what was asked, and rows and events of the
verdicts. Nothing here knows a type of request. What must be held meanwhile follows from the same proposals
(`locks_of`), so that none can be decided whose leaves or quotas are not locked.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from chassis import LockKey, Request, Transaction
from chassis.protocols import Locks
from omatoimi_contracts.booking import Alternative
from omatoimi_contracts.vocabulary import Organiser, Slot
from uuid_utils.compat import uuid7

from booking.domain.claims import Claim
from booking.domain.proposals import Proposal, claims_of
from booking.domain.rules import Refusal, Rule, Situation, alternatives, decide, windows
from booking.domain.spaces import Space
from booking.store import claims, locks
from booking.store.look import claims_within, look


@dataclass(frozen=True, slots=True)
class Reserved:
    """One occurrence as it was decided: the id and number it stands under, its space, its slot, and the kind of hours
    that the slot has."""

    id: UUID
    number: int
    space: Space
    slot: Slot
    hours: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided of one proposal. Without a `rule` all of its occurrences are claimed; else nothing is, and the
    rule refused, in its `version`, for the occurrence in `slot` first. `occurrences` are those of its spaces that there
    are; the organisers are as they may be told further; `alternatives` stand where they were asked for."""

    occurrences: tuple[Reserved, ...]
    organiser: Organiser
    coorganisers: tuple[Organiser, ...]
    rule: Rule | None = None
    version: int | None = None
    slot: Slot | None = None
    alternatives: tuple[Alternative, ...] = ()


async def reserve(tx: Transaction, proposals: Sequence[Proposal], *, offer: bool = False) -> list[Verdict]:
    """Reserve what is proposed, each proposal whole or not at all, in their order, and tell a verdict of each.

    One look for all; the rules go through them remembering what they have promised; one insert of all claims. The
    caller holds the locks of `locks_of`, and writes what the claims stand for under the ids of the verdicts. With
    `offer` a refusal comes with what was free instead. No booking may be moved by two proposals of one call.
    """
    found = await look(tx, proposals)
    numbers, situation = iter(found.numbers), found.situation
    identified = [_identified(proposal, situation, numbers) for proposal in proposals]
    refusals = [decide(proposal, situation) for proposal in identified]
    granted = [proposal for proposal, no in zip(identified, refusals, strict=True) if no is None]
    await claims.release(tx.conn, [one.id for p in granted for one in p.occurrences if one.previous and one.id])
    await claims.claim(tx.conn, [claim for proposal in granted for claim in _claims(proposal, situation)])
    free_instead = await _alternatives(tx, identified, refusals, situation) if offer else {}
    return [
        _verdict(proposal, refusal, situation, free_instead.get(at, ()))
        for at, (proposal, refusal) in enumerate(zip(identified, refusals, strict=True))
    ]


def locks_of(propose: Callable[[Request[Any]], Proposal]) -> Locks:
    """Make the `locks=` of a handler that reserves what its requests propose."""

    async def keys(tx: Transaction, requests: Sequence[Request[Any]]) -> set[LockKey]:
        return await locks.of_proposals(tx, [propose(request) for request in requests])

    return keys


def _identified(proposal: Proposal, situation: Situation, numbers: Iterator[int]) -> Proposal:
    """Give each new occurrence in a space that there is an id and a number."""
    new = (
        one if one.previous or one.space not in situation.spaces else replace(one, id=uuid7(), number=next(numbers))
        for one in proposal.occurrences
    )
    return replace(proposal, occurrences=tuple(new))


def _claims(proposal: Proposal, situation: Situation) -> Iterator[tuple[UUID, Claim]]:
    for one in proposal.occurrences:
        assert one.id is not None
        for claim in claims_of(proposal.kind, situation.spaces[one.space], one.slot, one.number):
            yield one.id, claim


async def _alternatives(
    tx: Transaction, proposals: Sequence[Proposal], refusals: Sequence[Refusal | None], situation: Situation
) -> dict[int, tuple[Alternative, ...]]:
    """Tell what was free instead, by position: looked up after the batch's own claims, so that it is free."""
    refused = {at: (proposals[at], refusal) for at, refusal in enumerate(refusals) if refusal}
    spans = [span for proposal, refusal in refused.values() for span in windows(proposal, refusal, situation)]
    around = await claims_within(tx.conn, spans)
    return {at: alternatives(proposal, refusal, situation, around) for at, (proposal, refusal) in refused.items()}


def _verdict(
    proposal: Proposal, refusal: Refusal | None, situation: Situation, free_instead: tuple[Alternative, ...]
) -> Verdict:
    occurrences = []
    for one in proposal.occurrences:
        space = situation.spaces.get(one.space)
        if space is not None and one.id is not None:
            hours = situation.hours_of(space).kind(one.slot)
            occurrences.append(Reserved(one.id, one.number, space, one.slot, hours))
    organisers = [
        situation.told(asked, vouched=proposal.vouched)
        for asked in (proposal.organiser, *proposal.coorganisers)
        if asked is not None
    ]
    return Verdict(
        tuple(occurrences),
        organisers.pop(0) if proposal.organiser else Organiser(class_="private"),
        tuple(organisers),
        refusal.rule if refusal else None,
        refusal.version if refusal else None,
        refusal.wanted.slot if refusal else None,
        free_instead,
    )
