"""Forget who made a booking, once people has erased them."""

from chassis.erasure import forget_erased

from booking.handlers.registry import registry
from booking.store import bookings

forget_erased(registry, bookings.forget_person)
