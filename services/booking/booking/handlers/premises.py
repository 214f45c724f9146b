"""Register premises and their opening hours: the staff's register."""

from chassis import KEEPERS, Emission, Reject, Request, Transaction
from omatoimi_contracts.premises import HoursSet, PremisesChanged, PremisesRegistered, PremisesRetired, SpaceRetired
from omatoimi_contracts.requests import HoursRequested, PremisesRequested

from booking.domain.hours import is_possible
from booking.handlers.registry import registry
from booking.store import locks, register, things
from booking.store.register import Premises


@registry.on(
    PremisesRequested,
    path="/v1/premises",
    page="/desk/rooms/premises",
    tag="staff",
    may=KEEPERS,
    of=things.premises,
    locks=locks.of_register,
    reasons={403: ("not-allowed",), 404: ("unknown-premises",), 409: ("in-use",)},
)
async def register_premises(request: Request[PremisesRequested], tx: Transaction) -> Emission | Reject:
    """Register premises, write their new state, or retire them with their spaces."""
    asked = request.data
    before = await register.premises(tx.conn, asked.premises)
    if asked.retire:
        return await _retire(request, before, tx)
    if not request.by.keeps(asked.unit, asked.owner):
        return Reject("not-allowed")
    await register.write_premises(tx.conn, asked)
    fact = PremisesRegistered if before is None or before.retired else PremisesChanged
    return request.outcome(fact(premises=asked.premises, owner=asked.owner, names=asked.names), unit=asked.unit)


async def _retire(request: Request[PremisesRequested], before: Premises | None, tx: Transaction) -> Emission | Reject:
    if before is None or before.retired:
        return Reject("unknown-premises")
    code = before.premises
    spaces = [space for space, known in (await register.spaces(tx.conn, code)).items() if not known.retired]
    if await register.in_use(tx.conn, spaces, tx.now):
        return Reject("in-use")
    await register.retire_premises(tx.conn, code, tx.now)
    await register.retire_spaces(tx.conn, spaces, tx.now)
    for space in sorted(spaces):
        tx.emit(request.also(SpaceRetired(premises=code, space=space), unit=before.unit))
    return request.outcome(PremisesRetired(premises=code), unit=before.unit)


@registry.on(
    HoursRequested,
    path="/v1/hours",
    page="/desk/hours",
    tag="staff",
    may=KEEPERS,
    of=things.premises,
    locks=locks.of_register,
    reasons={404: ("unknown-premises",), 422: ("impossible-hours",)},
)
async def set_hours(request: Request[HoursRequested], tx: Transaction) -> Emission | Reject:
    """Set opening hours from a local date on. What is booked already stands."""
    asked = request.data
    premises = await register.premises(tx.conn, asked.premises)
    if premises is None or premises.retired:
        return Reject("unknown-premises")
    if not is_possible(asked.week):
        return Reject("impossible-hours")
    await register.write_hours(tx.conn, asked.premises, asked.valid_from, asked.week)
    fact = HoursSet(premises=asked.premises, valid_from=asked.valid_from, week=asked.week)
    return request.outcome(fact, unit=premises.unit)
