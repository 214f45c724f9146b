"""Fields of a JSON record, typed. A field that is left out, null or an empty string says the same: nothing."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Json = Mapping[str, object]

NEVER = 1
"""The year that some systems write for a time that is not set (`0001-01-01T00:00:00`)."""


class UnreadableField(Exception):
    """The record cannot be read: `code` for machines, `reason` for the person who will look."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def text(record: Json, field: str) -> str:
    value = record.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnreadableField("bad-field", f"{field} is no text")
    return value.strip()


def line(record: Json, field: str) -> str:
    """Return text on one line with single spaces, as titles should be."""
    return " ".join(text(record, field).split())


def count(record: Json, field: str) -> int:
    value = record.get(field)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnreadableField("bad-field", f"{field} is no number")
    return value


def nested(record: Json, field: str) -> Json:
    value = record.get(field)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UnreadableField("bad-field", f"{field} is no object")
    return value


def rows(record: Json, field: str) -> list[Json]:
    value = record.get(field)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise UnreadableField("bad-field", f"{field} is no list of objects")
    return value


def moment(told: str, zone: ZoneInfo) -> datetime | None:
    """Return a local time without zone (`2021-11-18T08:00:00.000`) as a moment in UTC; None where it is empty. The hour
    that comes twice in autumn is taken as its first."""
    if not told:
        return None
    try:
        local = datetime.fromisoformat(told)
        if local.year == NEVER:
            return None
        return (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnreadableField("bad-time", f"not a time: {told[:40]!r}") from None


def local_date(told: str, zone: ZoneInfo) -> date | None:
    """Return the local day of such a time."""
    found = moment(told, zone)
    try:
        return found.astimezone(zone).date() if found else None
    except OverflowError:
        raise UnreadableField("bad-time", f"not a time of ours: {told[:40]!r}") from None
