"""The registry of the handlers of notices."""

from chassis import Registry

registry = Registry()
