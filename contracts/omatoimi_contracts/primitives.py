"""Identifiers, codes and times as every event tells them: each in one form alone."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

CODE = r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"


_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_RFC3339 = re.compile(rf"\d{{4}}-\d\d-\d\dT{_TIME}:[0-5]\d(\.\d{{1,9}})?(Z|[+-]{_TIME})", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _moment(value: Any) -> Any:
    # The library would also read seconds since 1970, days without a time and other forms that no schema allows.
    return _read(value) if isinstance(value, str) else value


@lru_cache(10_000)  # an event tells the same moment several times, and so do those that follow it
def _read(text: str) -> datetime:
    if not _RFC3339.fullmatch(text):
        raise ValueError("a moment is told as RFC 3339 has it, with seconds and an offset: 2026-12-01T18:00:00+02:00")
    return _in_utc(datetime.fromisoformat(text))


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the moment has no time in UTC") from None


def _day(value: Any) -> Any:
    # The library would also read seconds since 1970 in a string.
    if not isinstance(value, str):
        return value
    if not _DATE.fullmatch(value):
        raise ValueError("a date is told as year, month and day: 2026-12-01")
    return date.fromisoformat(value)


def _canonical(value: Any) -> Any:
    # Of the forms that the library reads, this one alone is so long.
    if isinstance(value, str) and len(value) != 36:
        raise ValueError("a UUID is told in its canonical form: 019ac1f2-7a00-7c3e-9d54-3b2f6a1e8c07")
    return value


Id = Annotated[UUID, BeforeValidator(_canonical)]
"""A UUID in its canonical form."""

Instant = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_in_utc)]
"""A moment; an offset is required on the way in, and it is told in UTC on the way out, so that equal moments have equal
bytes."""

Day = Annotated[date, BeforeValidator(_day)]
"""A local date."""

Code = Annotated[str, Field(pattern=CODE)]
"""A register's code, chosen by the city: lower case, digits and hyphens, at most 64 characters."""
