"""An installation as channels reach it: HTTP resources, the CloudEvents endpoint and Kafka. Imports nothing from the
services: what a front-end channel of a city could have written."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from aiokafka import AIOKafkaProducer
from omatoimi_contracts.proof import HEADER, proof, proof_key

from tests.quarter import quarter


@dataclass
class Endpoints:
    """The installation as channels reach it. `asked` keeps the request of each named act, so that its events can be
    found again by their cause."""

    url: str
    kafka: str
    keys: Mapping[str, Mapping[str, str]]
    http: httpx.AsyncClient
    language: str = "fi"
    asked: dict[str, UUID] = field(default_factory=dict)

    async def resource(
        self, act: str, path: str, body: object, *, by: str = "web", status: int = 201, happened: datetime | None = None
    ) -> dict[str, Any]:
        """Ask as an HTTP resource, under an id of its own that is remembered as `act`."""
        self.asked[act] = uuid4()
        given = {"Authorization": f"Bearer {self.keys[by]['key']}", "Idempotency-Key": str(self.asked[act])}
        if happened is not None:
            given["Happened-At"] = instant(happened)
        answer = await self.http.post(f"{self.url}/{path}", json=body, headers=given)
        assert answer.status_code == status, f"{act}: {answer.status_code} {answer.text}"
        told: dict[str, Any] = answer.json()
        return told

    async def get(self, path: str, *, by: str | None = None, **asked: Any) -> Any:
        """What JSON stands there."""
        headers = {"Authorization": f"Bearer {self.keys[by]['key']}"} if by else {}
        answer = await self.http.get(f"{self.url}/{path}", params=asked, headers=headers)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def event(self, act: str, type_: str, data: object, *, by: str = "web") -> dict[str, Any]:
        """A CloudEvent that asks for something."""
        self.asked[act] = uuid4()
        return {
            "specversion": "1.0",
            "id": str(self.asked[act]),
            "source": self.keys[by]["source"],
            "type": f"omatoimi.{type_}.requested.v1",
            "time": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "language": self.language,
            "data": data,
        }

    async def cloudevent(self, act: str, service: str, type_: str, data: object, *, by: str = "web") -> dict[str, Any]:
        """Ask at the CloudEvents endpoint."""
        answer = await self.http.post(
            f"{self.url}/{service}/v1/events",
            content=json.dumps(self.event(act, type_, data, by=by)),
            headers={
                "Authorization": f"Bearer {self.keys[by]['key']}",
                "Content-Type": "application/cloudevents+json",
            },
        )
        assert answer.status_code == 201, f"{act}: {answer.status_code} {answer.text}"
        told: dict[str, Any] = answer.json()
        return told

    async def kafka_record(self, act: str, topic: str, type_: str, data: object, *, by: str = "web") -> None:
        """Ask over Kafka."""
        value = json.dumps(self.event(act, type_, data, by=by)).encode()
        await self.append(topic, value, b"any-key", [(HEADER, proof(proof_key(self.keys[by]["key"]), value))])

    async def append(self, topic: str, value: bytes, key: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> None:
        """Append a record to a topic as it is."""
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka, acks="all")
        await producer.start()
        try:
            await producer.send_and_wait(topic, value, key=key, headers=list(headers))
        finally:
            await producer.stop()

    async def ended(self, act: str, service: str, *, by: str = "web") -> dict[str, Any] | None:
        """How a request ended, once it has."""
        answer = await self.http.get(
            f"{self.url}/{service}/v1/requests/{self.asked[act]}",
            headers={"Authorization": f"Bearer {self.keys[by]['key']}"},
        )
        told: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
        return told


def instant(moment: datetime) -> str:
    """RFC 3339, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def slot(start: datetime, minutes: int) -> dict[str, str]:
    """So many minutes from the quarter of an hour that is under way at a moment: spaces are booked on quarters."""
    start = quarter(start)
    return {"start": instant(start), "end": instant(start + timedelta(minutes=minutes))}
