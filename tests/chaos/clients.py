"""Honest clients: where an answer was lost they ask again under the same id, by any endpoint, and they write down every
answer that they were given."""

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from chassis import channels
from omatoimi_contracts.codec import STRUCTURED

from tests.chaos.deployment import SERVICES, Deployment
from tests.chaos.town import CHANNELS, Known, Request, wish
from tests.kits.chassis import key_of, proved

Outcome = Mapping[str, Any]
Endpoint = Callable[[Sequence[Request]], Awaitable[Mapping[UUID, Outcome | None]]]
"""Asks; returns what was acknowledged: the outcome, or None where only the request was taken."""

PATIENCE = 5.0
"""Seconds that a client waits for an answer before it takes it for lost."""
AT_LEAST = 15
"""So often asks each client, however slow the machine is."""
BATCH = "application/cloudevents-batch+json"


@dataclass
class Diary:
    """What all clients have written down: each request that they made, and each that was acknowledged with the outcome
    that they were told (None when only the log took it)."""

    asked: dict[UUID, Request] = field(default_factory=dict)
    acknowledged: dict[UUID, Outcome | None] = field(default_factory=dict)
    by_endpoint: Counter[str] = field(default_factory=Counter)
    asked_again: int = 0

    def note(self, request: Request, outcome: Outcome | None, endpoint: str) -> None:
        before = self.acknowledged.get(request.id)
        if before is not None and outcome is not None:
            assert outcome["id"] == before["id"], f"{request} was told two outcomes"
        self.acknowledged[request.id] = outcome or before
        self.by_endpoint[endpoint] += 1


class Availability:
    """How long, at the longest, nobody was answered by a service, or by Kafka."""

    def __init__(self) -> None:
        self.longest: defaultdict[str, float] = defaultdict(float)
        self._answered: dict[str, float] = {}
        self._down: dict[str, float] = {}

    @contextmanager
    def asking(self, whom: str) -> Iterator[Callable[[], None]]:
        """Call what it gives once there is an answer."""
        begun, answered = time.monotonic(), False

        def note() -> None:
            nonlocal answered
            answered = True
            now = self._answered[whom] = time.monotonic()
            if whom in self._down:
                self.longest[whom] = max(self.longest[whom], now - self._down.pop(whom))

        yield note
        if not answered:
            self._down.setdefault(whom, max(begun, self._answered.get(whom, begun)))


class Endpoints:
    """The endpoints of a deployment, as the channels reach them. What is lost on the way is no error here: it is
    missing among the answers."""

    def __init__(
        self, deployment: Deployment, keys: Mapping[str, str], http: httpx.AsyncClient, bootstrap: str
    ) -> None:
        self._deployment, self._keys, self._http, self._bootstrap = deployment, keys, http, bootstrap
        self._producer: AIOKafkaProducer | None = None
        self.availability = Availability()
        self.all: dict[str, Endpoint] = {
            "HTTP resource": self.resource,
            "CloudEvent": self.cloudevent,
            "batch": self.batch,
            "Kafka": self.kafka,
        }

    async def resource(self, requests: Sequence[Request]) -> dict[UUID, Outcome | None]:
        answers = await asyncio.gather(
            *(self._post(r, r.to.path, r.data, {"Idempotency-Key": str(r.id)}) for r in requests)
        )
        return {request.id: told["outcome"] for request, told in zip(requests, answers, strict=True) if told}

    async def cloudevent(self, requests: Sequence[Request]) -> dict[UUID, Outcome | None]:
        answers = await asyncio.gather(
            *(self._post(r, "events", r.event(), {"Content-Type": STRUCTURED}) for r in requests)
        )
        return {request.id: told["outcome"] for request, told in zip(requests, answers, strict=True) if told}

    async def batch(self, requests: Sequence[Request]) -> dict[UUID, Outcome | None]:
        together: defaultdict[tuple[str, str], list[Request]] = defaultdict(list)
        for request in requests:
            together[request.to.service, request.by.channel.name].append(request)
        told: dict[UUID, Outcome | None] = {}
        for group in together.values():
            events = [request.event() for request in group]
            answers = await self._post(group[0], "events", events, {"Content-Type": BATCH})
            for request, answer in zip(group, answers or (), strict=answers is not None):
                if answer["status"] < 500:
                    assert "outcome" in answer["body"], f"{request} was answered {answer}"
                    told[request.id] = answer["body"]["outcome"]
        return told

    async def kafka(self, requests: Sequence[Request]) -> dict[UUID, Outcome | None]:
        """Acknowledged is what the log has taken; the outcome is asked for meanwhile."""
        values = [json.dumps(request.event()).encode() for request in requests]
        taken = await asyncio.gather(
            *(self.append(request.to.topic, value) for request, value in zip(requests, values, strict=True))
        )
        taken_in = [request for request, there in zip(requests, taken, strict=True) if there]
        outcomes = await asyncio.gather(*(self._ended(request) for request in taken_in))
        return {request.id: outcome for request, outcome in zip(taken_in, outcomes, strict=True)}

    async def append(self, topic: str, value: bytes) -> bool:
        """Append a record to a topic; False when it is not known whether it stands there."""
        name = self._deployment.place.prefix + topic
        headers = proved(value, [("content-type", STRUCTURED.encode())])
        with self.availability.asking("Kafka") as answered:
            try:
                producer = await self._started()
                await producer.send_and_wait(name, value, b"any-key", headers=headers)
            except (KafkaError, OSError):
                return False
            answered()
        return True

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            # Not idempotent: what it does not know it sends again, and the services have to recognise it.
            producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, acks="all", request_timeout_ms=5000)
            await producer.start()
            self._producer = producer
        return self._producer

    async def _ended(self, request: Request) -> Outcome | None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if (outcome := await self.ended(request)) is not None:
                return outcome
            await asyncio.sleep(0.1)
        return None

    async def ended(self, request: Request) -> Outcome | None:
        """How a request ended, as its channel is told; None when that is not known, or nobody answers."""
        url = f"{self._url(request)}/v1/requests/{request.id}"
        try:
            answer = await self._http.get(url, headers=self._headers(request))
        except httpx.TransportError:
            return None
        outcome: Outcome | None = answer.json()["outcome"] if answer.status_code == 200 else None
        return outcome

    async def _post(self, request: Request, path: str, body: object, headers: Mapping[str, str]) -> Any:
        """What was answered; None when the answer was lost, or is to ask again."""
        url = f"{self._url(request)}/v1/{path}"
        with self.availability.asking(request.to.service) as answered:
            try:
                answer = await self._http.post(url, json=body, headers={**self._headers(request), **headers})
            except httpx.TransportError:
                return None
            if answer.status_code == 503:
                return None
            answered()
        told = answer.json()
        assert answer.status_code == 207 or "outcome" in told, f"{request} was answered {answer.status_code}: {told}"
        return told

    def _url(self, request: Request) -> str:
        return self._deployment[request.to.service, "api"].url

    def _headers(self, request: Request) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._keys[request.by.channel.name]}"}

    async def close(self) -> None:
        if self._producer is not None:
            await self._producer.stop()


@asynccontextmanager
async def endpoints(deployment: Deployment) -> AsyncIterator[Endpoints]:
    """The endpoints, with the channels registered at each service."""
    keys = {name: key_of(name) for name in CHANNELS}
    for service in SERVICES:
        connection = await asyncpg.connect(deployment.place.dsn(service))
        try:
            for name, channel in CHANNELS.items():
                await channels.register(connection, channel, keys[name], datetime.now(UTC))
        finally:
            await connection.close()
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=40)
    async with httpx.AsyncClient(timeout=PATIENCE, limits=limits) as http:
        made = Endpoints(deployment, keys, http, deployment.place.platform.kafka)
        try:
            yield made
        finally:
            await made.close()


class Client:
    """One client, with a mind of its own."""

    def __init__(self, endpoints: Endpoints, diary: Diary, known: Known, chance: random.Random) -> None:
        self._endpoints, self._diary, self._known, self._chance = endpoints, diary, known, chance

    async def keep_asking(self, over: asyncio.Event) -> None:
        """Ask for one thing after another until it is over, and often enough that all things have happened."""
        asked = 0
        while not over.is_set() or asked < AT_LEAST:
            asked += 1
            many = self._chance.choice((1, 1, 1, 4))
            await self.ask([wish(self._chance, self._known) for _ in range(many)])

    async def ask(self, requests: Sequence[Request]) -> None:
        """Ask until each of these is acknowledged."""
        self._diary.asked |= {request.id: request for request in requests}
        left = list(requests)
        while left:
            endpoint = self._chance.choice(list(self._endpoints.all))
            told = await self._endpoints.all[endpoint](left)
            for request in left:
                if request.id in told:
                    outcome = told[request.id]
                    self._diary.note(request, outcome, endpoint)
                    if outcome is not None:
                        self._known.learn(outcome)
            left = [request for request in left if request.id not in told]
            if left:
                self._diary.asked_again += len(left)
                await asyncio.sleep(self._chance.uniform(0.05, 0.5))
        if self._chance.random() < 0.05:
            await self._ask_once_more(requests)

    async def _ask_once_more(self, requests: Sequence[Request]) -> None:
        """As if the answer had been lost although it came."""
        endpoint = self._chance.choice(list(self._endpoints.all))
        for id_, outcome in (await self._endpoints.all[endpoint](requests)).items():
            self._diary.note(self._diary.asked[id_], outcome, endpoint)
