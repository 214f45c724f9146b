"""What comes in: how the service point is used, and every record of the event topics."""

from collections.abc import Container

from chassis import Registry

from analytics.handlers import log, usage


def registry(pilot: Container[str]) -> Registry:
    """Return all handlers; `pilot` are the libraries that the installation is set up for."""
    made = Registry()
    log.register(made)
    usage.register(made, pilot)
    return made
