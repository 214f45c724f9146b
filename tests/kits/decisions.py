"""The service as its tests meet it: at its endpoints, with booking's facts, and with a clock that they set."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
from chassis import Settings
from chassis.act import apply
from chassis.clock import SettableClock
from decisions import imports
from decisions.main import service
from omatoimi_contracts.codec import read
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.topics import DECISIONS_DOCUMENTS, DECISIONS_EVENTS
from omatoimi_contracts.vocabulary import Fact, Organiser

from tests.kits.chassis import Client, Harness, running
from tests.kits.facts import Facts

BEGAN = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)

SECTION_50 = imports.OWN.read_text(encoding="utf-8")
KEY_OF_50 = "kaupunginjohtaja-j/2014-05-14/50"


def case(number: str = "HEL-2026-000001", title: str = "Vallilan puiston suunnitelma", **more: Any) -> dict[str, Any]:
    """A case as the case system tells it."""
    return {"CaseID": number, "Title": title, "Status": "Vireillä", "Handlings": [], "Records": [], **more}


def page(title: str, *paragraphs: str, lang: str = "fi", part: str = "Päätös") -> str:
    """The HTML of a decision or a motion."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<html lang="{lang}"><body><div class="paatos"><h1 class="AsiaOtsikko">{title}</h1>'
        f'<div class="SisaltoSektio"><h3 class="SisaltoOtsikko">{part}</h3>{text}</div></div></body></html>'
    )


def decision(
    own_id: str = "{DECISION-1}",
    title: str = "Vallilan puiston suunnitelma",
    *paragraphs: str,
    number: str | None = "HEL-2026-000001",
    section: str = "12",
    lang: str = "fi",
    motion: str = "",
    **more: Any,
) -> dict[str, Any]:
    """A decision of the urban environment committee as the case system tells it."""
    part = {"fi": "Päätös", "sv": "Beslut"}[lang]
    return {
        "NativeId": own_id,
        "Title": title,
        "CaseID": number,
        "Section": section,
        "Content": page(title, *(paragraphs or ("Lautakunta päätti hyväksyä suunnitelman.",)), lang=lang, part=part),
        "Motion": motion,
        "Organization": {"ID": "U540", "Name": "Kaupunkiympäristölautakunta", "TypeId": "3"},
        "Meeting": {"MeetingID": "U54020261", "DateMeeting": "2026-11-24T15:00:00.000"},
        **more,
    }


def secret(record: Mapping[str, Any]) -> dict[str, Any]:
    """The same record once it is not public any more."""
    title = "Salassa pidettävä (JulkL (621/1999) 24.1 § 25 k)"
    return {**record, "Title": title, "PublicityClass": "Salassa pidettävä"}


A_HEARING = {
    "owner": "library",
    "organiser": Organiser(class_="department", department="chancellery"),
    "purpose": "hearing",
}
"""What booking tells of the rooms that decisions cares for."""


@dataclass
class Office:
    """The decisions service with staff who take records in, and the public's web channel."""

    bench: Harness
    clock: SettableClock
    booking: Facts

    # -- at the endpoints ----------------------------------------------------------------------------------------------

    async def send(
        self, kind: str, content: object = None, *, by: Client | None = None, id: UUID | None = None, **fields: Any
    ) -> httpx.Response:
        """Send a record; by staff unless said otherwise."""
        body = {"kind": kind, **({"content": content} if content is not None else {}), **fields}
        return await (by or self.bench.staff).post("/v1/records", body, id=id)

    async def taken(self, kind: str, content: object = None, **fields: Any) -> str:
        """Send a record that is taken; what its outcome is called: `decision.published`, `record.received`…"""
        answer = await self.send(kind, content, **fields)
        assert answer.status_code in (200, 201), answer.text
        return called(answer)

    async def say(self, case: str, text: str = "Jättäkää puut") -> httpx.Response:
        return await self.bench.web.post("/v1/feedback", {"case": case, "text": text})

    async def said(self, case: str, text: str = "Jättäkää puut") -> str:
        """The id of a feedback that was received."""
        answer = await self.say(case, text)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["resource"]["feedback"])

    async def answer(self, feedback: str, text: str = "Puut jäävät", **fields: Any) -> httpx.Response:
        return await self.bench.staff.post("/v1/answers", {"feedback": feedback, "text": text, **fields})

    async def seen(self, kind: str, key: str, **query: str) -> dict[str, Any]:
        """A case or decision as anybody may read it."""
        answer = await self.bench.http.get(f"/v1/{kind}s/{quote(key)}", params=query)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def status(self, kind: str, key: str) -> int:
        return (await self.bench.http.get(f"/v1/{kind}s/{quote(key)}")).status_code

    async def searched(self, words: str, **headers: str) -> list[str]:
        """Kind and key of what is found."""
        answer = await self.bench.http.get("/v1/search", params={"q": words}, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["hits"] == len(answer.json()["items"])
        return sorted(f"{item['kind']} {item['key']}" for item in answer.json()["items"])

    # -- what booking tells it ---------------------------------------------------------------------------------------

    async def apply(self, *events: FactEvent[Fact]) -> None:
        """Apply facts as the worker does: all in one transaction."""
        await apply(self.bench.service, events)

    # -- what came of it ---------------------------------------------------------------------------------------------

    async def run_scheduled(self) -> None:
        """Run all scheduled jobs until there is nothing left to do."""
        for job in self.bench.service.scheduled:
            while await job.run(self.bench.service):
                pass

    async def bytes_on_topics(self) -> list[bytes]:
        """Every event that was written, as on the topic."""
        rows = await self.rows("select value from chassis.outbox where topic = $1 order by seq", DECISIONS_EVENTS.name)
        return [row["value"] for row in rows]

    async def events(self) -> list[Any]:
        """The events that were written, in order."""
        await self.bench.service.searches.write(self.bench.service)
        return [read(value) for value in await self.bytes_on_topics()]

    async def told(self) -> list[str]:
        """What was told, in order: `decision.published`, `case.published`…"""
        return [event.type.removeprefix("omatoimi.").removesuffix(".v1") for event in await self.events()]

    async def last(self) -> Any:
        return (await self.events())[-1]

    async def words_on_topic(self, key: str) -> Any:
        """What the relay would send now for a document that was announced: its words, or None for a tombstone;
        `never announced` where nothing was."""
        sql = "select count(*) as n from chassis.outbox where topic = $1 and key = $2 and value is null"
        if not (await self.rows(sql, DECISIONS_DOCUMENTS.name, key))[0]["n"]:
            return "never announced"
        service = self.bench.service
        async with service.pool.acquire() as conn:
            event = await service.documents[DECISIONS_DOCUMENTS.name](conn, key)
        return event and event.data

    async def rows(self, sql: str, *arguments: object) -> list[Any]:
        async with self.bench.service.pool.acquire() as conn:
            return list(await conn.fetch(sql, *arguments))

    async def everything_stored(self) -> str:
        """All that the service's own tables and the chassis' hold, as text."""
        tables = await self.rows(
            "select schemaname || '.' || tablename as name from pg_tables where schemaname in ('decisions', 'chassis')"
        )
        found = []
        for table in tables:
            found += [str(dict(row)) for row in await self.rows(f"select * from {table['name']}")]
        return "\n".join(found)


def called(answer: httpx.Response) -> str:
    """What the outcome of a request is called."""
    told: str = answer.json()["outcome"]["type"]
    return told.removeprefix("omatoimi.").removesuffix(".v1")


@asynccontextmanager
async def office(settings: Settings, roles: tuple[str, ...] = ("api",)) -> AsyncIterator[Office]:
    """Run the service's roles and open the office."""
    clock = SettableClock(BEGAN)
    async with running(service(settings, clock), roles) as bench:
        yield Office(bench, clock, Facts(clock, A_HEARING))
