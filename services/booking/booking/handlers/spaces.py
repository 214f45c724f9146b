"""Register spaces and what they are made of: the staff's register."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chassis import KEEPERS, Emission, Reject, Request, Transaction
from omatoimi_contracts.premises import SpaceChanged, SpaceRegistered, SpaceRetired
from omatoimi_contracts.requests import SpaceRequested

from booking.domain.spaces import MOST_LEAVES, Circle, booking_rules, house_rules, leaves_of
from booking.handlers.registry import registry
from booking.store import locks, register, things


@registry.on(
    SpaceRequested,
    path="/v1/spaces",
    page="/desk/rooms/space",
    tag="staff",
    may=KEEPERS,
    of=things.premises,
    locks=locks.of_register,
    reasons={
        404: ("unknown-premises", "unknown-space"),
        409: ("space-elsewhere", "unknown-part", "part-of-itself", "too-many-parts", "is-a-part", "in-use"),
    },
)
async def register_space(request: Request[SpaceRequested], tx: Transaction) -> Emission | Reject:
    """Register a space, write its new state, or retire it. What a space is made of cannot change under what is booked
    there: the claims would no longer be on its leaves."""
    asked = request.data
    premises = await register.premises(tx.conn, asked.premises)
    if premises is None or premises.retired:
        return Reject("unknown-premises")
    present = await register.space(tx.conn, asked.space)
    if present is not None and present.premises != asked.premises:
        return Reject("space-elsewhere")
    known = await register.spaces(tx.conn, asked.premises)
    live = {code: space for code, space in known.items() if not space.retired}
    parts = {code: space.parts for code, space in live.items()}
    if asked.retire:
        return await _retire(request, premises.unit, parts, tx)
    if not set(asked.parts) <= live.keys():
        return Reject("unknown-part")
    try:
        leaves = leaves_of(parts | {asked.space: asked.parts})
    except Circle:
        return Reject("part-of-itself")
    if any(len(found) > MOST_LEAVES for found in leaves.values()):
        return Reject("too-many-parts")
    changed = [code for code, space in live.items() if space.leaves != leaves[code]]
    if changed and await register.in_use(tx.conn, changed, tx.now):
        return Reject("in-use")
    latest = await register.house_rules(tx.conn, asked.space)
    rules = house_rules(asked.house_rules, asked.rules_to_accept, latest)
    of_bookings = booking_rules(asked.booking_rules, present.booking_rules if present else None)
    written = await register.write_space(tx.conn, asked, leaves[asked.space], rules, of_bookings, tx.now)
    above = [replace(live[code], leaves=leaves[code]) for code in changed if code != asked.space]
    await register.write_leaves(tx.conn, {space.space: space.leaves for space in above})
    for space in above:
        tx.emit(request.also(space.stated(SpaceChanged), unit=premises.unit))
    kind = SpaceChanged if asked.space in live else SpaceRegistered
    return request.outcome(written.stated(kind), unit=premises.unit)


async def _retire(
    request: Request[SpaceRequested], unit: str, parts: Mapping[str, Sequence[str]], tx: Transaction
) -> Emission | Reject:
    code = request.data.space
    if code not in parts:
        return Reject("unknown-space")
    if any(code in below for below in parts.values()):
        return Reject("is-a-part")
    if await register.in_use(tx.conn, [code], tx.now):
        return Reject("in-use")
    await register.retire_spaces(tx.conn, [code], tx.now)
    return request.outcome(SpaceRetired(premises=request.data.premises, space=code), unit=unit)
