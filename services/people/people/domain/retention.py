"""How long what is held of persons is kept, and counted from when: each kind with its basis, shown to everybody."""

from dataclasses import dataclass
from datetime import timedelta

EXPORT_LIES = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Rule:
    """So many days is a kind kept after something."""

    kind: str
    basis: str
    days: int
    after: str


def rules(*, contact_details: int, memberships: int, access_log: int, messages: int) -> list[Rule]:
    """Return the rules, with the days of the installation."""
    return [
        Rule("contact-details", "service", contact_details, "last-use"),
        Rule("memberships", "service", memberships, "end"),
        Rule("access-log", "accountability", access_log, "entry"),
        Rule("messages", "service", messages, "end"),
        Rule("exports", "request", EXPORT_LIES.days, "request"),
    ]
