"""Move and withdraw a notice with the booking that it is tied to."""

from collections.abc import Sequence

from chassis import LockKey, Transaction, follows
from omatoimi_contracts.booking import BookingCancelled, BookingConfirmed, BookingFact, BookingMoved
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.notices import NoticeChanged, NoticeWithdrawn

from notices.domain.notices import KnownBooking, NoticeState
from notices.handlers.registry import registry
from notices.lifecycle import keep, publication_first
from notices.store import bookings, notices


async def keys(tx: Transaction, events: Sequence[FactEvent[BookingFact]]) -> set[LockKey]:
    """Name the bookings and the notices tied to them."""
    named = {event.data.booking for event in events}
    tied = await notices.tied_to(tx.conn, named)
    return {("booking", str(booking)) for booking in named} | {("notice", str(notice)) for notice in tied}


@registry.on(BookingConfirmed, locks=keys)
@registry.on(BookingMoved, locks=keys)
@registry.on(BookingCancelled, locks=keys)
async def follow(event: FactEvent[BookingFact], tx: Transaction) -> None:
    """Keep where the booking stands, for notices still to come, and let those that are here follow it."""
    fact = event.data
    cancelled = isinstance(fact, BookingCancelled)
    booking = KnownBooking(fact.booking, fact.slot, fact.owner, cancelled, fact.premises, fact.space)
    if not await bookings.apply(tx.conn, booking, int(event.sequence)):
        return
    for before in await notices.of_booking(tx.conn, booking.booking, tx.now):
        notice = publication_first(before, tx)
        if cancelled:
            notice = notice.ended(NoticeState.WITHDRAWN, tx.now)
            tx.emit(follows(event, notice.stated(NoticeWithdrawn, by="automatic"), unit=notice.unit))
        else:
            notice = notice.following(booking, tx.now)
            if notice.differs_from(before):
                notice = notice.next_version(tx.now)
                tx.emit(follows(event, notice.stated(NoticeChanged, by="automatic"), unit=notice.unit))
        await keep(tx, [notice])
