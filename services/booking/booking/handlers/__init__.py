"""What booking does with each event type: one file a use case, each function the sentence it implements."""

from booking.handlers import (
    attending,
    blocking,
    booking,
    cancelling,
    moving,
    organisations,
    premises,
    spaces,
    tasks,
)
from booking.handlers.registry import registry

__all__ = [
    "attending",
    "blocking",
    "booking",
    "cancelling",
    "moving",
    "organisations",
    "premises",
    "registry",
    "spaces",
    "tasks",
]
