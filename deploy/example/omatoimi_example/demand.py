"""What people want of a room now and then, beside the clubs' terms."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Demand:
    """What people want of a room now and then."""

    by: str
    weight: int
    spaces: tuple[str, ...]
    clocks: tuple[str, ...]
    minutes: tuple[int, ...]
    organisers: tuple[str, ...]
    purpose: str = "meeting"
    public: bool = False


DAYTIME = ("09:00", "10:30", "12:00", "13:30", "15:00")
EVENING = ("16:00", "17:30", "18:00", "19:00", "19:30")
DEMANDS = (
    Demand(
        "private",
        40,
        ("tyohuone", "tyohuone", "kerhohuone"),
        (*DAYTIME, *EVENING),
        (60, 90, 120),
        ("private",),
        "study",
    ),
    Demand("party", 8, ("kerhohuone", "sali-ikkuna"), ("11:00", "13:00", "15:00"), (120, 180), ("private",), "other"),
    Demand("band", 12, ("bandikamppa",), ("14:00", "16:00", "18:00"), (90, 120), ("private",), "hobby"),
    Demand("cooking", 6, ("keittio",), ("14:00", "15:30", "17:00"), (120,), ("private", "kokit"), "hobby"),
    Demand(
        "meeting",
        14,
        ("kerhohuone", "tyohuone"),
        EVENING,
        (60, 90),
        ("kutojat", "viljelijat", "pyorapaja", "vanhemmat"),
    ),
    Demand(
        "play", 6, ("liikuntasali-a", "liikuntasali-b"), ("16:00", "16:30", "17:00"), (60, 90), ("private",), "hobby"
    ),
    Demand(
        "evening",
        12,
        ("sali", "sali-lava"),
        ("17:30", "18:00"),
        (120, 150),
        ("pelimannit", "kuoro", "lukupiiri"),
        "event",
        True,
    ),
    Demand("programme", 14, ("sali", "kerhohuone"), ("10:00", "14:00", "17:30"), (60, 90), ("library",), "event", True),
)
