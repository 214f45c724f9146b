"""What decisions does with each event: one file a use case, each function the sentence it implements."""

from chassis import Registry

from decisions.handlers import feedback, hearings, names, records
from decisions.handlers.units import UnitOf


def registry(unit_of: UnitOf) -> Registry:
    """All handlers; `unit_of` tells whose area a district is in."""
    made = Registry()
    for use_case in (records, feedback, hearings, names):
        use_case.register(made, unit_of)
    return made
