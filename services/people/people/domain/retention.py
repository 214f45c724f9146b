"""How long what is held of persons is kept, and counted from when: each kind with its basis, shown to everybody."""

from dataclasses import dataclass
from datetime import timedelta

EXPORT_LIES = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """So many days is a kind kept after something."""

    kind: str
    basis: str
    days: int
    after: str


def rules(*, contact_details: int, memberships: int, access_log: int, messages: int) -> list[RetentionRule]:
    """Return the rules, with the days of the installation."""
    return [
        RetentionRule("contact-details", "service", contact_details, "last-use"),
        RetentionRule("memberships", "service", memberships, "end"),
        RetentionRule("access-log", "accountability", access_log, "entry"),
        RetentionRule("messages", "service", messages, "end"),
        RetentionRule("exports", "request", EXPORT_LIES.days, "request"),
    ]
