"""One act a service, that any endpoint takes on an empty database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from uuid_utils.compat import uuid7

from tests.alone.place import STAFF


@dataclass(frozen=True)
class Act:
    """What is asked, on which topic it may be asked, and which fact answers it, on which topic."""

    asked: str
    asked_on: str
    answered: str
    answered_on: str
    data: Callable[[], dict[str, Any]]


def _case() -> dict[str, Any]:
    number = f"HEL 2026-{uuid7().int % 1_000_000:06}"
    return {"kind": "case", "content": {"CaseID": number, "Title": "Vallilan asemakaava", "Status": "Vireillä"}}


ACTS = {
    "booking": Act(
        "omatoimi.premises.requested.v1",
        "booking.requests.v1",
        "omatoimi.premises.registered.v1",
        "booking.events.v1",
        lambda: {"premises": f"talo-{uuid7()}", "owner": "library", "unit": "vallila"},
    ),
    "notices": Act(
        "omatoimi.verification.requested.v1",
        "notices.requests.v1",
        "omatoimi.organisation.verified.v1",
        "notices.events.v1",
        lambda: {"organisation": str(uuid7()), "class": "association"},
    ),
    "decisions": Act(
        "omatoimi.record.requested.v1",
        "decisions.requests.v1",
        "omatoimi.case.published.v1",
        "decisions.events.v1",
        _case,
    ),
    "analytics": Act(
        "omatoimi.visit.requested.v1",
        "usage.requests.v1",
        "omatoimi.visit.counted.v1",
        "usage.events.v1",
        lambda: {
            "unit": "vallila",
            "counter": f"ovi-{uuid7()}",
            "slot": {"start": "2026-11-20T10:00:00+02:00", "end": "2026-11-20T11:00:00+02:00"},
            "persons": 17,
        },
    ),
}


def request(act: Act) -> dict[str, Any]:
    """A CloudEvent of the staff channel that asks for it, under a new id."""
    return {
        "specversion": "1.0",
        "id": str(uuid7()),
        "source": STAFF.channel.source,
        "type": act.asked,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": act.data(),
    }
