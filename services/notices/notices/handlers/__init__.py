"""What notices does with each event. Importing this registers the handlers."""

from notices.handlers import bookings, decisions, notices, organisations
from notices.registry import registry

__all__ = ["bookings", "decisions", "notices", "organisations", "registry"]
