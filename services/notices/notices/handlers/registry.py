"""The event types that notices takes are registered here, each beside its handler in `handlers/`."""

from chassis import Registry

registry = Registry()
