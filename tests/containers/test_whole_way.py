"""The whole system on an Apache Kafka and a PostgreSQL that it has not started: in by every endpoint, into the figure,
and it stands when both are killed."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from omatoimi.installation import RunningInstallation
from omatoimi_contracts.proof import HEADER, proof, proof_key

from tests.kits.platform import Servers
from tests.waiting import until

HELSINKI = ZoneInfo("Europe/Helsinki")


class RunningSystem:
    """The running system, and a channel that books at its three endpoints."""

    def __init__(self, installation: RunningInstallation, http: httpx.AsyncClient) -> None:
        status = installation.status()
        self.url, self.kafka, self.http = status["url"].rstrip("/"), status["kafka"], http
        self.web = json.loads(Path(status["keys"]).read_text())["web"]
        tomorrow = datetime.now(HELSINKI) + timedelta(days=1)
        self.start = tomorrow.replace(hour=10, minute=0, second=0, microsecond=0)

    def wish(self, number: int) -> dict[str, Any]:
        """A booking that no other number wants."""
        start = self.start + timedelta(days=7 * number)
        return {
            "space": "kerhohuone",
            "slot": {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()},
        }

    def event(self, number: int) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": self.web["source"],
            "type": "omatoimi.booking.requested.v1",
            "time": datetime.now(HELSINKI).isoformat(),
            "data": self.wish(number),
        }

    async def book(self, number: int) -> None:
        """As a resource."""
        answer = await self._post("bookings", self.wish(number), "application/json", {"Idempotency-Key": str(uuid4())})
        assert answer.status_code == 201, answer.text

    async def post(self, number: int) -> None:
        """As a CloudEvent."""
        answer = await self._post("events", self.event(number), "application/cloudevents+json", {})
        assert answer.status_code == 201, answer.text

    async def _post(self, path: str, body: object, media: str, headers: dict[str, str]) -> httpx.Response:
        own = {"Authorization": f"Bearer {self.web['key']}", "Content-Type": media}
        return await self.http.post(
            f"{self.url}/booking/v1/{path}", content=json.dumps(body).encode(), headers=own | headers
        )

    async def send(self, number: int) -> None:
        """As a record on the request topic."""
        async with AIOKafkaProducer(bootstrap_servers=self.kafka, enable_idempotence=True) as producer:
            value = json.dumps(self.event(number)).encode()
            proved = (HEADER, proof(proof_key(self.web["key"]), value))
            headers = [("content-type", b"application/cloudevents+json"), proved]
            await producer.send_and_wait("booking.requests.v1", value, headers=headers)

    async def counted(self, number: int) -> None:
        """Wait until M01 tells as many bookings."""

        async def told() -> bool:
            return bool(await self._bookings() == number)

        await until(told, f"M01 is {number}")

    async def _bookings(self) -> Any:
        first, after = self.start.date(), self.start.date() + timedelta(days=70)
        query = {"from": first.isoformat(), "to": after.isoformat(), "unit": "vallila"}
        try:
            answer = await self.http.get(f"{self.url}/analytics/v1/figures/M01", params=query)
        except httpx.TransportError:
            return None
        return answer.json()["figure"]["whole"]["numerator"] if answer.status_code == 200 else None


@pytest_asyncio.fixture(scope="module")
async def town(platform: Servers, installation: RunningInstallation) -> AsyncIterator[RunningSystem]:
    installation.environment |= {
        "OMATOIMI_KAFKA": platform.kafka,
        "OMATOIMI_POSTGRES": platform.postgres,
        "OMATOIMI_DEMO": "no",
    }
    await asyncio.to_thread(installation.up)
    try:
        async with httpx.AsyncClient(timeout=300) as http:
            yield RunningSystem(installation, http)
    finally:
        await asyncio.to_thread(installation.down)


async def test_a_booking_by_any_endpoint_reaches_the_figure_and_outlives_the_death_of_broker_and_database(
    platform: Servers, town: RunningSystem
) -> None:
    for number, endpoint in enumerate((town.book, town.post, town.send), start=1):
        await endpoint(number)
        await town.counted(number)
    await platform.node.kill9()
    await town.book(4)  # HTTP needs no broker
    await platform.database_server.kill9()
    await platform.heal()
    await town.counted(4)
    await town.send(5)
    await town.counted(5)
