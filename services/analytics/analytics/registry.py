"""What the service takes; the handlers enter themselves here."""

from chassis import Registry

registry = Registry()
