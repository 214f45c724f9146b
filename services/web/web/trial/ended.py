"""How a request ended, and its event as it stands on the topic."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict
from uuid import UUID

from chassis.answers import OutcomeTold
from omatoimi_contracts.booking import Rule
from omatoimi_contracts.lists import known

from web.services import Services, part

CONFIRMED, REFUSED = "omatoimi.booking.confirmed.v1", "omatoimi.booking.refused.v1"
RULES = known(Rule)
LATE = timedelta(seconds=5)
"""An event that has not arrived so long after its request is late: Kafka, or who reads it, is away."""


class ArrivedEvent(TypedDict):
    """An event as it stands on the topic, and where: `number` is its place in the ledger."""

    number: int
    topic: str
    partition: int
    offset: int
    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EndedRequest:
    """How a request ended: its outcome, the sentence that tells it, and its event as it stands on the topic, once it
    has arrived there."""

    outcome: OutcomeTold
    arrived: ArrivedEvent | None = None

    @property
    def confirmed(self) -> bool:
        return self.outcome["type"] == CONFIRMED

    @property
    def data(self) -> dict[str, Any]:
        return self.outcome["data"]

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
    outcome = part(told, lambda told: _outcome(told["outcome"]))
    if outcome is None or outcome["type"] not in (CONFIRMED, REFUSED):
        return None
    found = await services.read("analytics", "/v1/events", subject=outcome["subject"], demo="include")
    return EndedRequest(outcome, part(found, lambda found: _arrived(found["events"], outcome["id"])))


def _outcome(told: dict[str, Any]) -> OutcomeTold:
    return {
        "type": told["type"],
        "id": told["id"],
        "subject": told["subject"],
        "time": told["time"],
        "data": told["data"],
    }


def _arrived(events: list[ArrivedEvent], id_: str) -> ArrivedEvent | None:
    return next((one for one in events if one["event"]["id"] == id_), None)
