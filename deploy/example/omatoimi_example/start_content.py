"""What an empty installation begins with: premises of three departments with their rooms and hours, and § 50 itself.

All of it goes through the services' own doors, as requests with ids that never change.
"""

import json
import logging
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.access import Caller
from chassis.act import ask
from chassis.service import Service
from chassis.transaction import Request
from omatoimi_contracts.catalogue import REQUESTS, event_model
from omatoimi_contracts.event import RequestEvent
from omatoimi_contracts.outcomes import RequestRejected

log = logging.getLogger("omatoimi")

CONTENT = Path(__file__).parent / "start_content.json"


async def ask_once(services: dict[str, Service], staff: Caller) -> None:
    """Ask for the start content of these services, where a service has no events yet."""
    for name, requests in content().items():
        if name not in services:
            continue
        service = services[name]
        async with service.pool.acquire() as conn:
            # Not the inbox: what the other services have told meanwhile stands there too.
            begun = await conn.fetchval("select exists (select from chassis.subject)")
        if begun:
            continue
        for request in requests:
            await _ask(service, staff, request)


def content() -> dict[str, list[dict[str, Any]]]:
    """Return the requests of the start content, by service."""
    told: dict[str, list[dict[str, Any]]] = json.loads(CONTENT.read_text(encoding="utf-8"))
    return told


def ids() -> list[UUID]:
    """Return the ids of its requests, the same in every installation."""
    return [_id(request) for requests in content().values() for request in requests]


def _id(request: dict[str, Any]) -> UUID:
    return uuid5(NAMESPACE_URL, json.dumps(request, sort_keys=True))


async def _ask(service: Service, staff: Caller, request: dict[str, Any]) -> None:
    data = dict(request["data"])
    if "unit" in data:
        data["unit"] = staff.channel.unit
    if "text_file" in data:
        data["text"] = _beside(service, data.pop("text_file")).read_text(encoding="utf-8")
    kind = REQUESTS[request["type"]]
    event = event_model(kind).model_validate(
        {
            "id": _id(request),
            "source": staff.channel.source,
            "type": request["type"],
            "time": service.clock(),
            "data": kind.model_validate_json(json.dumps(data)),
        }
    )
    assert isinstance(event, RequestEvent)
    answer = await ask(service, Request(event, staff))
    if answer.outcome.type == RequestRejected.TYPE:
        log.warning("start content was rejected: %s %s", request["type"], answer.outcome.data["reason"])


def _beside(service: Service, file: str) -> Path:
    return service.migrations.parent / file
