"""The registry of the handlers of people."""

from chassis import Registry

registry = Registry()
