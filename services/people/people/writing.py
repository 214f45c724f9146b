"""Write the mail of a message: in the language of its person, with what the city calls rooms and houses."""

from chassis import Service

from people.mail.calendar import CalendarEntry, Method
from people.mail.letter import NoAddress, Recipient, Sender, letter
from people.mail.post import Mail
from people.mail.words import CityNames, MailContext, word, words
from people.store.messages import Message

METHODS = {
    "booking-confirmed": Method.REQUEST,
    "booking-moved": Method.REQUEST,
    "booking-cancelled": Method.CANCEL,
}
"""What calendars are told with each kind of message; nothing with the others."""


def sender(service: Service) -> Sender:
    """Return from whom mails come here."""
    told = service.installation.messages
    return Sender(told.name, told.address)


def mail(message: Message, names: CityNames, service: Service) -> Mail:
    """Return the mail of a message, the same bytes each time. Raises NoAddress."""
    if message.email is None:
        raise NoAddress
    languages = service.installation.languages
    language = message.language if message.language in languages else languages[0]
    place = MailContext(service.installation.time_zone, service.settings.pages_url, names)
    of = sender(service)
    written = letter(
        words(message.asked, language, place),
        Recipient(message.name, message.email, language),
        of,
        message_id=message.message_id,
        date=message.created_at,
        entry=_entry(message, language, place, of),
    )
    back = service.installation.messages.back(message.message.hex)
    return Mail(message.message, written.as_bytes(), message.email, back)


def _entry(message: Message, language: str, place: MailContext, of: Sender) -> CalendarEntry | None:
    booking, method = message.asked.booking, METHODS.get(message.asked.kind)
    if booking is None or method is None:
        return None
    return CalendarEntry(
        method=method,
        uid=f"{booking.booking}@{of.domain}",
        sequence=message.sequence,
        stamp=message.created_at,
        start=booking.slot.start,
        end=booking.slot.end,
        summary=word("entry", language, room=place.room(booking, language)),
        location=place.house(booking, language),
        url=f"{place.address}/bookings/{booking.booking}",
    )
