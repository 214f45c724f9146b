"""The registry of the handlers of booking."""

from chassis import Registry

registry = Registry()
