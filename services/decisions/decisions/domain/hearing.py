"""When and where residents are heard on a case: a booking with purpose hearing that names it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

PURPOSE = "hearing"


@dataclass(frozen=True, slots=True)
class Hearing:
    """A hearing as its booking stands. `sequence` is that of the booking's event, which counts from 1; times are aware.
    One that was cancelled is kept, so that a late copy of an earlier event does not bring it back."""

    booking: str
    case: str
    premises: str
    spaces: tuple[str, ...]
    starts: datetime
    ends: datetime
    sequence: int
    cancelled: bool = False


def is_newer(event: Hearing, known: Hearing | None) -> bool:
    """Tell whether an event tells something new of its booking; copies and older ones do not."""
    return known is None or event.sequence > known.sequence


def coming(hearings: Iterable[Hearing], now: datetime) -> tuple[Hearing, ...]:
    """Return those that are not over and not cancelled, the next one first."""
    ahead = (hearing for hearing in hearings if not hearing.cancelled and hearing.ends > now)
    return tuple(sorted(ahead, key=lambda hearing: (hearing.starts, hearing.booking)))
