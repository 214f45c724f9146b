"""Take a space out of booking for a time (cleaning, repair), or give it back."""

from collections.abc import Sequence
from uuid import UUID

from chassis import KEEPERS, Emission, LockKey, Reject, Request, Transaction
from omatoimi_contracts.premises import SpaceBlocked, SpaceUnblocked
from omatoimi_contracts.requests import BlockingRequested

from booking.domain.proposals import Occurrence, Proposal, ProposalKind
from booking.handlers.registry import registry
from booking.reserving import reserve
from booking.store import blocks, claims, locks, things


def _proposal(request: Request[BlockingRequested]) -> Proposal:
    """Return what the request proposes, where it does not lift a block."""
    asked = request.data
    assert asked.space is not None
    assert asked.slot is not None
    return Proposal((Occurrence(asked.space, asked.slot.slot()),), ProposalKind.BLOCK)


async def _locks(tx: Transaction, requests: Sequence[Request[BlockingRequested]]) -> set[LockKey]:
    """Return the leaves of the spaces to block, and of the blocks to lift."""
    proposals = [_proposal(request) for request in requests if request.data.lift is None]
    lifted = [request.data.lift for request in requests if request.data.lift]
    return await locks.of_proposals(tx, proposals) | await locks.of_blocks(tx, lifted)


@registry.on(
    BlockingRequested,
    path="/v1/blockings",
    page="/desk/blocks",
    tag="staff",
    may=KEEPERS,
    of=things.blockings,
    locks=_locks,
    reasons={404: ("unknown-space", "unknown-block"), 409: ("taken", "already-lifted", "already-over")},
)
async def block(request: Request[BlockingRequested], tx: Transaction) -> Emission | Reject:
    """Take a space out of booking, or lift a block. A block never pushes a booking out: what is booked is first moved
    or cancelled, with its reason told."""
    asked = request.data
    if asked.lift is not None:
        return await _lift(request, asked.lift, tx)
    (verdict,) = await reserve(tx, [_proposal(request)])
    if verdict.rule:
        return Reject(verdict.rule.code)
    (one,) = verdict.occurrences
    await blocks.write(tx.conn, one.id, one.space, one.slot)
    space = one.space
    fact = SpaceBlocked(
        block=str(one.id), premises=space.premises, space=space.space, leaves=space.leaves, slot=one.slot
    )
    return request.outcome(fact, unit=space.unit)


async def _lift(request: Request[BlockingRequested], lift: UUID, tx: Transaction) -> Emission | Reject:
    known = await blocks.find(tx.conn, lift)
    if known is None:
        return Reject("unknown-block")
    if known.lifted:
        return Reject("already-lifted")
    if known.slot.end <= tx.now:
        return Reject("already-over")
    await claims.release(tx.conn, [known.block])
    await blocks.lift(tx.conn, known.block, tx.now)
    fact = SpaceUnblocked(
        block=str(known.block), premises=known.premises, space=known.space, leaves=known.leaves, slot=known.slot
    )
    return request.outcome(fact, unit=known.unit)
