"""A space is taken out of booking for a time (cleaning, repair), or given back to it."""

from uuid import UUID

from chassis import Asked, Emission, Reject, Transaction
from omatoimi_contracts.premises import SpaceBlocked, SpaceUnblocked
from omatoimi_contracts.requests import BlockingRequested
from omatoimi_contracts.vocabulary import Slot
from uuid_utils.compat import uuid7

from booking.domain.claims import of_block
from booking.handlers.registry import registry
from booking.store import blocks, claims, locks
from booking.store.look import look


@registry.on(BlockingRequested, locks=locks.of_blocks)
async def block(request: Asked[BlockingRequested], tx: Transaction) -> Emission | Reject:
    """A block never pushes a booking out: what is booked is first moved or cancelled, with its reason told."""
    asked = request.data
    if not request.by.staff:
        return Reject("not-allowed")
    if asked.lift is not None:
        return await _lift(request, asked.lift, tx)
    assert asked.space is not None
    assert asked.slot is not None
    slot = asked.slot.slot()
    situation = (await look(tx.conn, tx.now, [(asked.space, slot)])).situation
    space = situation.spaces.get(asked.space)
    if space is None:
        return Reject("unknown-space")
    wanted = of_block(space, slot)
    if situation.claims.exclude(wanted):
        return Reject("taken")
    id_ = uuid7()
    await claims.claim(tx.conn, claims.of(id_, wanted))
    await blocks.write(tx.conn, id_, space, slot)
    fact = SpaceBlocked(block=str(id_), premises=space.premises, space=space.space, leaves=space.leaves, slot=slot)
    return request.answer(fact, unit=space.unit)


async def _lift(request: Asked[BlockingRequested], lift: UUID, tx: Transaction) -> Emission | Reject:
    row = await blocks.find(tx.conn, lift)
    if row is None:
        return Reject("unknown-block")
    if row["lifted_at"] is not None:
        return Reject("already-lifted")
    if row["ends"] <= tx.now:
        return Reject("already-over")
    await claims.release(tx.conn, row["block"])
    await blocks.lift(tx.conn, row["block"], tx.now)
    fact = SpaceUnblocked(
        block=str(row["block"]),
        premises=row["premises"],
        space=row["space"],
        leaves=tuple(row["leaves"]),
        slot=Slot(start=row["starts"], end=row["ends"]),
    )
    return request.answer(fact, unit=row["unit"])
