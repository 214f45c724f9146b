"""The whole of it: a pure function of a seed and a day."""

from datetime import date

from omatoimi_example.acts import Act, in_order
from omatoimi_example.bookings import Bookings
from omatoimi_example.calendar import first_day
from omatoimi_example.decisions import decisions
from omatoimi_example.notices import notices
from omatoimi_example.rooms import Rooms
from omatoimi_example.town import founding
from omatoimi_example.visits import visits


def plan(seed: int, day: date) -> list[Act]:
    """Return all acts in order of time: from the first of the month fourteen months before, until the evening before
    `day`."""
    rooms = Rooms()
    acts = [*founding(first_day(day), day), *decisions(seed, day, rooms)]
    diary = Bookings(seed, day, rooms)
    acts += diary.fill()
    acts += [*notices(seed, day, diary.bookings), *visits(seed, day)]
    return in_order(acts, seed)
