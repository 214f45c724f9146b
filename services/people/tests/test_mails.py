"""A mail has one recipient, one subject and no header of anybody else's making, in the language of the person; its
calendar entry is one that calendars take, change and remove."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from chassis.pages import LANGUAGES
from icalendar import Calendar
from omatoimi_contracts.messages import ABOUT
from omatoimi_contracts.requests import MessageRequested
from omatoimi_contracts.vocabulary import CancelReason, RejectionReason
from people.mail.calendar import CalendarEntry, Method
from people.mail.letter import NoAddress, Recipient, Sender, letter
from people.mail.words import WORDS, MailContext, words
from pydantic import TypeAdapter

BOOKING = UUID("019ac1f2-7a00-7c3e-9d54-3b2f6a1e8c07")
START = datetime(2026, 12, 4, 14, tzinfo=UTC)
NOW = datetime(2026, 12, 1, 10, tzinfo=UTC)
NAMES = {
    "space/kerhohuone": {"fi": "Kerhohuone", "sv": "Klubbrummet", "en": "Club room"},
    "premises/vallila": {"fi": "Vallilan kirjasto"},
}
PLACE = MailContext(ZoneInfo("Europe/Helsinki"), "https://library.example", NAMES)
SENDER = Sender("Vallilan kirjasto", "omatoimi@library.example")
AINO = Recipient("Aino Ääkkönen", "aino@example.org", "fi")


def booking(**more: Any) -> dict[str, Any]:
    slot = {"start": START, "end": START + timedelta(hours=2)}
    return {"booking": BOOKING, "premises": "vallila", "space": "kerhohuone", "slot": slot, **more}


def asked(kind: str, **more: Any) -> MessageRequested:
    about = {"booking": booking(), "notice": BOOKING, "case": "HEL-2026-000001"}[ABOUT[kind]]
    told = {"person": BOOKING, "kind": kind, "cause": BOOKING, "unit": "vallila", ABOUT[kind]: about, **more}
    return MessageRequested.model_validate(told)


def entry(method: Method = Method.REQUEST, **more: Any) -> CalendarEntry:
    told: dict[str, Any] = {
        "uid": f"{BOOKING}@library.example",
        "sequence": 0,
        "stamp": NOW,
        "start": START,
        "end": START + timedelta(hours=2),
        "summary": "Varaus: Kerhohuone",
        "location": "Vallilan kirjasto",
        "url": "https://library.example/my",
    }
    return CalendarEntry(method, **told | more)


def read(mail: EmailMessage) -> EmailMessage:
    """The mail as whoever gets it reads it."""
    return message_from_bytes(mail.as_bytes(), policy=default)


def sent(to: Recipient = AINO, **more: Any) -> EmailMessage:
    told = {"message_id": f"<{BOOKING}@library.example>", "date": NOW, **more}
    return letter(words(asked("booking-confirmed"), to.language, PLACE), to, SENDER, **told)


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def calendar_of(mail: EmailMessage) -> tuple[EmailMessage, Any]:
    (part,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    return part, Calendar.from_ical(part.get_content())


def test_a_confirmation_says_what_where_and_when_and_that_it_cannot_be_answered() -> None:
    mail = read(sent())
    assert mail["Subject"] == "Varauksesi on vahvistettu: Kerhohuone, pe 4.12.2026 16.00"
    assert (mail["To"], mail["From"]) == (
        "Aino Ääkkönen <aino@example.org>",
        "Vallilan kirjasto <omatoimi@library.example>",
    )
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "fi")
    assert (mail["Message-ID"], mail["Date"].datetime) == (f"<{BOOKING}@library.example>", NOW)
    text = text_of(mail)
    assert "Kerhohuone, Vallilan kirjasto\nPerjantaina 4. joulukuuta klo 16.00–18.00\n" in text
    assert f"https://library.example/bookings/{BOOKING}?lang=fi" in text
    assert text.endswith("\n\nTämä on automaattinen viesti. Siihen ei voi vastata.\n")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ABOUT)
def test_every_kind_has_its_words_in_every_language(kind: str, language: str) -> None:
    told = words(asked(kind), language, PLACE)
    assert told.subject
    assert "{" not in told.text + told.subject
    assert "\n\n\n" not in told.text
    assert "https://library.example/" in told.text or kind == "booking-cancelled"


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_the_library_cancelled_or_rejected_is_said_where_it_says_something(language: str) -> None:
    known = TypeAdapter(RejectionReason).json_schema()["x-known-values"]
    for code in known:
        assert (
            WORDS[language][f"messages.reason-{code}"]
            in words(asked("notice-rejected", reason=code), language, PLACE).text
        )
    silent = {"not-needed", "other"}
    for code in set(TypeAdapter(CancelReason).json_schema()["x-known-values"]) - silent:
        by_the_house = booking(by="house", reason=code)
        told = words(asked("booking-cancelled", booking=by_the_house), language, PLACE).text
        assert WORDS[language][f"messages.reason-{code}"] in told
    told = words(asked("booking-cancelled", booking=booking(by="house", reason="other")), language, PLACE).text
    assert "\n\n\n" not in told


def test_who_cancelled_is_told_apart() -> None:
    mine, theirs = (words(asked("booking-cancelled", booking=booking(by=by)), "fi", PLACE) for by in ("user", "house"))
    assert mine.subject == theirs.subject == "Varauksesi on peruttu: Kerhohuone, pe 4.12.2026 16.00"
    assert "Kirjasto on perunut" in theirs.text
    assert "Kirjasto on perunut" not in mine.text


def test_a_move_says_when_it_was_before() -> None:
    before = {"start": START - timedelta(days=1), "end": START - timedelta(hours=22)}
    told = words(asked("booking-moved", booking=booking(previous=before)), "sv", PLACE)
    assert "Klubbrummet, Vallilan kirjasto\nFredag 4 december kl. 16:00–18:00\n" in told.text
    assert "Före ändringen var tiden torsdag 3 december kl. 16:00–18:00." in told.text


@pytest.mark.parametrize("kind", ["booking-confirmed", "booking-moved", "booking-reminder"])
def test_by_which_code_to_check_in_is_said_where_there_is_one(kind: str) -> None:
    told, without = (words(asked(kind, booking=booking(**more)), "sv", PLACE).text for more in ({"code": "043917"}, {}))
    assert "kiosk med den här koden när du kommer: 043917\n" in told
    assert ("kiosk" in without, "\n\n\n" in told + without) == (False, False)


EVIL = 'Aino\r\nBcc: everybody@example.org\r\n\r\n<script>, "x" \0\u2028\u202eoniA' + "ä" * 10_000


def test_no_name_makes_a_header_or_a_second_recipient() -> None:
    made = sent(Recipient(EVIL, "aino@example.org", "fi"))
    mail = read(made)
    assert [address.addr_spec for address in mail["To"].addresses] == ["aino@example.org"]
    assert mail["Bcc"] is None
    assert mail.get_all("To") == [mail["To"]]
    assert set(mail.keys()) == set(read(sent()).keys())
    assert all(len(line) <= 998 for line in made.as_bytes().split(b"\r\n"))


def test_no_name_of_a_room_makes_a_header_or_a_second_subject() -> None:
    evil = MailContext(PLACE.zone, PLACE.address, {"space/kerhohuone": {"fi": EVIL}})
    mail = letter(
        words(asked("booking-confirmed"), "fi", evil), AINO, SENDER, message_id="<1@library.example>", date=NOW
    )
    got = read(mail)
    assert got.keys() == read(sent()).keys()
    assert got.get_all("Subject") == [got["Subject"]]
    assert "\n" not in got["Subject"]


@pytest.mark.parametrize(
    "address",
    [
        *("", "aino", "a@b@c", "aino@example.org, eve@example.org", "aino@example.org\r\nBcc: eve@example.org"),
        *("aino@example.org\0", "Aino <aino@example.org>", "a" * 255 + "@example.org", "\u202eaino@example.org"),
    ],
)
def test_what_is_no_single_address_gets_no_mail(address: str) -> None:
    with pytest.raises(NoAddress):
        sent(Recipient("Aino", address, "fi"))


@pytest.mark.parametrize("address", ['"aino, a"@example.org', "aino+kirjasto@example.org", "o'neill@example.org"])
def test_an_unusual_address_is_one_recipient(address: str) -> None:
    (to,) = read(sent(Recipient('Aino, A. "O\'Neill"', address, "fi")))["To"].addresses
    assert to.addr_spec == address
    assert to.display_name == 'Aino, A. "O\'Neill"'


def test_a_calendar_entry_names_its_method_at_both_places_and_is_no_attachment() -> None:
    for method, status in ((Method.REQUEST, "CONFIRMED"), (Method.CANCEL, "CANCELLED")):
        mail = read(sent(entry=entry(method, sequence=3)))
        part, calendar = calendar_of(mail)
        (event,) = calendar.events
        assert mail.get_content_type() == "multipart/alternative"
        assert (part.get_param("method"), part.get_content_charset(), part.get_filename()) == (method, "utf-8", None)
        assert part.get_content_disposition() is None
        assert calendar["METHOD"] == method
        assert "METHOD" not in event
        assert (event["STATUS"], event["SEQUENCE"], event["UID"]) == (status, 3, f"{BOOKING}@library.example")
        assert (event.start, event.end, event.DTSTAMP) == (START, START + timedelta(hours=2), NOW)
        assert event["ORGANIZER"] == "mailto:omatoimi@library.example"
        assert event["ATTENDEE"] == "mailto:aino@example.org"
        assert event["ATTENDEE"].params == {"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
        assert text_of(mail).startswith("Varauksesi on vahvistettu.")


def test_what_stands_in_a_calendar_is_escaped_and_names_nobody() -> None:
    evil = "Sali; a,b\\n\r\nATTENDEE:mailto:eve@example.org"
    _, calendar = calendar_of(read(sent(entry=entry(summary=evil, location=evil))))
    (event,) = calendar.events
    assert event["ATTENDEE"] == "mailto:aino@example.org"
    assert "Aino" not in calendar.to_ical().decode()
    assert "eve@" in event["SUMMARY"]


def test_a_mail_made_again_has_the_same_bytes() -> None:
    assert sent(entry=entry()).as_bytes() == sent(entry=entry()).as_bytes()


@pytest.mark.parametrize("kind", ABOUT)
def test_no_mail_about_what_was_asked_for_is_a_list_that_one_leaves(kind: str) -> None:
    """Case 21: a scanner that opens all links of a mail, or a client that offers to leave the list, stops nothing."""
    told = words(asked(kind), "fi", PLACE)
    mail = read(letter(told, AINO, SENDER, message_id="<a@library.example>", date=NOW))
    assert [name for name in mail if name.lower().startswith("list-")] == []
    pages = {"bookings", "tell", "comments", "decisions", "my", "rooms"}
    assert {urlsplit(link).path.split("/")[1] for link in re.findall(r"https?://\S+", text_of(mail))} <= pages
