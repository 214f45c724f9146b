"""The calendar of a space, to be subscribed to: when it is taken, and no word of who has it (RFC 5545, PUBLISH)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Event
from omatoimi_contracts.vocabulary import Slot

WORDS = {"fi": "Varattu", "sv": "Bokad", "en": "Taken"}
LOOK_AGAIN = timedelta(minutes=15)


def icalendar(space: str, name: str, house: str, taken: Sequence[Slot], stamp: datetime, language: str) -> bytes:
    """Return the calendar. An entry is known by its space and time alone, so that one which is given back goes, and
    what takes its place is new; `stamp` is when the days that it shows were begun."""
    calendar = Calendar()
    calendar.add("prodid", "-//Omatoimi//booking//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{name}, {house}")
    calendar.add("refresh-interval", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    for slot in taken:
        event = Event()
        event.add("uid", str(uuid5(NAMESPACE_URL, f"omatoimi:{space}:{slot.start.isoformat()}:{slot.end.isoformat()}")))
        event.add("dtstamp", stamp)
        event.add("dtstart", slot.start)
        event.add("dtend", slot.end)
        event.add("summary", f"{name}: {WORDS[language]}")
        event.add("location", house)
        event.add("transp", "OPAQUE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
