"""Say what a message tells, in the language of the person: of codes and ids the words, of moments the local time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from chassis import local_time
from chassis.pages import LANGUAGES, called, words_of
from omatoimi_contracts.requests import MessageRequested, ToldBooking

from people.mail.letter import MailText

WORDS = {language: words_of(Path(__file__).parents[1], language) for language in LANGUAGES}
SEVERAL_EMPTY_LINES = re.compile(r"\n{3,}")
THE_LIBRARY = ("house", "staff", "automatic")

CityNames = Mapping[str, Mapping[str, str]]
"""What the city calls rooms (`space/<code>`) and houses (`premises/<code>`), by language."""


@dataclass(frozen=True, slots=True)
class MailContext:
    """Where and how things are told here: the local time, the address of the pages, the names of rooms and houses."""

    zone: ZoneInfo
    address: str
    names: CityNames

    def room(self, booking: ToldBooking, lang: str) -> str:
        return called(self.names.get(f"space/{booking.space}", {}), lang, booking.space)

    def house(self, booking: ToldBooking, lang: str) -> str:
        return called(self.names.get(f"premises/{booking.premises}", {}), lang, booking.premises)


def word(key: str, lang: str, **fields: str) -> str:
    """Return a text of the messages."""
    return WORDS[lang][f"messages.{key}"].format(**fields)


def words(asked: MessageRequested, lang: str, place: MailContext) -> MailText:
    """Return subject and text of a message."""
    fields = _of_booking(asked.booking, lang, place) if asked.booking else {}
    fields |= {"link": _link(asked, lang, place), "case": asked.case or "", "reason": _reason(asked, lang)}
    text = word(_key(asked), lang, **fields).strip()
    text = SEVERAL_EMPTY_LINES.sub("\n\n", f"{text}\n\n{word('footer', lang)}\n")
    return MailText(word(f"{asked.kind}-subject", lang, **fields), text)


def _key(asked: MessageRequested) -> str:
    by_the_library = asked.booking is not None and asked.booking.by in THE_LIBRARY
    return f"{asked.kind}-by-the-library" if asked.kind == "booking-cancelled" and by_the_library else asked.kind


def _of_booking(booking: ToldBooking, lang: str, place: MailContext) -> dict[str, str]:
    slot, before = booking.slot, booking.previous or booking.slot
    when = local_time.within_a_sentence(slot.start, slot.end, lang, place.zone)
    return {
        "space": place.room(booking, lang),
        "room": f"{place.room(booking, lang)}, {place.house(booking, lang)}",
        "when": when[:1].upper() + when[1:],
        "day": local_time.moment(slot.start, lang, place.zone),
        "code": word("check-in-code", lang, code=booking.code) if booking.code else "",
        "before": local_time.within_a_sentence(before.start, before.end, lang, place.zone),
    }


def _reason(asked: MessageRequested, lang: str) -> str:
    """Return the reason in words, where it says something."""
    code = asked.booking.reason if asked.booking else asked.reason
    return WORDS[lang].get(f"messages.reason-{code}", "")


def _link(asked: MessageRequested, lang: str, place: MailContext) -> str:
    if asked.case:
        path = f"decisions/cases/{quote(asked.case)}"
    elif asked.kind == "booking-cancelled":
        path = "rooms"
    else:
        path = f"bookings/{asked.booking.booking}" if asked.booking else "my"
    return f"{place.address}/{path}?lang={lang}"
