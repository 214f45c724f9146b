"""They came, they stayed away, so many were there, or they came without a booking."""

from chassis import Asked, Emission, Reject, Transaction
from omatoimi_contracts.booking import AttendanceCounted, BookingAttended, BookingUnattended, WalkInCounted
from omatoimi_contracts.requests import AttendanceRequested, WalkInRequested
from uuid_utils.compat import uuid7

from booking.domain.bookings import may_not_be_attended
from booking.domain.rules import LONGEST
from booking.handlers.registry import registry
from booking.store import bookings, locks
from booking.store.look import look


@registry.on(AttendanceRequested, locks=locks.of_bookings)
async def attend(request: Asked[AttendanceRequested], tx: Transaction) -> Emission | Reject:
    """Check in, or say that they stayed away; a later word corrects an earlier one. Until somebody says, it is not
    known (R5): nothing is concluded from silence."""
    asked = request.data
    booking = await bookings.find(tx.conn, asked.booking)
    if booking is None:
        return Reject("unknown-booking")
    if reason := may_not_be_attended(booking, asked.attended, asked.persons, tx.now):
        return Reject(reason)
    moment = min(request.time, tx.now)
    counted = asked.persons if asked.attended else None
    await bookings.attend(tx.conn, booking.booking, asked.attended, counted)
    if counted is not None:
        count = AttendanceCounted(**booking.facts(), persons=counted, method=asked.method)
        tx.emit(request.beside(count, unit=booking.unit, time=moment))
    fact = BookingAttended if asked.attended else BookingUnattended
    return request.answer(fact(**booking.facts()), unit=booking.unit, time=moment)


@registry.on(WalkInRequested, locks=locks.of_spaces)
async def walk_in(request: Asked[WalkInRequested], tx: Transaction) -> Emission | Reject:
    """Use without a booking was seen: counted, never claimed."""
    asked, slot = request.data, request.data.slot.slot()
    situation = (await look(tx.conn, tx.now, [(asked.space, slot)])).situation
    space = situation.spaces.get(asked.space)
    if space is None:
        return Reject("unknown-space")
    if slot.start > tx.now:
        return Reject("not-yet")
    if slot.end - slot.start > LONGEST:
        return Reject("too-long")
    fact = WalkInCounted(
        walkin=uuid7(),
        premises=space.premises,
        space=space.space,
        leaves=space.leaves,
        slot=slot,
        owner=space.owner,
        hours=situation.hours_of(space).kind(slot),
        persons=asked.persons,
        method=asked.method,
    )
    return request.answer(fact, unit=space.unit, time=min(request.time, tx.now))
