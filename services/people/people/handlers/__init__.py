"""What people does with each event: one file a use case, each function the sentence it implements."""

from chassis.registry import modules_of

from people.handlers.registry import registry

modules_of(__name__)

__all__ = ["registry"]
