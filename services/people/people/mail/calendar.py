"""Tell calendars of a booking: REQUEST while it stands, CANCEL when it is off (RFC 5546), as mails carry it (RFC 6047).

Calendars are shared: an entry holds a room and a time, no code and nobody's name. Its `uid` stays for the life of the
booking and `sequence` grows with each change, else calendars keep the entry as it was.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress


class Method(StrEnum):
    """What a calendar is to do with an entry."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A booking as calendars know it. `stamp` is when the message was made, so that a repeated mail has the same
    bytes."""

    method: Method
    uid: str
    sequence: int
    stamp: datetime
    start: datetime
    end: datetime
    summary: str
    location: str
    url: str


def icalendar(entry: CalendarEntry, *, organizer: str, attendee: str) -> str:
    """Return the entry as text. The organizer is the mail's own sender: other calendars take no change from anybody
    else."""
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.stamp)
    event.add("dtstart", entry.start)
    event.add("dtend", entry.end)
    event.add("summary", entry.summary)
    event.add("location", entry.location)
    event.add("url", entry.url)
    event.add("status", "CANCELLED" if entry.method is Method.CANCEL else "CONFIRMED")
    event.add("organizer", vCalAddress(f"mailto:{organizer}"))
    going = vCalAddress(f"mailto:{attendee}")
    going.params["PARTSTAT"] = "ACCEPTED"
    going.params["RSVP"] = "FALSE"
    event.add("attendee", going, encode=False)
    calendar = Calendar()
    calendar.add("prodid", "-//Omatoimi//people//EN")
    calendar.add("version", "2.0")
    calendar.add("method", entry.method.value)
    calendar.add_component(event)
    return str(calendar.to_ical().decode())
