"""What decisions does with each event: one file a use case, each function the sentence it implements."""

from chassis import Registry
from chassis.installation import Installation
from chassis.registry import modules_of


def registry(installation: Installation) -> Registry:
    """Return all handlers; the installation tells whose area a district is in, and which records are read."""
    made = Registry()
    for use_case in modules_of(__name__):
        if hasattr(use_case, "register"):
            use_case.register(made, installation)
    return made
