"""Make the mail of a message: one recipient, one subject, a text, and a calendar entry where there is one.

The library for mails sets every header, and an address is a value of its own kind: nobody's words become a header.
"""

from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

from omatoimi_contracts.text import CONTROL, one_line

from people.mail.calendar import CalendarEntry, icalendar

LONGEST_NAME, LONGEST_SUBJECT, LONGEST_ADDRESS = 100, 200, 254


class NoAddress(ValueError):
    """To what is kept as an address no mail can be sent."""


@dataclass(frozen=True, slots=True)
class Sender:
    """From whom mails come, who is also the organizer of calendar entries."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom a mail goes, and in what language."""

    name: str
    address: str
    language: str


@dataclass(frozen=True, slots=True)
class MailText:
    """What a message says."""

    subject: str
    text: str


def letter(
    words: MailText,
    to: Recipient,
    sender: Sender,
    *,
    message_id: str,
    date: datetime,
    entry: CalendarEntry | None = None,
) -> EmailMessage:
    """Return the mail, the same bytes each time. Raises NoAddress."""
    mail = EmailMessage(policy=SMTP if to.address.isascii() else SMTPUTF8)
    mail["Date"] = date
    mail["Message-ID"] = message_id
    mail["From"] = mailbox(sender.name, sender.address)
    mail["To"] = mailbox(to.name, to.address)
    mail["Subject"] = shortened(words.subject, LONGEST_SUBJECT)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(words.text, cte="quoted-printable")
    if entry is not None:
        told = icalendar(entry, organizer=sender.address, attendee=to.address)
        mail.add_alternative(told, subtype="calendar", params={"method": entry.method.value}, cte="base64")
        mail.set_boundary(f"=={message_id.strip('<>').partition('@')[0]}==")
    mail["Content-Language"] = to.language
    return mail


def mailbox(name: str, address: str) -> Address:
    """Return a name with its address. Raises NoAddress."""
    if not address or len(address) > LONGEST_ADDRESS or not address.isprintable() or CONTROL.search(address):
        raise NoAddress(address)
    try:
        return Address(shortened(name, LONGEST_NAME), addr_spec=address)
    except (ValueError, IndexError, MessageError) as error:
        raise NoAddress(address) from error


def shortened(text: str, longest: int) -> str:
    """Return text on one line, as a header can show it."""
    return one_line(text.replace("\0", " "))[:longest].rstrip()
