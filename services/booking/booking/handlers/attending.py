"""Record who came to a booking, who stayed away, how many were there, and who came without one."""

from chassis import DEVICE_THERE, KEEPERS, OWN, Emission, Reject, Request, Transaction
from omatoimi_contracts.booking import AttendanceCounted, BookingAttended, BookingUnattended, WalkInCounted
from omatoimi_contracts.requests import AttendanceRequested, CheckInRequested, WalkInRequested

from booking.domain.bookings import may_not_be_attended
from booking.domain.proposals import Occurrence, Proposal, ProposalKind
from booking.handlers.registry import registry
from booking.reserving import locks_of, reserve
from booking.store import bookings, codes, locks, things


@registry.on(
    AttendanceRequested,
    path="/v1/attendances",
    page="/desk",
    tag="use",
    may=KEEPERS | OWN | DEVICE_THERE,
    of=things.bookings,
    locks=locks.of_bookings,
    reasons={
        404: ("unknown-booking",),
        409: ("already-cancelled", "not-yet"),
        422: ("unattended-with-persons",),
    },
)
async def attend(request: Request[AttendanceRequested], tx: Transaction) -> Emission | Reject:
    """Say that they came, that they stayed away, or how many were there. A later word corrects an earlier one. Until
    somebody says, it is not known (R5): nothing is concluded from silence."""
    asked = request.data
    booking = await bookings.find(tx.conn, asked.booking)
    if booking is None:
        return Reject("unknown-booking")
    moment = request.happened(tx.now, booking.confirmed_at)
    if reason := may_not_be_attended(booking, asked.attended, asked.persons, moment):
        return Reject(reason)
    counted = asked.persons if asked.attended else None
    await bookings.attend(tx.conn, booking.booking, asked.attended, counted, request.by.office, tx.now)
    if counted is not None:
        count = AttendanceCounted(**booking.facts(), persons=counted, method=asked.method)
        tx.emit(request.also(count, unit=booking.unit, time=moment))
    fact = BookingAttended if asked.attended else BookingUnattended
    return request.outcome(fact(**booking.facts()), unit=booking.unit, time=moment)


@registry.on(
    CheckInRequested,
    path="/v1/check-ins",
    page="/kiosk",
    tag="use",
    may=DEVICE_THERE,
    of=things.libraries,
    locks=locks.of_codes,
    reasons={404: ("unknown-code",)},
)
async def check_in(request: Request[CheckInRequested], tx: Transaction) -> Emission | Reject:
    """Say by its code that they came to a booking. A wrong code, one of another library and one at another time are
    answered alike: who guesses learns nothing."""
    moment = request.happened(tx.now)
    booking = await codes.booking_at(tx.conn, request.data.unit, request.data.code, moment)
    if booking is None:
        return Reject("unknown-code")
    await bookings.attend(tx.conn, booking.booking, True, None, request.by.office, tx.now)
    moment = request.happened(tx.now, booking.confirmed_at)
    return request.outcome(BookingAttended(**booking.facts()), unit=booking.unit, time=moment)


def _seen(request: Request[WalkInRequested]) -> Proposal:
    """Return what was seen, to be judged like a proposal: it claims nothing."""
    return Proposal((Occurrence(request.data.space, request.data.slot.slot()),), ProposalKind.WALK_IN)


@registry.on(
    WalkInRequested,
    path="/v1/walk-ins",
    page="/desk",
    tag="use",
    may=KEEPERS | DEVICE_THERE,
    of=things.spaces,
    locks=locks_of(_seen),
    reasons={404: ("unknown-space",), 409: ("not-yet", "too-long")},
)
async def walk_in(request: Request[WalkInRequested], tx: Transaction) -> Emission | Reject:
    """Tell that use without a booking was seen. It is counted, and claims nothing."""
    (verdict,) = await reserve(tx, [_seen(request)])
    if verdict.rule:
        return Reject(verdict.rule.code)
    (one,) = verdict.occurrences
    space, moment = one.space, request.happened(tx.now)
    if one.slot.start > moment:
        return Reject("not-yet")
    fact = WalkInCounted(
        walkin=one.id,
        premises=space.premises,
        space=space.space,
        leaves=space.leaves,
        slot=one.slot,
        owner=space.owner,
        hours=one.hours,
        persons=request.data.persons,
        method=request.data.method,
    )
    return request.outcome(fact, unit=space.unit, time=moment)
