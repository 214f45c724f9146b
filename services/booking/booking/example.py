"""What remains of example content when it is taken out: premises, spaces and hours, since real bookings may stand on
them."""

import json
from collections.abc import Iterator, Sequence

from asyncpg import Record
from chassis import Emission, Transaction, by_clock, demo
from omatoimi_contracts.premises import HoursSet, PremisesRegistered, SpaceRegistered
from omatoimi_contracts.topics import BOOKING_EVENTS

from booking.store import example
from booking.store.register import WEEK


async def take_out(tx: Transaction, subjects: Sequence[str]) -> None:
    """Forget bookings, tasks, blocks and proofs of example content, and announce its register anew, as real from now
    on. A real booking stays, also one of an organisation that was made up."""
    await example.forget(tx.conn, subjects)
    premises = await example.premises(tx.conn, subjects)
    spaces = await example.spaces(tx.conn, subjects)
    hours = await example.hours(tx.conn, subjects)
    kept = [*(row["premises"] for row in premises), *(row["space"] for row in spaces)]
    await demo.make_real(tx.conn, BOOKING_EVENTS.name, kept)
    for emission in _announced(tx, premises, spaces, hours):
        tx.emit(emission)


def _announced(
    tx: Transaction, premises: Sequence[Record], spaces: Sequence[Record], hours: Sequence[Record]
) -> Iterator[Emission]:
    for row in premises:
        fact = PremisesRegistered(premises=row["premises"], owner=row["owner"], names=json.loads(row["names"]))
        yield by_clock(fact, unit=row["unit"], time=tx.now)
    for row in spaces:
        space = SpaceRegistered(
            premises=row["premises"],
            space=row["space"],
            leaves=tuple(row["leaves"]),
            capacity=row["capacity"],
            buffer_before=row["buffer_before"],
            buffer_after=row["buffer_after"],
            task=row["task"],
            names=json.loads(row["names"]),
        )
        yield by_clock(space, unit=row["unit"], time=tx.now)
    for row in hours:
        week = HoursSet(premises=row["premises"], valid_from=row["valid_from"], week=WEEK.validate_json(row["week"]))
        yield by_clock(week, unit=row["unit"], time=tx.now)
