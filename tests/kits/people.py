"""The service as its tests meet it: beside an identity provider whose tokens it takes, with channels and persons, and a
clock that they set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
from chassis import Answer, Caller, Request, ScheduledJob, Service, Settings, ask
from chassis.access import RESIDENTS
from chassis.clock import SettableClock
from chassis.inbox import OtherContent
from omatoimi_contracts.catalogue import event_model
from omatoimi_contracts.codec import read
from omatoimi_contracts.event import FactEvent, RequestEvent
from omatoimi_contracts.requests import ErasureRequested
from omatoimi_contracts.topics import PEOPLE_EVENTS
from omatoimi_contracts.vocabulary import RequestData
from people.exchange import ACCESS_TOKEN, EXCHANGE
from people.main import service

from tests.kits.chassis import Client, Harness, running
from tests.kits.issuer import Issuer, issuing

BEGAN = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)

__all__ = ["BEGAN", "Office", "OtherContent", "office"]


@dataclass
class Office:
    """People, its channels, and the provider at which persons sign in."""

    bench: Harness
    clock: SettableClock
    issuer: Issuer

    @property
    def service(self) -> Service:
        return self.bench.service

    # -- tokens ------------------------------------------------------------------------------------------------------

    def claims(self, subject: str = "aino", **changed: Any) -> dict[str, Any]:
        """What an access token of Helsinki-tunnistus says of a resident; None takes a claim out."""
        at = int(self.clock.now.timestamp())
        told = {
            "iss": self.issuer.url,
            "sub": subject,
            "aud": ["omatoimi-api", "account"],
            "azp": "omatoimi-web",
            "typ": "Bearer",
            "iat": at,
            "exp": at + 300,
            "amr": ["suomi_fi"],
            "loa": "substantial",
            "name": f"{subject.title()} Virtanen",
            "email": f"{subject}@example.fi",
            "email_verified": True,
            "locale": "fi",
        }
        return {name: value for name, value in (told | changed).items() if value is not None}

    async def exchange(self, token: str, by: Client | None = None, **form: str) -> httpx.Response:
        """Ask for our token, by the web channel unless said otherwise."""
        by = by or self.bench.web
        told = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN, **form}
        return await by.http.post("/v1/token", data=told, headers={"Authorization": f"Bearer {by.key}"})

    async def token(self, subject: str = "aino", **changed: Any) -> str:
        """Our token for whoever signs in so."""
        answer = await self.exchange(self.issuer.sign(self.claims(subject, **changed)))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def told(self, subject: str = "aino", **changed: Any) -> dict[str, Any]:
        """What our token says of whoever signs in so."""
        return claims_of(await self.token(subject, **changed))

    async def signed_in(self, subject: str = "aino", **changed: Any) -> Caller:
        """Whoever signs in so, at the web channel."""
        person = UUID((await self.told(subject, **changed))["sub"])
        return Caller(self.bench.web.caller.channel, RESIDENTS, person=person)

    async def client(self, subject: str = "aino", **changed: Any) -> Client:
        """The web channel as somebody uses it who has signed in so."""
        return replace(self.bench.web, token=await self.token(subject, **changed))

    @staticmethod
    def id_of(client: Client) -> UUID:
        """The person who has signed in at a client."""
        assert client.token is not None
        return UUID(claims_of(client.token)["sub"])

    async def me(self, client: Client) -> dict[str, Any]:
        """All that is held of whoever has signed in at a client."""
        answer = await client.get("/v1/me")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    # -- acts --------------------------------------------------------------------------------------------------------

    async def ask(self, data: RequestData, by: Caller, *, id: UUID | None = None) -> Answer:
        """Ask for something as a person, or as a channel."""
        model = event_model(type(data))
        attributes = {"id": id or uuid4(), "source": by.channel.source, "type": data.TYPE, "time": self.clock.now}
        event = model.model_validate(attributes | {"data": data, "language": "fi"})
        assert isinstance(event, RequestEvent)
        return await ask(self.service, Request(event, by))

    async def erase(self, person: UUID) -> str:
        """Have a person erased who has signed in at the web channel."""
        by = Caller(self.bench.web.caller.channel, RESIDENTS, person=person)
        return await self.outcome(ErasureRequested(), by)

    async def outcome(self, data: RequestData, by: Caller, *, id: UUID | None = None) -> str:
        """How it ended, in a word: `recorded`, or the reason why not."""
        told = (await self.ask(data, by, id=id)).outcome
        return str(told.data.get("reason") or told.type.split(".")[2])

    # -- what came of it ---------------------------------------------------------------------------------------------

    async def run(self, job: ScheduledJob) -> None:
        while await job.run(self.service):
            pass

    async def events(self) -> list[FactEvent[Any]]:
        """The events that were written, in order."""
        rows = await self.fetch("select value from chassis.outbox where topic = $1 order by seq", PEOPLE_EVENTS.name)
        found = [read(row["value"]) for row in rows]
        return [event for event in found if isinstance(event, FactEvent)]

    async def fetch(self, question: str, *values: object) -> list[Any]:
        async with self.service.pool.acquire() as conn:
            return list(await conn.fetch(question, *values))


def claims_of(token: str) -> dict[str, Any]:
    """What a token says, unchecked."""
    told: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return told


@asynccontextmanager
async def office(settings: Settings, roles: tuple[str, ...] = ("api",)) -> AsyncIterator[Office]:
    """Run the service's roles beside a provider, whose keys it has."""
    clock = SettableClock(BEGAN)
    async with issuing() as issuer:
        settings = settings.model_copy(update={"identity_issuer": issuer.url})
        async with running(service(settings, clock), roles) as bench:
            yield Office(bench, clock, issuer)
