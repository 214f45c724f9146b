"""What notices does with each event. Importing this registers the handlers."""

from notices.handlers import bookings, clock, decisions, notices, organisations
from notices.handlers.registry import registry

__all__ = ["bookings", "clock", "decisions", "notices", "organisations", "registry"]
