"""Forget who said something about a case, once people has erased them."""

from chassis import Registry
from chassis.erasure import forget_erased
from chassis.installation import Installation

from decisions.store import feedback


def register(registry: Registry, _: Installation) -> None:
    """Let the registry hear of persons who were erased."""
    forget_erased(registry, feedback.forget_person)
