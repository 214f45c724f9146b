"""An installation that was filled in with example content up to a fixed day, and what can be read there."""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer
from omatoimi.installation import PATIENCE, RunningInstallation, until
from omatoimi_contracts.event import is_demo
from omatoimi_example.acts import Act
from omatoimi_example.beginning import SEED
from omatoimi_example.calendar import HELSINKI, at
from omatoimi_example.plan import plan
from omatoimi_platform import processes

DAY = date(2025, 11, 20)
"""The day up to which it is made up: fixed, so that every figure is."""

SERVICES = ("booking", "notices", "decisions", "analytics")
FILLING_SECONDS = 900.0
"""Long for a machine that has other work; alone it takes less than a minute."""
LOOK_AGAIN = 0.2
"""Seconds between two looks at what takes a minute: each look costs who fills in what it takes."""

Event = dict[str, Any]


@dataclass
class LivedInstallation:
    """The installation, the acts that were to be done, and what came of them."""

    installation: RunningInstallation
    acts: list[Act] = field(default_factory=lambda: plan(SEED, DAY))
    answers: list[int] = field(default_factory=list)
    """The status of each answer while it filled in."""
    rooms: list[str] = field(default_factory=list)
    """The rooms that were there when the address was told."""
    booked: str = ""
    """The real booking that was made meanwhile."""
    events: dict[str, list[Event]] = field(default_factory=dict)
    """What each service had written when it was filled in, in order."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.installation.port}"

    @property
    def of_it(self) -> list[Event]:
        return [event for events in self.events.values() for event in events if is_demo(event["source"])]

    # -- what stands there -------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = (
            httpx.get(f"{self.installation.addresses['internal']}/demo", timeout=PATIENCE).raise_for_status().json()
        )
        return found

    def get(self, path: str, **query: str) -> Any:
        return httpx.get(f"{self.url}{path}", params=query, timeout=PATIENCE).raise_for_status().json()

    def page(self, path: str) -> str:
        return httpx.get(f"{self.url}{path}", timeout=PATIENCE, follow_redirects=True).raise_for_status().text

    def figures(self, month: str) -> dict[str, Any]:
        """The figures of a month ("2025-10") by metric, each as the whole and its rows."""
        first = date.fromisoformat(f"{month}-01")
        last = (first + timedelta(days=32)).replace(day=1)
        report = self.get("/analytics/v1/report.json", **{"from": f"{first}", "to": f"{last}"})
        return {figure["metric"]: figure for figure in report["figures"]}

    def report(self, month: str) -> str:
        """The report on a month as a page in English."""
        first = date.fromisoformat(f"{month}-01")
        after = (first + timedelta(days=32)).replace(day=1)
        return self.page(f"/analytics/v1/report.html?from={first}&to={after}&lang=en")

    def rows(self, service: str, sql: str, *arguments: object) -> list[Any]:
        async def read() -> list[Any]:
            conn = await asyncpg.connect(self.installation.addresses["postgres"][service])
            try:
                return list(await conn.fetch(sql, *arguments))
            finally:
                await conn.close()

        return asyncio.run(read())

    def last_documents(self, topic: str) -> dict[str, bytes | None]:
        """What stands last under each key of a compacted topic."""

        async def read() -> dict[str, bytes | None]:
            found: dict[str, bytes | None] = {}
            kafka = self.installation.addresses["kafka"]
            async with AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer:
                ends = await consumer.end_offsets(consumer.assignment())
                while [part for part, end in ends.items() if await consumer.position(part) < end]:
                    for records in (await consumer.getmany(timeout_ms=200)).values():
                        found |= {record.key.decode(): record.value for record in records}
            return found

        return asyncio.run(read())

    # -- what is done ------------------------------------------------------------------------------------------------

    def book(self, space: str, start: datetime) -> httpx.Response:
        """Book a space for an hour by the web channel."""
        keys = json.loads(self.installation.home.keys.read_text())
        slot = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}
        return httpx.post(
            f"{self.url}/booking/v1/bookings",
            json={"space": space, "slot": slot, "persons": 2},
            headers={"Authorization": f"Bearer {keys['web']['key']}", "Idempotency-Key": str(uuid4())},
            timeout=PATIENCE,
        )

    def filler(self) -> int:
        """The pid of the process that fills it in, 0 where there is none."""
        services = self.installation.processes().get("services", 0)
        return next((pid for pid in processes.children(services) if services), 0)

    def until_done(self, percent: int) -> None:
        until(lambda: self.state()["done"] >= percent, FILLING_SECONDS, LOOK_AGAIN)

    def until_counted(self) -> None:
        """Wait until every event that was written stands in the ledger."""
        sent = "select count(*) as n from chassis.outbox where value is not null and topic like '%.events.v1'"
        written = sum(self.rows(service, sent)[0]["n"] for service in SERVICES)
        counted = "select count(*) as n from analytics.ledger"
        until(lambda: self.rows("analytics", counted)[0]["n"] >= written, FILLING_SECONDS, LOOK_AGAIN)


def tomorrow(clock: str) -> datetime:
    return at(datetime.now(HELSINKI).date() + timedelta(days=1), clock)


def fill_in(town: LivedInstallation) -> None:
    """Start on nothing; end the process that fills in, then all services, each in the middle; use it meanwhile."""
    town.installation.environment["OMATOIMI_DEMO"] = DAY.isoformat()
    town.installation.up()
    town.rooms = [space["space"] for space in town.get("/booking/v1/spaces")["spaces"]]
    town.answers.append(httpx.get(town.url, timeout=PATIENCE).status_code)
    town.until_done(15)
    os.kill(town.filler(), signal.SIGKILL)
    town.until_done(30)
    town.installation.kill9("services")
    until(lambda: _answers(town.url))
    town.until_done(45)
    answer = town.book("tyohuone", tomorrow("12:00"))
    town.booked = answer.json()["outcome"]["data"]["booking"]
    town.answers += [answer.status_code, httpx.get(town.url, timeout=PATIENCE).status_code]
    assert town.state()["state"] == "filling"
    until(lambda: town.state()["state"] == "shown", FILLING_SECONDS, LOOK_AGAIN)
    town.until_counted()
    for service in SERVICES:
        rows = town.rows(service, "select value from chassis.outbox where topic like '%.events.v1' order by seq")
        town.events[service] = [json.loads(row["value"]) for row in rows]


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/static/omatoimi.svg", timeout=PATIENCE).status_code == 200
    except httpx.HTTPError:
        return False


def by_act(town: LivedInstallation) -> Iterator[tuple[Act, Event]]:
    """Each act with the event that is its outcome."""
    outcomes = {event["causationid"]: event for event in town.of_it if event.get("outcome")}
    return ((one, outcomes[str(one.id)]) for one in town.acts)


def endings(events: list[Event]) -> Counter[str]:
    return Counter(event["type"].removeprefix("omatoimi.").removesuffix(".v1") for event in events)


def ids(town: LivedInstallation) -> list[UUID]:
    return [one.id for one in town.acts]
