"""What happens, once in each city's installation: each fixture is a scenario, told through the endpoints, and what
came of it. A test asks for those that its promise is about; `lived` is all of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio
from omatoimi.installation import RunningInstallation, temporary

from tests.waiting import until
from tests.whole_way.cities import HELSINKI, ST_JOHNS, City
from tests.whole_way.log import any_record, ends
from tests.whole_way.world import Endpoints, instant, slot

ALL_DAY = [{"weekday": day, "spans": [{"opens": "00:00", "closes": "24:00", "kind": "staffed"}]} for day in range(1, 8)]
IN_THE_DAY = [
    {"weekday": day, "spans": [{"opens": "08:00", "closes": "16:00", "kind": "staffed"}]} for day in range(1, 8)
]

Told = dict[str, Any]


@dataclass
class System:
    """A city's installation, running. `now` is when all began, by the city's clock."""

    city: City
    installation: RunningInstallation
    endpoints: Endpoints
    now: datetime

    @property
    def today(self) -> date:
        return self.now.date()

    def day(self, days: int) -> date:
        """So many days from today."""
        return self.today + timedelta(days=days)


@pytest.fixture(scope="package", params=[HELSINKI, ST_JOHNS], ids=str)
def city(request: pytest.FixtureRequest) -> City:
    """The whole way is gone in each of these cities."""
    found: City = request.param
    return found


@pytest_asyncio.fixture(scope="package")
async def system(city: City, platform: Any) -> AsyncIterator[System]:
    """An installation of the city's own, with its broker and database server."""
    killed: list[int] = []
    with temporary(killed) as installation:
        city.set_up(installation)
        await asyncio.to_thread(installation.up)
        # The kiosk stands in the first library; a device stands in this one.
        await asyncio.to_thread(installation.command, "key", "new", "ovi", "--role", "device", "--unit", city.unit)
        async with httpx.AsyncClient(timeout=300) as http:
            status = await asyncio.to_thread(installation.status)
            keys = json.loads(Path(status["keys"]).read_text())
            endpoints = Endpoints(status["url"].rstrip("/"), status["kafka"], keys, http, city.languages[0])
            yield System(city, installation, endpoints, datetime.now(city.zone).replace(second=0, microsecond=0))
            # What went through its broker and its server is counted with this run's.
            platform.records += sum(sum(offsets) for offsets in (await ends(endpoints.kafka)).values())
            platform.transactions += await _committed(installation)
    for pid in killed:
        platform.killed(pid)


async def _committed(installation: RunningInstallation) -> int:
    status = await asyncio.to_thread(installation.status)
    conn = await asyncpg.connect(status["postgres"]["analytics"])
    try:
        return int(await conn.fetchval("select sum(xact_commit) from pg_stat_database"))
    finally:
        await conn.close()


@pytest_asyncio.fixture(scope="package")
async def register(system: System) -> System:
    """A library and a school, open day and night; and a house of the other library, open in the day."""
    endpoints, city = system.endpoints, system.city
    houses = (
        ("testitalo", "library", city.unit),
        ("testikoulu", city.owner, city.unit),
        ("kello", "library", city.other_unit),
    )
    for premises, owner, unit in houses:
        told = {"premises": premises, "owner": owner, "unit": unit}
        await endpoints.resource(f"register {premises}", "booking/v1/premises", told, by="staff")
    rooms: list[tuple[str, str, Told]] = [("testitalo", f"huone-{letter}", {}) for letter in "abcdef"]
    rooms += [("testitalo", "puoli-1", {}), ("testitalo", "puoli-2", {}), ("testikoulu", "luokka", {})]
    rooms += [
        ("testitalo", "juhlasali", {"parts": ["puoli-1", "puoli-2"], "task": "open-door"}),
        ("kello", "torni", {}),
    ]
    for premises, space, more in rooms:
        body = {"premises": premises, "space": space, "capacity": 50, **more}
        await endpoints.resource(f"register {space}", "booking/v1/spaces", body, by="staff")
    for premises, _, _ in houses:
        week = IN_THE_DAY if premises == "kello" else ALL_DAY
        hours = {"premises": premises, "valid_from": "2014-01-01", "week": week}
        await endpoints.resource(f"hours of {premises}", "booking/v1/hours", hours, by="staff")
    block = {"space": "huone-f", "slot": slot(city.local(system.day(3), 8), 60)}
    await endpoints.resource("block a room", "booking/v1/blockings", block, by="staff")
    return system


@dataclass
class Association:
    """An association that the library verified, its booking over HTTP, and its requests that came too early."""

    held_by: Told
    booked: Told
    early: list[UUID] = field(default_factory=list)


@pytest_asyncio.fixture(scope="package")
async def association(register: System) -> Association:
    """It is verified, and books; booking learns of it from notices' event."""
    endpoints = register.endpoints
    organisation = str(uuid4())
    proof = {"organisation": organisation, "class": "association", "registernumber": "123.456", "name": "Testiseura ry"}
    await endpoints.resource("verify an association", "notices/v1/verifications", proof, by="staff")
    held_by = {"organiser": {"organisation": organisation}, "purpose": "meeting"}
    early: list[UUID] = []

    async def books() -> Told | None:
        answer = await endpoints.http.post(
            f"{endpoints.url}/booking/v1/bookings",
            json={"space": "huone-a", "slot": slot(register.now, 60), **held_by},
            headers={
                "Authorization": f"Bearer {endpoints.keys['web']['key']}",
                "Idempotency-Key": str(endpoints.asked.setdefault("book over HTTP", uuid4())),
            },
        )
        if answer.status_code == 201:
            told: Told = answer.json()
            return told
        # Not verified yet, as far as booking has heard: a refusal of its own, counted as what it is.
        early.append(endpoints.asked.pop("book over HTTP"))
        return None

    return Association(held_by, await until(books, "booking knows the association"), early)


@dataclass
class Booked:
    """The outcomes of bookings by each way in, by what they were asked for."""

    over_http: Told
    as_event: Told
    over_kafka: Told


@pytest_asyncio.fixture(scope="package")
async def booked(register: System, association: Association) -> Booked:
    """Booked over HTTP, as a CloudEvent and over Kafka."""
    endpoints, now = register.endpoints, register.now
    as_event = await endpoints.cloudevent(
        "book as a CloudEvent", "booking", "booking", {"space": "huone-b", "slot": slot(now, 120)}
    )
    asked = {"space": "huone-c", "slot": slot(register.city.local(register.day(1), 12), 60)}
    await endpoints.kafka_record("book over Kafka", "booking.requests.v1", "booking", asked)
    over_kafka = await until(lambda: endpoints.ended("book over Kafka", "booking"), "the booking over Kafka is decided")
    return Booked(association.booked["outcome"], as_event["outcome"], over_kafka["outcome"])


@dataclass
class Refused:
    """The outcomes of requests for a room that was taken, and the booking that one of the sessions got instead."""

    over_http: Told
    for_good: Told
    over_kafka: Told
    served: Told


@pytest_asyncio.fixture(scope="package")
async def refused(register: System, booked: Booked) -> Refused:
    """Refused, and served later in the same session; refused in another session, and never served."""
    endpoints, now = register.endpoints, register.now
    session, other_session = str(uuid4()), str(uuid4())
    taken = {"space": "huone-a", "slot": slot(now, 60)}
    once = await endpoints.resource("be refused", "booking/v1/bookings", {**taken, "session": session}, status=409)
    instead = {"space": "huone-d", "slot": slot(now, 60), "session": session, "wanted": taken["slot"]}
    served = await endpoints.resource("be served later", "booking/v1/bookings", instead)
    never = {**taken, "session": other_session}
    for_good = await endpoints.resource("be refused for good", "booking/v1/bookings", never, status=409)
    await endpoints.kafka_record("be refused over Kafka", "booking.requests.v1", "booking", never)
    over_kafka = await until(
        lambda: endpoints.ended("be refused over Kafka", "booking"), "the refusal over Kafka is told"
    )
    return Refused(once["outcome"], for_good["outcome"], over_kafka["outcome"], served["outcome"])


@pytest_asyncio.fixture(scope="package")
async def changed(register: System, booked: Booked) -> System:
    """Moved, cancelled late by its user, cancelled by the house."""
    endpoints, city, later = register.endpoints, register.city, register.day(3)
    move = {"booking": booked.over_kafka["data"]["booking"], "slot": slot(city.local(register.day(1), 14), 90)}
    await endpoints.resource("move", "booking/v1/moves", move, status=200)
    soon = {"space": "huone-e", "slot": slot(register.now + timedelta(hours=3), 60)}
    given_back = await endpoints.resource("book to cancel late", "booking/v1/bookings", soon)
    cancelled = {"booking": given_back["outcome"]["data"]["booking"]}
    await endpoints.resource("cancel late", "booking/v1/cancellations", cancelled, status=200)
    closed = await endpoints.resource(
        "book what the house cancels",
        "booking/v1/bookings",
        {"space": "huone-e", "slot": slot(city.local(later, 10), 60)},
    )
    by_house = {"booking": closed["outcome"]["data"]["booking"], "by": "house", "reason": "closure"}
    await endpoints.resource("cancel by the house", "booking/v1/cancellations", by_house, by="staff", status=200)
    return register


@pytest_asyncio.fixture(scope="package")
async def attended(register: System, booked: Booked, refused: Refused) -> System:
    """They come, they stay away, they walk in (one of them told a day late)."""
    endpoints, city, now, yesterday = register.endpoints, register.city, register.now, register.day(-1)
    come = {"booking": booked.over_http["data"]["booking"], "persons": 12}
    await endpoints.resource("check in", "booking/v1/attendances", come, by="ovi")
    away = {"booking": booked.as_event["data"]["booking"], "attended": False}
    await endpoints.resource("stay away", "booking/v1/attendances", away, by="staff")
    served = {"booking": refused.served["data"]["booking"]}
    await endpoints.resource("check in the served", "booking/v1/attendances", served)
    walked_in = {"space": "luokka", "slot": slot(now - timedelta(minutes=30), 30), "persons": 3}
    await endpoints.resource("walk in", "booking/v1/walk-ins", walked_in, by="staff")
    told_late = {"space": "huone-f", "slot": slot(city.local(yesterday, 10), 120), "persons": 5}
    happened = city.local(yesterday, 12)
    await endpoints.resource("walk in, told late", "booking/v1/walk-ins", told_late, by="staff", happened=happened)
    return register


@pytest_asyncio.fixture(scope="package")
async def held(register: System, association: Association) -> list[Told]:
    """An event open to the public, with the task it brings; bookings of another department and of the library. Returns
    the tasks that were open."""
    endpoints, city, now = register.endpoints, register.city, register.now
    public = {"space": "juhlasali", "slot": slot(now, 60), **association.held_by, "purpose": "event"}
    event = await endpoints.resource("hold a public event", "booking/v1/bookings", {**public, "opentopublic": True})
    come = {"booking": event["outcome"]["data"]["booking"], "persons": 40}
    await endpoints.resource("check in the public", "booking/v1/attendances", come)
    tasks: list[Told] = (await endpoints.get("booking/v1/tasks", by="staff", unit=city.unit))["tasks"]
    done = {"task": tasks[0]["task"], "state": "done", "minutes": 20}
    await endpoints.resource("do the task", "booking/v1/task-changes", done, by="staff")
    for act, come_act, space, organiser in (
        ("book by another department", "check in the department", "huone-f", ("department", city.department)),
        ("book the library's own programme", "check in the programme", "huone-c", ("library", "library")),
    ):
        body = {
            "space": space,
            "slot": slot(now, 60),
            "organiser": dict(zip(("class", "department"), organiser, strict=True)),
        }
        made = await endpoints.resource(act, "booking/v1/bookings", body, by="staff")
        came = {"booking": made["outcome"]["data"]["booking"]}
        await endpoints.resource(come_act, "booking/v1/attendances", came, by="staff")
    return [task for task in tasks if task["booking"] == come["booking"]]


@dataclass
class Decided:
    """The area's decisions: how many there are, and the one that people speak about."""

    of_the_area: int
    matter: Told


@pytest_asyncio.fixture(scope="package")
async def decided(system: System) -> Decided:
    """The city's records come in as they are; one of the area's decisions is shown at the library."""
    endpoints, city = system.endpoints, system.city
    of_the_area = city.there_already
    for number, record in enumerate(city.records()):
        answer = await endpoints.http.post(
            f"{endpoints.url}/decisions/v1/records",
            json={"kind": "decision", "content": record},
            headers={
                "Authorization": f"Bearer {endpoints.keys['staff']['key']}",
                "Idempotency-Key": str(endpoints.asked.setdefault(f"record {number}", uuid4())),
            },
        )
        told = answer.json()["outcome"]
        published = told["type"] == "omatoimi.decision.published.v1"
        of_the_area += published and bool(city.districts & set(told["data"]["primary"]))
    decisions = (await endpoints.get("decisions/v1/decisions", unit=city.unit))["items"]
    matter = next(one for one in decisions if one["section"] == city.matter)
    shown = {"unit": city.unit, "place": "aula", "kind": "decision", "item": matter["key"]}
    await endpoints.resource("show an item", "analytics/v1/displays", shown, by="ovi")
    return Decided(of_the_area, matter)


@pytest_asyncio.fixture(scope="package")
async def heard(register: System, decided: Decided) -> Told:
    """A comment on the case, its answer, and a hearing on it. Returns the answer's outcome."""
    endpoints, case = register.endpoints, decided.matter["case"]
    said = await endpoints.resource("comment", "decisions/v1/feedback", {"case": case, "text": "Hyvä, mutta milloin?"})
    reply = {"feedback": said["outcome"]["data"]["feedback"], "text": "Syksyllä."}
    answered = await endpoints.resource("answer", "decisions/v1/answers", reply, by="staff")
    when = slot(register.city.local(register.day(1), 18), 60)
    hearing = {"space": "huone-d", "slot": when, "purpose": "hearing", "case": case}
    await endpoints.resource("book a hearing", "booking/v1/bookings", hearing)
    outcome: Told = answered["outcome"]
    return outcome


@pytest_asyncio.fixture(scope="package")
async def notice(system: System) -> Told:
    """A notice waits, and is approved. Returns the outcome of the approval."""
    endpoints, city = system.endpoints, system.city
    body = {
        "titles": {language: f"Talkoot ({language})" for language in city.languages},
        "until": instant(city.local(system.day(3), 20)),
        "unit": city.unit,
    }
    waiting = await endpoints.resource("post a notice", "notices/v1/notices", body, status=202)
    approval = {"notice": waiting["outcome"]["data"]["notice"]}
    approved = await endpoints.resource("approve the notice", "notices/v1/approvals", approval, by="staff")
    outcome: Told = approved["outcome"]
    return outcome


@pytest_asyncio.fixture(scope="package")
async def visits(system: System) -> date:
    """People are counted. Returns the local day on which."""
    body = {
        "unit": system.city.unit,
        "counter": "ovi",
        "slot": slot(system.now - timedelta(hours=1), 60),
        "persons": 42,
    }
    await system.endpoints.resource("count visits", "analytics/v1/visits", body, by="staff")
    return (system.now - timedelta(hours=1)).date()


@pytest_asyncio.fixture(scope="package")
async def copied(register: System, booked: Booked) -> System:
    """One record stands on its topic twice."""
    first = await any_record(register.endpoints.kafka)
    await register.endpoints.append("booking.events.v1", first.value or b"", first.key or b"")
    return register


@dataclass
class Lived:
    """The installation after everything has happened, the days of the report, the one after them, that on which visits
    were counted, and what the figures must be beside what the scenarios tell."""

    system: System
    first: date
    after: date
    counted: date
    early: int
    of_the_area: int

    @property
    def endpoints(self) -> Endpoints:
        return self.system.endpoints

    @property
    def installation(self) -> RunningInstallation:
        return self.system.installation

    def query(self) -> dict[str, str]:
        return {"from": self.first.isoformat(), "to": self.after.isoformat(), "unit": self.system.city.unit}


@pytest_asyncio.fixture(scope="package")
async def lived(
    association: Association,
    refused: Refused,
    changed: System,
    attended: System,
    held: list[Told],
    decided: Decided,
    heard: Told,
    notice: Told,
    visits: date,
    copied: System,
) -> Lived:
    """Everything has happened."""
    return Lived(
        copied, copied.day(-1), copied.day(4), visits, early=len(association.early), of_the_area=decided.of_the_area
    )
