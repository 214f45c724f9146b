"""Read what a mail system says of a mail that went out: a report on its delivery (RFC 3464 in RFC 6522).

Whoever can send a mail can send one of these, so only headers go to the parser, block by block: what is nested in a
part is never looked into, and no body can make the reading deep, long or fail.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from uuid import UUID

from people.domain.delivery import DeliveryState, received

LONGEST = 100_000
LONGEST_FIELD = 1_000
MOST_PARTS = 20
IDENTIFIER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
BOUNDARY = re.compile(r"""boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))""", re.IGNORECASE)
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)


class NoReport(ValueError):
    """It is no report that says something for good of a mail of ours; the sentence says why."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of the mail of a message."""

    message: UUID
    state: DeliveryState
    status: str


def receipt(raw: bytes) -> DeliveryReport:
    """Return what a report says. Raises NoReport."""
    head, body = _split(raw.decode("latin-1").replace("\r\n", "\n"))
    told = _field(head, "Content-Type")
    boundary = BOUNDARY.search(told)
    if not told.lower().startswith("multipart/report") or boundary is None:
        raise NoReport("it is no multipart/report")
    envelope, of_mail, states = "", "", list[tuple[DeliveryState, str]]()
    for part, content in _parts(body, boundary[1] or boundary[2]):
        match _field(part, "Content-Type").partition(";")[0].strip().lower():
            case "message/delivery-status" | "message/global-delivery-status":
                first, *recipients = [_headers(block) for block in content.strip("\n").split("\n\n")[:MOST_PARTS]]
                envelope = _field(first, "Original-Envelope-Id")
                states += [found for one in recipients if (found := _state(one)) is not None]
            case "text/rfc822-headers" | "message/rfc822" | "message/global" | "message/global-headers":
                of_mail = _field(_split(content)[0], "Message-ID")
    identifier = IDENTIFIER.search(envelope) or IDENTIFIER.search(of_mail)
    if identifier is None:
        raise NoReport("it tells neither the Original-Envelope-Id nor the Message-ID of a mail of ours")
    if not states:
        raise NoReport("it says of nobody that the mail was delivered or failed")
    # To one mailbox that is several: it has arrived where it arrived somewhere.
    state, status = min(states, key=lambda one: one[0] is not DeliveryState.DELIVERED)
    return DeliveryReport(UUID(identifier[0]), state, status)


def _state(recipient: Message) -> tuple[DeliveryState, str] | None:
    status = STATUS.match(_field(recipient, "Status").strip())
    told = status[0] if status else "2.0.0"
    action = _field(recipient, "Action").partition("(")[0].strip().lower()
    if status is None and action != "delivered":
        return None
    state = received(action, told)
    return None if state is None else (state, told)


def _parts(body: str, boundary: str) -> Iterator[tuple[Message, str]]:
    """Each part's headers and content, the first so many."""
    between = re.split(rf"(?:^|\n)--{re.escape(boundary)}(?:--)?[ \t]*(?:\n|$)", body, maxsplit=MOST_PARTS)
    return (_split(part) for part in between[1:])


def _split(text: str) -> tuple[Message, str]:
    if text.startswith("\n"):
        return _headers(""), text[1:]
    head, _, content = text.partition("\n\n")
    return _headers(head), content


def _headers(block: str) -> Message:
    return HeaderParser().parsestr(block)


def _field(headers: Message, name: str) -> str:
    """Return a field on one line; nothing where it is not there, or longer than any is."""
    told = str(headers.get(name, ""))
    return " ".join(told.split()) if len(told) <= LONGEST_FIELD else ""
