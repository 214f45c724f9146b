"""The bookings of the made-up town, as they are written down day by day."""

from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from omatoimi_example.acts import Act
from omatoimi_example.calendar import AHEAD, at, first_day
from omatoimi_example.rooms import Rooms
from omatoimi_example.town import StartSpace


@dataclass(slots=True)
class PlannedBooking:
    """A booking that will be confirmed; `fate` is what comes of it. A club's is one of a term."""

    label: str
    space: StartSpace
    start: datetime
    end: datetime
    made: datetime
    persons: int
    public: bool
    by: str
    fate: str = "attended"
    of_term: bool = False
    channel: str = "web"

    @property
    def changed_by(self) -> str:
        """Whoever booked on a page changes it there; the others ask the staff."""
        return "web" if self.channel == "web" else "staff"


@dataclass
class Diary:
    """The bookings of the made-up town between its first day and two weeks after `day`."""

    seed: int
    day: date
    rooms: Rooms = field(default_factory=Rooms)
    bookings: list[PlannedBooking] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(f"{self.seed} {self.day} bookings")
        self.first = first_day(self.day)
        self.until = self.day + AHEAD
        self.now = at(self.day, "00:00")
