"""Who may act for an organisation (yhdistyksen puolesta toimiva): until when, and on whose word."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

SECRETARY = "secretary"
AT_MOST = timedelta(days=3 * 366)
"""So far ahead may a membership end: who acts for an association is looked at again after its elections."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's right to act for an organisation."""

    membership: UUID
    person: UUID
    organisation: UUID
    role: str
    granted_by: str
    granted_at: datetime
    until: datetime

    def stands(self, now: datetime) -> bool:
        """Tell whether it may be acted upon now."""
        return now < self.until


def refusal(role: str, until: datetime, now: datetime, *, by_library: bool) -> str | None:
    """Tell why a membership cannot be granted, as a code."""
    if role == SECRETARY and not by_library:
        return "only-library"
    if until <= now:
        return "already-over"
    return "too-far-ahead" if until > now + AT_MOST else None
