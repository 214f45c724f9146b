"""What a record of the log is to the ledger: every record ends in exactly one class.

`folded` when it is a fact that the figures count, `unknown` when it is an event whose type this version does not know,
`quarantined` when it is neither, with the reason. When it is written, a copy of what is known becomes `doubled`, and
example content that this installation does not show becomes `demo`.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from omatoimi_contracts.booking import WalkInCounted
from omatoimi_contracts.catalogue import topics_of
from omatoimi_contracts.codec import Headers, Malformed, UnknownType, read, write
from omatoimi_contracts.event import Envelope, FactEvent
from omatoimi_contracts.usage import VisitCounted
from omatoimi_contracts.vocabulary import Fact
from pydantic import ValidationError

FOLDED, DOUBLED, UNKNOWN, QUARANTINED, DEMO = "folded", "doubled", "unknown", "quarantined", "demo"
CLASSES = (FOLDED, DOUBLED, UNKNOWN, QUARANTINED, DEMO)

MALFORMED, MISPLACED, AHEAD, UNFIT = "malformed", "misplaced", "ahead-of-time", "unfit"
"""Why a record is in quarantine: no event of the contract; an event that has no place on this topic; dated after it was
recorded; an event that the facts cannot hold."""

LEEWAY = timedelta(days=1)
"""So far may a fact be dated past its own record time: clocks differ, days do not (R18)."""

_PREFIXES = ("ce_", "ce-")
_COUNTED = (VisitCounted, WalkInCounted)


class Entry(NamedTuple):
    """A row of the ledger, its columns in order."""

    log: str
    partition: int
    offset: int
    timestamp: int
    class_: str
    source: str | None = None
    id: UUID | None = None
    type: str | None = None
    subject: str | None = None
    sequence: int | None = None
    time: datetime | None = None
    recordedtime: datetime | None = None
    unit: str | None = None
    channel: str | None = None
    reason: str | None = None
    detail: str | None = None
    raw: bytes | None = None


def entry(topic: str, partition: int, offset: int, timestamp: int, value: bytes | None, headers: Headers) -> Entry:
    """Read one record. `topic` is its logical name, `timestamp` the broker's, in milliseconds."""
    bare = Entry(topic, partition, offset, timestamp, QUARANTINED, raw=value)
    try:
        event = read(value, headers)
    except UnknownType:
        return _of_unknown_type(bare, value, headers)
    except Malformed as fault:
        return quarantined(bare, MALFORMED, str(fault))
    if not isinstance(event, FactEvent) or topic not in topics_of(type(event.data)):
        return quarantined(bare, MISPLACED, f"{event.type} has no place on {topic}")
    if event.subject != event.data.subject():
        return quarantined(bare, MALFORMED, "the subject is not what the data is about (at /subject)")
    happened = _happened(event)
    if happened > event.recordedtime + LEEWAY:
        return quarantined(bare, AHEAD, f"it happened at {happened}, and was recorded at {event.recordedtime}")
    return Entry(
        topic,
        partition,
        offset,
        timestamp,
        FOLDED,
        event.source,
        event.id,
        event.type,
        event.subject,
        int(event.sequence),
        event.time,
        event.recordedtime,
        event.unit,
        event.channel,
        # In binary mode the attributes stand in the headers: the ledger keeps one form of an event.
        raw=write(event) if _has_attributes(headers) else value,
    )


def unreadable(topic: str, partition: int, offset: int, timestamp: int, value: bytes | None, fault: str) -> Entry:
    """Tell what a record is whose bytes could not be read from the log, and why."""
    return quarantined(Entry(topic, partition, offset, timestamp, QUARANTINED, raw=value), MALFORMED, fault)


def quarantined(one: Entry, reason: str, detail: str) -> Entry:
    """Return the entry in quarantine; nothing of it counts but that it is there."""
    printable = detail.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")[:500]
    return Entry(
        one.log, one.partition, one.offset, one.timestamp, QUARANTINED, reason=reason, detail=printable, raw=one.raw
    )


def doubled(one: Entry) -> Entry:
    """Return the entry as a copy of one that is known: its place is kept, its bytes are there already."""
    return one._replace(class_=DOUBLED, raw=None)


def _happened(event: FactEvent[Fact]) -> datetime:
    """Return the latest moment that the fact says is past: use that was counted has ended."""
    if isinstance(event.data, _COUNTED):
        return max(event.time, event.data.slot.end)
    return event.time


def _of_unknown_type(bare: Entry, value: bytes | None, headers: Headers) -> Entry:
    """Keep a newer writer's event with its id, but not what only looks like an event."""
    attributes = _attributes(value, headers)
    try:
        event = Envelope.model_validate(attributes)
    except ValidationError as error:
        where = "/".join(map(str, error.errors(include_url=False)[0]["loc"]))
        return quarantined(bare, MALFORMED, f"its type is not in the contract, and it is no event (at /{where})")
    raw = value
    if _has_attributes(headers):
        raw = json.dumps({**attributes, "data": json.loads(value or b"null")}).encode()
    return bare._replace(class_=UNKNOWN, source=event.source, id=event.id, type=event.type, time=event.time, raw=raw)


def _attributes(value: bytes | None, headers: Headers) -> Any:
    if not _has_attributes(headers):
        return json.loads(value or b"null")
    return {name[3:].lower(): (content or b"").decode("utf-8", "replace") for name, content in _ours(headers)}


def _has_attributes(headers: Headers) -> bool:
    return any(name[:3].lower() in _PREFIXES for name, _ in headers)


def _ours(headers: Headers) -> Iterable[tuple[str, bytes | None]]:
    return ((name, content) for name, content in headers if name[:3].lower() in _PREFIXES)
