"""What remains of example content when it is taken out: premises, spaces and hours, since real bookings may stand on
them."""

from collections.abc import Iterator, Sequence

from chassis import Emission, Transaction, by_clock, demo
from omatoimi_contracts.premises import HoursSet, PremisesRegistered, SpaceRegistered
from omatoimi_contracts.topics import BOOKING_EVENTS

from booking.store import example
from booking.store.register import ListedPremises, RegisteredSpace


async def take_out(tx: Transaction, subjects: Sequence[str]) -> None:
    """Forget bookings, tasks, blocks and proofs of example content, and announce its register anew, as real from now
    on. A real booking stays, also one of an organisation that was made up."""
    await example.forget(tx.conn, subjects)
    premises = await example.premises(tx.conn, subjects)
    spaces = await example.spaces(tx.conn, subjects)
    hours = await example.hours(tx.conn, subjects)
    kept = [*(one.premises for one in premises), *(space.space for space, _ in spaces)]
    await demo.make_real(tx.conn, BOOKING_EVENTS.name, kept)
    for emission in _announced(tx, premises, spaces, hours):
        tx.emit(emission)


def _announced(
    tx: Transaction,
    premises: Sequence[ListedPremises],
    spaces: Sequence[tuple[RegisteredSpace, str]],
    hours: Sequence[tuple[HoursSet, str]],
) -> Iterator[Emission]:
    for one in premises:
        fact = PremisesRegistered(premises=one.premises, owner=one.owner, names=one.names)
        yield by_clock(fact, unit=one.unit, time=tx.now)
    for space, unit in spaces:
        yield by_clock(space.stated(SpaceRegistered), unit=unit, time=tx.now)
    for week, unit in hours:
        yield by_clock(week, unit=unit, time=tx.now)
