"""What services ask people to tell persons."""

from typing import Any

from chassis.service import Service
from omatoimi_contracts.codec import read
from omatoimi_contracts.requests import MessageRequested
from pydantic import SecretStr


def may_ask(service: Service) -> None:
    """Give a service a key by which it asks others."""
    key = SecretStr(f"omatoimi_of-{service.name}-in-tests")
    service.settings = service.settings.model_copy(update={"channel_key": key})


async def asked_to_tell(service: Service) -> list[MessageRequested]:
    """What stands in its outbox for people, in order, each under its person's key and in this service's name."""
    question = "select key, value from chassis.outbox where topic = 'people.requests.v1' order by seq"
    rows: list[Any] = await service.pool.fetch(question)
    events = [read(row["value"]) for row in rows]
    assert {event.source for event in events} <= {f"/helsinki/channels/{service.name}"}
    found = [event.data for event in events if isinstance(event.data, MessageRequested)]
    assert [row["key"] for row in rows] == [str(one.person) for one in found]
    return found
