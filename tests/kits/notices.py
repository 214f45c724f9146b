"""The service as its tests meet it: at its endpoints, with facts of its neighbours, and with a clock that they set."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from chassis import ScheduledJob, Settings
from chassis.act import apply
from chassis.clock import SettableClock
from notices.main import service
from omatoimi_contracts.codec import Event, read
from omatoimi_contracts.decisions import DecisionFact
from omatoimi_contracts.documents import CaseText, DecisionText, Section
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.topics import NOTICES_DOCUMENTS, NOTICES_EVENTS
from omatoimi_contracts.vocabulary import Fact
from uuid_utils.compat import uuid7

from tests.kits.chassis import Client, Harness, running
from tests.kits.facts import Facts

BEGAN = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)


class Neighbours(Facts):
    """Booking and decisions, as far as notices hears of them."""

    def decided(
        self,
        kind: type[DecisionFact],
        decision: str,
        version: int,
        *,
        primary: tuple[str, ...] = ("22",),
        on: date | None = None,
    ) -> FactEvent[Fact]:
        return self.told(
            kind(
                decision=decision,
                case="HEL-2026-000001",
                primary=primary,
                version=version,
                digest=_digest(version),
                decided=on or self.clock.now.date(),
            )
        )

    def words_of(self, decision: str, version: int, title: str, text: str = "") -> FactEvent[Fact]:
        """The words of a decision."""
        fact = DecisionText(
            decision=decision,
            case="HEL-2026-000001",
            version=version,
            digest=_digest(version),
            language="fi",
            title=title,
            sections=(Section(title="Päätös", paragraphs=(text,)),),
        )
        return self.told(fact, sequence=version)

    def words_of_case(self, case: str, version: int, title: str) -> FactEvent[Fact]:
        """The words of a case."""
        return self.told(
            CaseText(case=case, version=version, digest=_digest(version), language="fi", title=title), sequence=version
        )


@dataclass
class House:
    """A library with its notices service, its staff and the public's web channel."""

    bench: Harness
    clock: SettableClock
    neighbours: Neighbours

    def after(self, **by: float) -> datetime:
        return self.clock.now + timedelta(**by)

    def slot(self, hours: float = 24, length: float = 2) -> dict[str, str]:
        start = self.after(hours=hours)
        return {"start": start.isoformat(), "end": (start + timedelta(hours=length)).isoformat()}

    # -- at the endpoints ----------------------------------------------------------------------------------------------

    async def submit(self, by: Client | None = None, *, id: UUID | None = None, **fields: Any) -> httpx.Response:
        """Ask for a notice; by the web channel unless said otherwise, until the day after tomorrow."""
        body = {"titles": {"fi": "Talkoot"}, "until": self.after(days=2).isoformat(), **fields}
        return await (by or self.bench.web).post("/v1/notices", body, id=id)

    async def posted(self, by: Client | None = None, **fields: Any) -> str:
        """The id of a notice that was taken."""
        answer = await self.submit(by, **fields)
        assert answer.status_code in (201, 202), answer.text
        return str(answer.json()["resource"]["id"])

    async def change(self, notice: str, by: Client | None = None, **fields: Any) -> httpx.Response:
        return await (by or self.bench.web).post("/v1/notice-changes", {"notice": notice, **fields})

    async def approve(self, notice: str, by: Client | None = None) -> httpx.Response:
        return await (by or self.bench.staff).post("/v1/approvals", {"notice": notice})

    async def reject(self, notice: str, reason: str, by: Client | None = None) -> httpx.Response:
        return await (by or self.bench.staff).post("/v1/rejections", {"notice": notice, "reason": reason})

    async def verify(self, organisation: UUID, by: Client | None = None, **fields: Any) -> httpx.Response:
        body = {"organisation": str(organisation)} | {name.rstrip("_"): value for name, value in fields.items()}
        return await (by or self.bench.staff).post("/v1/verifications", body)

    async def verified(self, **fields: Any) -> UUID:
        """A new organisation with proof."""
        organisation = uuid7()
        answer = await self.verify(organisation, **fields)
        assert answer.status_code == 201, answer.text
        return organisation

    # -- what the neighbours tell it ---------------------------------------------------------------------------------

    async def apply(self, *events: FactEvent[Fact]) -> None:
        """Apply facts as the worker does: all in one transaction."""
        await apply(self.bench.service, events)

    async def forget(self, topic: str, key: str) -> None:
        """Apply a tombstone as the worker does."""
        handler = self.bench.service.handlers.tombstones[topic]
        async with self.bench.service.pool.acquire() as conn, conn.transaction():
            await handler(key, self.bench.service.transaction(conn))

    # -- what came of it ---------------------------------------------------------------------------------------------

    async def run_scheduled(self) -> None:
        """Run all scheduled jobs until there is nothing left to do."""
        for job in self.bench.service.scheduled:
            await self.run(job)

    async def run(self, job: ScheduledJob) -> None:
        while await job.run(self.bench.service):
            pass

    async def bytes_on_events(self) -> list[bytes]:
        """Every event that was written, as on the topic."""
        async with self.bench.service.pool.acquire() as conn:
            rows = await conn.fetch(
                "select value from chassis.outbox where topic = $1 order by seq", NOTICES_EVENTS.name
            )
        return [row["value"] for row in rows]

    async def events(self, notice: object = None) -> list[Any]:
        """The events that were written, all or those about one subject, in order."""
        found: list[Event] = [read(value) for value in await self.bytes_on_events()]
        return [event for event in found if notice is None or str(event.subject) == str(notice)]

    async def told_of(self, notice: object) -> list[str]:
        """What was told of a subject: `published`, `changed`…"""
        return [event.type.split(".")[2] for event in await self.events(notice)]

    async def words_on_topic(self, notice: object) -> Any:
        """What the relay would send now for a notice of which a document was announced: its words, or None for a
        tombstone; `never announced` where nothing was."""
        service = self.bench.service
        async with service.pool.acquire() as conn:
            announced = await conn.fetchval(
                "select count(*) from chassis.outbox where topic = $1 and key = $2 and value is null",
                NOTICES_DOCUMENTS.name,
                str(notice),
            )
            if not announced:
                return "never announced"
            event = await service.documents[NOTICES_DOCUMENTS.name](conn, str(notice))
        return event and event.data

    async def titles(self, **query: str) -> list[str]:
        """The titles that anybody may see now, sorted."""
        return sorted(item["title"] for item in await self.items(**query))

    async def items(self, **query: str) -> list[dict[str, Any]]:
        answer = await self.bench.http.get("/v1/notices", params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = json.loads(answer.content)["items"]
        return items


def _digest(version: int) -> str:
    return f"{version:064x}"


@asynccontextmanager
async def house(
    settings: Settings, roles: tuple[str, ...] = ("api",), neighbours: Neighbours | None = None
) -> AsyncIterator[House]:
    """Run the service's roles and open the house."""
    neighbours = neighbours or Neighbours(SettableClock(BEGAN))
    async with running(service(settings, neighbours.clock), roles) as bench:
        yield House(bench, neighbours.clock, neighbours)
