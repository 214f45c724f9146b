"""Cancel a booking."""

from chassis import KEEPERS, OWN, Emission, Reject, Request, Transaction
from omatoimi_contracts.booking import BookingCancelled
from omatoimi_contracts.requests import CancellationRequested

from booking import service_tasks, telling
from booking.domain.bookings import may_not_be_cancelled
from booking.handlers.registry import registry
from booking.store import bookings, claims, locks, things


@registry.on(
    CancellationRequested,
    path="/v1/cancellations",
    page="/bookings/{booking}/cancel",
    tag="bookings",
    may=KEEPERS | OWN,
    of=things.bookings,
    locks=locks.of_bookings,
    statuses={BookingCancelled: 200},
    reasons={
        403: ("not-allowed",),
        404: ("unknown-booking",),
        409: ("already-cancelled", "attendance-known", "already-over", "too-late-to-cancel"),
    },
)
async def cancel(request: Request[CancellationRequested], tx: Transaction) -> Emission | Reject:
    """Give a booking back. The space is free again and the tasks are off. A record that comes late keeps its moment:
    how late the cancellation was is told by that."""
    asked = request.data
    booking = await bookings.find(tx.conn, asked.booking)
    if booking is None:
        return Reject("unknown-booking")
    by_keeper = request.by.keeps(booking.unit, booking.owner)
    if asked.by != "user" and not by_keeper:
        return Reject("not-allowed")
    moment = request.happened(tx.now, booking.confirmed_at)
    if reason := may_not_be_cancelled(booking, moment, by_keeper=by_keeper):
        return Reject(reason)
    await claims.release(tx.conn, [booking.booking])
    await bookings.cancel(tx.conn, booking.booking, moment)
    await service_tasks.cancel_with(request, booking, tx, by=asked.by, time=moment)
    telling.tell(request, "booking-cancelled", booking, tx, by=asked.by, reason=asked.reason)
    fact = BookingCancelled(**booking.facts(), by=asked.by, reason=asked.reason)
    return request.outcome(fact, unit=booking.unit, time=moment)
