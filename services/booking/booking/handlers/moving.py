"""Move a booking to another time, or to another space of the same premises."""

from collections.abc import Sequence
from dataclasses import replace

from chassis import KEEPERS, OWN, Emission, LockKey, Reject, Request, Transaction
from omatoimi_contracts.booking import BookingMoved
from omatoimi_contracts.requests import MoveRequested

from booking import service_tasks, telling
from booking.domain.bookings import Booking, may_not_be_moved
from booking.domain.proposals import Occurrence, Previous, Proposal
from booking.domain.rules import REFUSAL_CODES
from booking.handlers.registry import registry
from booking.reserving import reserve
from booking.store import bookings, codes, locks, things


def _proposal(request: Request[MoveRequested], old: Booking) -> Proposal:
    """Return what the request proposes: another slot or space, in the place of what the booking has."""
    space, slot = request.data.space or old.space, request.data.slot.slot()
    previous = Previous(old.premises, old.leaves, old.slot, old.space)
    return Proposal(
        (Occurrence(space, slot, previous, old.booking, old.number),),
        persons=old.persons,
        organiser=old.organiser,
        coorganisers=old.coorganisers,
        purpose=old.purpose,
        case=old.case,
        rules_accepted=request.data.rules_accepted,
    )


async def _locks(tx: Transaction, requests: Sequence[Request[MoveRequested]]) -> set[LockKey]:
    """Tell what each move would give back and take."""
    found = await bookings.find_all(tx.conn, [request.data.booking for request in requests])
    moves = [(request, found.get(request.data.booking)) for request in requests]
    return await locks.of_proposals(tx, [_proposal(request, old) for request, old in moves if old])


@registry.on(
    MoveRequested,
    path="/v1/moves",
    page="/bookings/{booking}/move",
    tag="bookings",
    may=KEEPERS | OWN,
    of=things.bookings,
    locks=_locks,
    statuses={BookingMoved: 200},
    reasons={
        404: ("unknown-booking", "unknown-space"),
        409: (
            *("already-cancelled", "already-over", "attendance-known", "nothing-to-move", "other-premises"),
            *("rules-not-accepted", "too-late-to-cancel"),
            *REFUSAL_CODES,
        ),
        422: ("case-without-hearing",),
    },
)
async def move(request: Request[MoveRequested], tx: Transaction) -> Emission | Reject:
    """Move a booking to another time, or another space of the same premises. Old and new change hands in one
    transaction, by the same rules as a booking; a move that is refused leaves everything as it was."""
    old = await bookings.find(tx.conn, request.data.booking)
    if old is None:
        return Reject("unknown-booking")
    space, slot = request.data.space or old.space, request.data.slot.slot()
    by_keeper = request.by.keeps(old.unit, old.owner)
    if reason := may_not_be_moved(old, space, slot, tx.now, by_keeper=by_keeper):
        return Reject(reason)
    (verdict,) = await reserve(tx, [_proposal(request, old)])
    if verdict.rule:
        return Reject(verdict.rule.code)
    (one,) = verdict.occurrences
    there = old.rules_accepted if one.space.space == old.space else None
    new = replace(
        old,
        space=one.space.space,
        leaves=one.space.leaves,
        slot=one.slot,
        hours=one.hours,
        rules_accepted=request.data.rules_accepted or there,
        cancel_before=one.space.booking_rules.cancel_before,
    )
    await bookings.move(tx, new)
    await service_tasks.move_with(request, new, one.space.task, tx)
    code = (await codes.of(tx.conn, [new.booking])).get(new.booking)
    telling.tell(request, "booking-moved", new, tx, previous=telling.asked(old.slot), code=code)
    previous = {"previous": old.slot, "previousspace": old.space, "previousleaves": old.leaves}
    fact = BookingMoved(**new.facts(BookingMoved), **previous)
    return request.outcome(fact, unit=new.unit)
