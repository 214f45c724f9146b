"""How a request ended, and its event as it stands on the topic."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from omatoimi_contracts.booking import Rule
from omatoimi_contracts.lists import known

from web.services import Services, part

CONFIRMED, REFUSED = "omatoimi.booking.confirmed.v1", "omatoimi.booking.refused.v1"
OF_AN_OUTCOME = ("type", "id", "subject", "time", "data")
RULES = known(Rule)
LATE = timedelta(seconds=5)
"""An event that has not arrived so long after its request is late: Kafka, or who reads it, is away."""


@dataclass(frozen=True, slots=True)
class EndedRequest:
    """How a request ended: its outcome, the sentence that tells it, and its event as it stands on the topic, once it
    has arrived there."""

    outcome: dict[str, Any]
    arrived: dict[str, Any] | None = None

    @property
    def confirmed(self) -> bool:
        return bool(self.outcome["type"] == CONFIRMED)

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.outcome["data"]
        return data

    @property
    def rule(self) -> str:
        rule = self.data.get("rule")
        return rule if rule in RULES else "other"

    @property
    def raw(self) -> str:
        """The event, laid out to be read."""
        return json.dumps(self.arrived and self.arrived["event"], indent=2, ensure_ascii=False)

    def late(self, now: datetime) -> bool:
        return self.arrived is None and now - datetime.fromisoformat(self.outcome["time"]) > LATE


async def ended(services: Services, request: UUID | None) -> EndedRequest | None:
    """Tell how a request for a room ended, with its event once the ledger has it; None where there is no such request,
    or booking does not answer."""
    told = request and await services.ended("booking", request)
    outcome = part(told, lambda told: {name: told["outcome"][name] for name in OF_AN_OUTCOME})
    if outcome is None or outcome["type"] not in (CONFIRMED, REFUSED):
        return None
    found = await services.read("analytics", "/v1/events", subject=outcome["subject"], demo="include")
    return EndedRequest(outcome, part(found, lambda found: _arrived(found["events"], outcome["id"])))


def _arrived(events: list[dict[str, Any]], id_: str) -> dict[str, Any] | None:
    return next((one for one in events if one["event"]["id"] == id_), None)
