"""Have persons told what became of their bookings: people is asked with the transaction in which it became so."""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis import Request, Transaction
from omatoimi_contracts.requests import MessageRequested, ToldBooking
from omatoimi_contracts.vocabulary import AskedSlot, Slot

from booking.domain.bookings import Booking


def tell(request: Request[Any], kind: str, booking: Booking, tx: Transaction, **more: Any) -> None:
    """Have whoever made a booking told what a request has made of it; nobody where nobody had signed in."""
    _tell(kind, booking, request.id, tx, request, **more)


def remind(booking: Booking, tx: Transaction, code: str | None) -> None:
    """Have whoever made a booking reminded of it, once for each time that it is moved to."""
    cause = uuid5(NAMESPACE_URL, f"{booking.booking}/{booking.slot.start.isoformat()}")
    _tell("booking-reminder", booking, cause, tx, None, code=code)


def asked(slot: Slot) -> AskedSlot:
    return AskedSlot(start=slot.start, end=slot.end)


def _tell(kind: str, booking: Booking, cause: UUID, tx: Transaction, request: Request[Any] | None, **more: Any) -> None:
    if booking.person is None:
        return
    told = ToldBooking(
        booking=booking.booking, premises=booking.premises, space=booking.space, slot=asked(booking.slot), **more
    )
    message = MessageRequested(person=booking.person, kind=kind, cause=cause, unit=booking.unit, booking=told)
    tx.ask_of_another(message, after=request)
