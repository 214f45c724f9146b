"""Forget who asked for a notice, once people has erased them."""

from chassis.erasure import forget_erased

from notices.handlers.registry import registry
from notices.store import notices

forget_erased(registry, notices.forget_person)
