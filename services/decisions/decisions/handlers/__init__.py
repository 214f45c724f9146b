"""What decisions does with each event: one file a use case, each function the sentence it implements."""

from chassis import Registry
from chassis.installation import Installation

from decisions.handlers import feedback, hearings, names, records


def registry(installation: Installation) -> Registry:
    """All handlers; the installation tells whose area a district is in, and which records are read."""
    made = Registry()
    for use_case in (records, feedback, hearings, names):
        use_case.register(made, installation)
    return made
