"""The handlers of booking hang off this."""

from chassis import Registry

registry = Registry()
