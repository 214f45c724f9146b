"""Who meets every week: associations, and the library's own programme."""

from dataclasses import dataclass
from datetime import datetime

from omatoimi_example.calendar import at, local_day
from omatoimi_example.town import StartSpace


@dataclass(frozen=True, slots=True)
class Club:
    """A weekly meeting in term time, Monday = 1, local hours. `by` is an association's code, or a department of the
    city, for which staff book."""

    by: str
    space: str
    weekday: int
    clock: str
    minutes: int
    persons: int
    purpose: str = "hobby"
    public: bool = False


CLUBS = (
    # Tuesdays are crowded: the library's rooms are full from noon on.
    Club("library", "kerhohuone", 2, "10:00", 75, 12, "course", public=True),
    Club("voimistelijat", "sali-ikkuna", 2, "13:00", 75, 18),
    Club("lukupiiri", "kerhohuone", 2, "13:45", 60, 11, "study"),
    Club("vanhemmat", "kerhohuone", 2, "15:00", 75, 9, "study"),
    Club("neulojat", "kerhohuone", 2, "16:45", 90, 14),
    Club("lasecirkel", "kerhohuone", 2, "18:45", 90, 8, "study"),
    Club("viljelijat", "tyohuone", 2, "16:00", 90, 4, "meeting"),
    Club("newcomers", "tyohuone", 2, "17:45", 90, 4, "study"),
    Club("kuoro", "sali", 2, "17:00", 120, 34),
    Club("pelimannit", "sali-lava", 2, "20:00", 90, 12),
    Club("kutojat", "sali-ikkuna", 2, "20:00", 90, 9),
    Club("kokit", "keittio", 2, "16:00", 150, 10, "course"),
    Club("bandit", "bandikamppa", 2, "17:00", 120, 5),
    # The other days have room.
    Club("shakki", "kerhohuone", 1, "17:30", 120, 10),
    Club("newcomers", "kerhohuone", 3, "17:30", 90, 13, "study", public=True),
    Club("lasecirkel", "tyohuone", 4, "17:00", 90, 4, "study"),
    Club("kutojat", "kerhohuone", 4, "17:30", 120, 8),
    Club("library", "sali-ikkuna", 5, "10:00", 60, 24, "event", public=True),
    Club("pyorapaja", "tyohuone", 6, "11:00", 120, 3, "meeting"),
    Club("youth", "bandikamppa", 3, "16:00", 120, 6, "course"),
    Club("bandit", "bandikamppa", 5, "18:00", 150, 5),
    # The school: sports until half past six, then the hall is dark; music goes on in the music room.
    Club("salibandy", "liikuntasali", 1, "16:30", 90, 30),
    Club("sulkapallo", "liikuntasali-a", 2, "16:15", 90, 12),
    Club("voimistelijat", "liikuntasali-b", 2, "16:15", 105, 22),
    Club("sulkapallo", "liikuntasali-b", 3, "16:30", 90, 12),
    Club("salibandy", "liikuntasali-a", 4, "16:30", 120, 16),
    Club("kuoro", "musiikkiluokka", 1, "18:30", 120, 18),
    Club("pelimannit", "musiikkiluokka", 4, "18:30", 120, 11),
)

DARK_FROM = "18:30"
"""From then on nobody is in the school's sports hall, on any evening."""

DEPARTMENTS = {"library": "library", "youth": "department"}
"""The class under which a department organises."""


def in_the_dark(space: StartSpace, end: datetime) -> bool:
    """Tell whether it is the school's sports hall in the evening, where nobody is."""
    return space.space.startswith("liikuntasali") and end > at(local_day(end), DARK_FROM)
