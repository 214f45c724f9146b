"""An event goes the whole way: in by every endpoint, decided, on Kafka, in the other services, in a figure of the
report; and it stands when everything is killed.

All figures are written here by hand, from what is sent and answered.
"""

import asyncio
import json
import os
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from omatoimi.installation import Installation, temporary
from omatoimi_platform import jars
from omatoimi_platform.kafka import java

from tests.subscriber import alone
from tests.waiting import until
from tests.whole_way.world import HELSINKI, UNIT, Endpoints, days_touched, instant, local, minutes_of, slot

DATA = Path(os.environ.get("OMATOIMI_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
ALL_DAY = [{"weekday": day, "spans": [{"opens": "00:00", "closes": "24:00", "kind": "staffed"}]} for day in range(1, 8)]
EVENT_TOPICS = ("booking.events.v1", "decisions.events.v1", "notices.events.v1", "usage.events.v1")
LEAVES = 9
"""a, b, c, d, e, f, the two halves of the hall, and the school's classroom."""


@dataclass
class Lived:
    """The installation after everything has happened, the period of the report, the day on which visits were counted,
    and what the figures must be."""

    installation: Installation
    endpoints: Endpoints
    first: date
    after: date
    counted: date
    expected: dict[str, dict[str, Any]]

    def query(self) -> dict[str, str]:
        return {"from": self.first.isoformat(), "to": self.after.isoformat(), "unit": UNIT}


@pytest_asyncio.fixture(scope="module")
async def lived(platform: Any) -> AsyncIterator[Lived]:
    """Everything happens, once, at an installation of its own."""
    assert DATA.exists(), f"the city's records are not at {DATA}: set OMATOIMI_DATA"
    killed: list[int] = []
    with temporary(killed) as installation:
        installation.set_up({"alku": [], UNIT: ["22"]})
        await asyncio.to_thread(installation.up)
        # The kiosk stands in the first library; a device stands in this one.
        await asyncio.to_thread(installation.command, "key", "new", "ovi", "--role", "device", "--unit", UNIT)
        async with httpx.AsyncClient(timeout=300) as http:
            status = await asyncio.to_thread(installation.status)
            keys = json.loads(Path(status["keys"]).read_text())
            endpoints = Endpoints(status["url"].rstrip("/"), status["kafka"], keys, http)
            yield await live(installation, endpoints)
            # The installation has a broker and a server of its own: what went through them is counted with this run's.
            platform.records += sum(sum(offsets) for offsets in (await ends(endpoints.kafka)).values())
            platform.transactions += await committed(installation)
    for pid in killed:
        platform.killed(pid)


async def committed(installation: Installation) -> int:
    """The transactions that its server has committed."""
    status = await asyncio.to_thread(installation.status)
    conn = await asyncpg.connect(status["postgres"]["analytics"])
    try:
        return int(await conn.fetchval("select sum(xact_commit) from pg_stat_database"))
    finally:
        await conn.close()


async def live(installation: Installation, endpoints: Endpoints) -> Lived:
    """Let everything happen, and count along."""
    now = datetime.now(HELSINKI).replace(second=0, microsecond=0)
    today = now.date()
    first, after = today - timedelta(days=1), today + timedelta(days=4)
    tomorrow, later = today + timedelta(days=1), today + timedelta(days=3)

    # The register: a library and a school, open day and night.
    for premises, owner in (("testitalo", "library"), ("testikoulu", "school")):
        await endpoints.resource(
            f"register {premises}",
            "booking/v1/premises",
            {"premises": premises, "owner": owner, "unit": UNIT},
            by="staff",
        )
    rooms: list[tuple[str, str, dict[str, Any]]] = [("testitalo", f"huone-{letter}", {}) for letter in "abcdef"]
    rooms += [("testitalo", "puoli-1", {}), ("testitalo", "puoli-2", {}), ("testikoulu", "luokka", {})]
    rooms += [("testitalo", "juhlasali", {"parts": ["puoli-1", "puoli-2"], "task": "open-door"})]
    for premises, space, more in rooms:
        body = {"premises": premises, "space": space, "capacity": 50, **more}
        await endpoints.resource(f"register {space}", "booking/v1/spaces", body, by="staff")
    for premises in ("testitalo", "testikoulu"):
        hours = {"premises": premises, "valid_from": "2014-01-01", "week": ALL_DAY}
        await endpoints.resource(f"hours of {premises}", "booking/v1/hours", hours, by="staff")
    block = {"space": "huone-f", "slot": slot(local(later, 8), 60)}
    await endpoints.resource("block a room", "booking/v1/blockings", block, by="staff")

    # An association that the library verifies; booking learns of it from notices' event.
    association = str(uuid4())
    proof = {"organisation": association, "class": "association", "registernumber": "123.456", "name": "Testiseura ry"}
    await endpoints.resource("verify an association", "notices/v1/verifications", proof, by="staff")
    held_by = {"organiser": {"organisation": association}, "purpose": "meeting"}

    async def association_books() -> dict[str, Any] | None:
        answer = await endpoints.http.post(
            f"{endpoints.url}/booking/v1/bookings",
            json={"space": "huone-a", "slot": slot(now, 60), **held_by},
            headers={
                "Authorization": f"Bearer {endpoints.keys['web']['key']}",
                "Idempotency-Key": str(endpoints.asked.setdefault("book over HTTP", uuid4())),
            },
        )
        if answer.status_code == 201:
            told: dict[str, Any] = answer.json()
            return told
        # Not verified yet, as far as booking has heard: a refusal of its own, counted below as what it is.
        refused_early.append(endpoints.asked.pop("book over HTTP"))
        return None

    refused_early: list[Any] = []
    over_http = await until(association_books, "booking knows the association")

    # Booked by every endpoint.
    attended = over_http["outcome"]["data"]["booking"]
    as_event = await endpoints.cloudevent(
        "book as a CloudEvent", "booking", "booking", {"space": "huone-b", "slot": slot(now, 120)}
    )
    unattended = as_event["outcome"]["data"]["booking"]
    await endpoints.kafka_record(
        "book over Kafka", "booking.requests.v1", "booking", {"space": "huone-c", "slot": slot(local(tomorrow, 12), 60)}
    )
    over_kafka = await until(lambda: endpoints.ended("book over Kafka", "booking"), "the booking over Kafka is decided")
    moved = over_kafka["outcome"]["data"]["booking"]

    # Refused, and served later in the same session; refused in another session, and never served.
    session, other_session = str(uuid4()), str(uuid4())
    taken = {"space": "huone-a", "slot": slot(now, 60)}
    refusal = await endpoints.resource("be refused", "booking/v1/bookings", {**taken, "session": session}, status=409)
    assert refusal["outcome"]["data"]["rule"] == "taken"
    assert refusal["outcome"]["data"]["alternatives"], "a refusal offers what is free instead"
    served = {"space": "huone-d", "slot": slot(now, 60), "session": session, "wanted": taken["slot"]}
    in_session = await endpoints.resource("be served later", "booking/v1/bookings", served)
    await endpoints.resource(
        "be refused for good", "booking/v1/bookings", {**taken, "session": other_session}, status=409
    )

    # Moved, cancelled late by its user, cancelled by the house.
    await endpoints.resource(
        "move", "booking/v1/moves", {"booking": moved, "slot": slot(local(tomorrow, 14), 90)}, status=200
    )
    in_three_hours = now + timedelta(hours=3)
    given_back = await endpoints.resource(
        "book to cancel late", "booking/v1/bookings", {"space": "huone-e", "slot": slot(in_three_hours, 60)}
    )
    await endpoints.resource(
        "cancel late", "booking/v1/cancellations", {"booking": given_back["outcome"]["data"]["booking"]}, status=200
    )
    closed = await endpoints.resource(
        "book what the house cancels", "booking/v1/bookings", {"space": "huone-e", "slot": slot(local(later, 10), 60)}
    )
    by_house = {"booking": closed["outcome"]["data"]["booking"], "by": "house", "reason": "closure"}
    await endpoints.resource("cancel by the house", "booking/v1/cancellations", by_house, by="staff", status=200)

    # They come, they stay away, they walk in (one of them told a day late).
    await endpoints.resource("check in", "booking/v1/attendances", {"booking": attended, "persons": 12}, by="ovi")
    await endpoints.resource(
        "stay away", "booking/v1/attendances", {"booking": unattended, "attended": False}, by="staff"
    )
    await endpoints.resource(
        "check in the served", "booking/v1/attendances", {"booking": in_session["outcome"]["data"]["booking"]}
    )
    walked_in = {"space": "luokka", "slot": slot(now - timedelta(minutes=30), 30), "persons": 3}
    await endpoints.resource("walk in", "booking/v1/walk-ins", walked_in, by="staff")
    told_late = {"space": "huone-f", "slot": slot(local(first, 10), 120), "persons": 5}
    await endpoints.resource(
        "walk in, told late", "booking/v1/walk-ins", told_late, by="staff", happened=local(first, 12)
    )

    # An event open to the public, with the task it brings; a booking by another department; a hearing.
    public = {"space": "juhlasali", "slot": slot(now, 60), **held_by, "purpose": "event", "opentopublic": True}
    event = await endpoints.resource("hold a public event", "booking/v1/bookings", public)
    held = event["outcome"]["data"]["booking"]
    await endpoints.resource("check in the public", "booking/v1/attendances", {"booking": held, "persons": 40})
    tasks = (
        await endpoints.http.get(
            f"{endpoints.url}/booking/v1/tasks",
            params={"unit": UNIT},
            headers={"Authorization": f"Bearer {endpoints.keys['staff']['key']}"},
        )
    ).json()["tasks"]
    assert [task["booking"] for task in tasks] == [held]
    done = {"task": tasks[0]["task"], "state": "done", "minutes": 20}
    await endpoints.resource("do the task", "booking/v1/task-changes", done, by="staff")
    department = {
        "space": "huone-f",
        "slot": slot(now, 60),
        "organiser": {"class": "department", "department": "youth"},
    }
    youth = await endpoints.resource("book by another department", "booking/v1/bookings", department, by="staff")
    await endpoints.resource(
        "check in the department",
        "booking/v1/attendances",
        {"booking": youth["outcome"]["data"]["booking"]},
        by="staff",
    )

    programme = {"space": "huone-c", "slot": slot(now, 60), "organiser": {"class": "library", "department": "library"}}
    own = await endpoints.resource("book the library's own programme", "booking/v1/bookings", programme, by="staff")
    await endpoints.resource(
        "check in the programme", "booking/v1/attendances", {"booking": own["outcome"]["data"]["booking"]}, by="staff"
    )

    # The city's records: § 50 is there from the start; the real decisions come in as they are.
    decisions = (await endpoints.http.get(f"{endpoints.url}/decisions/v1/decisions", params={"unit": UNIT})).json()[
        "items"
    ]
    paragraph_50 = next(one for one in decisions if one["section"] == 50)
    of_the_area = 1
    for number, record in enumerate(
        json.loads((DATA / "decisions" / "ahjo_decisions_2022-01.json").read_text())["decisions"]
    ):
        answer = await endpoints.http.post(
            f"{endpoints.url}/decisions/v1/records",
            json={"kind": "decision", "content": record},
            headers={
                "Authorization": f"Bearer {endpoints.keys['staff']['key']}",
                "Idempotency-Key": str(endpoints.asked.setdefault(f"record {number}", uuid4())),
            },
        )
        told = answer.json()["outcome"]
        if told["type"] == "omatoimi.decision.published.v1" and "22" in told["data"]["primary"]:
            of_the_area += 1
    await endpoints.resource(
        "show an item",
        "analytics/v1/displays",
        {"unit": UNIT, "place": "aula", "kind": "decision", "item": paragraph_50["key"]},
        by="ovi",
    )

    # A comment on the case, and its answer; a hearing on it.
    comment = await endpoints.resource(
        "comment", "decisions/v1/feedback", {"case": paragraph_50["case"], "text": "Hyvä, mutta milloin?"}
    )
    answer_to = {"feedback": comment["outcome"]["data"]["feedback"], "text": "Syksyllä."}
    await endpoints.resource("answer", "decisions/v1/answers", answer_to, by="staff")
    hearing = {
        "space": "huone-d",
        "slot": slot(local(tomorrow, 18), 60),
        "purpose": "hearing",
        "case": paragraph_50["case"],
    }
    await endpoints.resource("book a hearing", "booking/v1/bookings", hearing)

    # A notice that waits, and is approved.
    notice = {"titles": {"fi": "Talkoot"}, "until": instant(local(later, 20)), "unit": UNIT}
    waiting = await endpoints.resource("post a notice", "notices/v1/notices", notice, status=202)
    approval = {"notice": waiting["outcome"]["data"]["notice"]}
    await endpoints.resource("approve the notice", "notices/v1/approvals", approval, by="staff")

    # Visits; and one record that stands on its topic twice.
    visits = {"unit": UNIT, "counter": "ovi", "slot": slot(now - timedelta(hours=1), 60), "persons": 42}
    await endpoints.resource("count visits", "analytics/v1/visits", visits, by="staff")

    copied = await any_record(endpoints)
    await endpoints.append("booking.events.v1", copied.value or b"", copied.key or b"")

    # A space is there to be used from the day it was registered.
    available = LEAVES * minutes_of(today, after) - 60
    confirmed = [
        (now, 60),
        (now, 120),
        (local(tomorrow, 14), 90),
        (now, 60),
        (in_three_hours, 60),
        (local(later, 10), 60),
    ]
    confirmed += [(now, 60), (now, 60), (local(tomorrow, 18), 60)]
    standing = 60 + 120 + 90 + 60 + 2 * 60 + 60 + 60 + 60
    attempts = len(confirmed) + 1 + 1 + len(refused_early)  # the programme, and the session that was never served
    expected: dict[str, dict[str, Any]] = {
        "M01": {
            "numerator": sum(days_touched(*one) for one in confirmed),
            "programmes": days_touched(now, 60),
            "moved": 1,
        },
        "M02": {"numerator": standing, "denominator": available},
        "M03": {"numerator": 60 + 60 + 2 * 60 + 60 + 60 + 30 + 120, "denominator": available, "unattended": 120},
        "M06": {"numerator": 1, "denominator": len(confirmed) + 1, "late": 1, "house": 1},
        "M10": {"numerator": 1, "denominator": attempts, "served-later": 1},
        "M12": {"numerator": 1},
        "M14": {"numerator": 42, "days": 1, "missing": 0},
        "M15": {"numerator": 60 + 60 + 2 * 60 + 60, "denominator": 60 + 60 + 2 * 60 + 60 + 60},
        "M17": {"done": 1, "open": 0},
        "M27": {"numerator": 1, "submitted": 1},
        "M32": {"numerator": 1, "denominator": of_the_area},
        "M37": {"numerator": 1, "denominator": 1, "received": 1},
        "M39": {"numerator": 2, "bookings": 2},
    }
    counted = (now - timedelta(hours=1)).date()
    return Lived(installation, endpoints, first, after, counted, expected)


async def any_record(endpoints: Endpoints) -> ConsumerRecord[bytes, bytes]:
    """The first record of a booking topic."""
    consumer = AIOKafkaConsumer("booking.events.v1", bootstrap_servers=endpoints.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        return await consumer.getone()
    finally:
        await consumer.stop()


async def figures(lived: Lived, **more: str) -> dict[str, dict[str, Any]]:
    """The figures as the endpoint tells them, by metric: value, numerator, denominator and the counts beside. Persons
    are told of by whole months."""
    first = lived.counted.replace(day=1)
    month = {"from": f"{first}", "to": f"{(first + timedelta(days=32)).replace(day=1)}"}
    found: dict[str, dict[str, Any]] = {}
    for period in ({}, month):
        answer = await lived.endpoints.http.get(
            f"{lived.endpoints.url}/analytics/v1/figures", params={**lived.query(), **period, **more}
        )
        assert answer.status_code == 200, answer.text
        told = {one["metric"]: {**one["whole"], **one["whole"]["parts"]} for one in answer.json()["figures"]}
        found = {**told, **found, "M14": told["M14"]}
    return found


async def settled(lived: Lived) -> None:
    """Wait until every outbox is drained and the ledger has read its topics to the end."""
    status = await asyncio.to_thread(lived.installation.status)

    async def drained() -> bool:
        for dsn in status["postgres"].values():
            conn = await asyncpg.connect(dsn)
            try:
                if await conn.fetchval("select exists (select from chassis.outbox where published_at is null)"):
                    return False
            finally:
                await conn.close()
        return True

    async def read_to_the_end() -> bool:
        return await position(lived) == await ends(lived.endpoints.kafka)

    await until(drained, "every outbox is drained")
    await until(read_to_the_end, "the ledger is at the log's end")


async def told_position(lived: Lived) -> str:
    """The log position that the figures are known at now, as text."""
    answer = await lived.endpoints.http.get(f"{lived.endpoints.url}/analytics/v1/figures", params=lived.query())
    return str(answer.json()["position"])


async def position(lived: Lived) -> dict[str, list[int]]:
    """The same by topic: the next offset of each partition."""
    logs = (log.partition(":") for log in (await told_position(lived)).split(","))
    return {topic: [int(at) for at in offsets.split(".")] for topic, _, offsets in logs}


async def ends(kafka: str) -> dict[str, list[int]]:
    """Where the event topics end, as the broker says; written as a position is."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    try:
        found: dict[str, list[int]] = {}
        for topic in EVENT_TOPICS:
            partitions = [TopicPartition(topic, number) for number in range(6)]
            offsets = await consumer.end_offsets(partitions)
            told = [offsets[partition] for partition in partitions]
            while told and not told[-1]:
                told.pop()
            if told:
                found[topic] = told
        return found
    finally:
        await consumer.stop()


def differences(found: dict[str, dict[str, Any]], expected: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Where the figures are not what they must be: what was found and what was expected."""
    return {
        f"{metric} {name}": (found[metric].get(name), number)
        for metric, numbers in expected.items()
        for name, number in numbers.items()
        if found[metric].get(name) != number
    }


async def test_every_figure_is_what_was_sent_and_answered(lived: Lived) -> None:
    """All fourteen have a value, and it is the one counted by hand."""
    await settled(lived)
    found = await figures(lived)
    assert differences(found, lived.expected) == {}
    assert found["M17"]["value"] is not None
    logs = await ends(lived.endpoints.kafka)
    assert found["M52"]["value"] == 1
    assert found["M52"]["denominator"] == sum(sum(offsets) for offsets in logs.values())
    assert found["M52"]["doubled"] == 1
    assert found["M52"]["quarantined"] == 0


async def test_the_start_page_leads_to_everything_in_three_languages(lived: Lived) -> None:
    """No part of it says that it does not answer, and each of its links leads somewhere, on this machine."""
    for language, unreachable in (
        ("fi", "ei juuri nyt vastaa"),
        ("sv", "svarar inte just nu"),
        ("en", "does not answer"),
    ):
        page = await lived.endpoints.http.get(f"{lived.endpoints.url}/", params={"lang": language})
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text
        assert unreachable not in page.text
        links = {unescape(link) for link in re.findall(r'(?:href|src)="([^"#]+)"', page.text)}
        assert all(link.startswith("/") for link in links)
        for link in sorted(links):
            assert (await lived.endpoints.http.get(lived.endpoints.url + link)).status_code == 200, link
    nothing = await lived.endpoints.http.get(f"{lived.endpoints.url}/nothing")
    assert nothing.json()["detail"] == "There is nothing at this address."
    assert nothing.headers["content-type"] == "application/problem+json"


async def test_a_wrong_address_is_a_page_for_people_and_a_problem_for_programs(lived: Lived) -> None:
    for path in ("/nothing", "/booking/nothing", "/analytics/metrics/M99", "/analytics/?from=x"):
        page = await lived.endpoints.http.get(
            lived.endpoints.url + path, headers={"Accept": "text/html", "Accept-Language": "sv"}
        )
        assert page.status_code in (404, 422)
        assert '<html lang="sv">' in page.text
        problem = await lived.endpoints.http.get(lived.endpoints.url + path)
        assert problem.json()["status"] == page.status_code


async def test_people_who_have_not_come_yet_are_not_counted(lived: Lived) -> None:
    """Else the count would be answered 201 here and put aside by the report."""
    visits = {"unit": UNIT, "counter": "ovi", "slot": slot(local(lived.after, 10), 60), "persons": 3}
    told = await lived.endpoints.resource("visit ahead", "analytics/v1/visits", visits, by="staff", status=409)
    assert told["outcome"]["data"]["reason"] == "not-yet"


async def test_republish_says_how_far_it_reaches(lived: Lived) -> None:
    said = await asyncio.to_thread(
        lived.installation.command, "republish", "booking", "--since", "2020-01-01", status=1
    )
    assert said == "omatoimi: What was sent is kept 30 days: give a later --since.\n"


async def test_kafkas_own_console_consumer_reads_the_booking_at_its_offset(lived: Lived) -> None:
    """What HTTP answered stands on the topic, where the ledger says, for any tool."""
    await settled(lived)
    asked = str(lived.endpoints.asked["book as a CloudEvent"])
    outcome = await lived.endpoints.ended("book as a CloudEvent", "booking")
    assert outcome is not None
    answer = await lived.endpoints.http.get(
        f"{lived.endpoints.url}/analytics/v1/ledger",
        params={"subject": outcome["outcome"]["subject"]},
        headers={"Authorization": f"Bearer {lived.endpoints.keys['staff']['key']}"},
    )
    row = next(row for row in answer.json()["rows"] if row["id"] == outcome["outcome"]["id"])
    record = await asyncio.to_thread(console_consumer, lived, row["log"], row["partition"], row["offset"])
    event = json.loads(record)
    assert (event["id"], event["causationid"], event["outcome"]) == (row["id"], asked, True)
    assert event["type"] == "omatoimi.booking.confirmed.v1"


def console_consumer(lived: Lived, topic: str, partition: int, offset: int) -> str:
    """One record, by the tool that comes with Apache Kafka."""
    read = [
        str(java()), "-cp", jars.classpath(lived.installation.home.jars),
        "org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", lived.endpoints.kafka,
        "--topic", topic, "--partition", str(partition),
        "--offset", str(offset), "--max-messages", "1", "--timeout-ms", "20000",
    ]  # fmt: skip
    return subprocess.run(read, capture_output=True, text=True, check=True, timeout=300).stdout


async def test_a_third_party_with_the_contract_alone_counts_the_same(lived: Lived, tmp_path: Path) -> None:
    """The stand-alone client reads the live topic from offset 0: every subject's sequence runs from 1 without gaps, and
    the events of each type and M01 are those of the database."""
    await settled(lived)
    subscriber = await asyncio.to_thread(alone, tmp_path / "contracts")
    days = ("--from", lived.first.isoformat(), "--to", (lived.after - timedelta(days=1)).isoformat())
    printed = await asyncio.to_thread(subscriber.follow, lived.endpoints.kafka, "booking.events.v1", *days)
    told = printed.splitlines()
    status = await asyncio.to_thread(lived.installation.status)
    conn = await asyncpg.connect(status["postgres"]["booking"])
    try:
        rows = await conn.fetch(
            "select convert_from(value, 'UTF8')::jsonb ->> 'type' as type, count(*) as n from chassis.outbox"
            " where topic = 'booking.events.v1' group by 1 order by 1"
        )
    finally:
        await conn.close()
    assert told[1:-2] == [f"{row['n']:8} {row['type']}" for row in rows]
    assert told[-2].endswith("from 1 without gaps")
    assert told[-1] == f"M01: {(await figures(lived))['M01']['numerator']}"


async def test_everything_stands_after_everything_was_killed(lived: Lived, tmp_path: Path) -> None:
    """SIGKILL of Kafka, PostgreSQL, the services and their supervisor; after the next start the figures are the same,
    and the report for the same period and position,
    made by a process of its own, has the same bytes."""
    await settled(lived)
    before = await figures(lived)
    at = {"position": await told_position(lived)}
    report = await lived.endpoints.http.get(
        f"{lived.endpoints.url}/analytics/v1/report.json", params={**lived.query(), **at}
    )
    assert report.status_code == 200

    await asyncio.to_thread(lived.installation.kill9)
    await asyncio.to_thread(lived.installation.up)

    assert await figures(lived, **at) == before
    await settled(lived)
    assert await figures(lived) == before
    for form in ("json", "csv", "html"):
        told = await lived.endpoints.http.get(
            f"{lived.endpoints.url}/analytics/v1/report.{form}", params={**lived.query(), **at, "lang": "fi"}
        )
        file = tmp_path / f"report.{form}"
        await asyncio.to_thread(
            lived.installation.command, "report", "--format", form, "--from", lived.first.isoformat(), "--to",
            lived.after.isoformat(), "--unit", UNIT, "--position", at["position"], "--output", str(file),
        )  # fmt: skip
        assert file.read_bytes() == told.content
    assert (tmp_path / "report.json").read_bytes() == report.content


def caused_by(rows: list[asyncpg.Record], request: object) -> list[int]:
    """The ledger rows of the events that a request caused."""
    return [row["number"] for row in rows if row["raw"] and json.loads(row["raw"]).get("causationid") == str(request)]


COUNTED = (
    "book over HTTP", "book as a CloudEvent", "book over Kafka", "be refused", "be served later", "be refused for good",
    "move", "book to cancel late", "cancel late", "book what the house cancels", "cancel by the house", "check in",
    "stay away", "check in the served", "walk in", "walk in, told late", "hold a public event", "check in the public",
    "do the task", "book by another department", "check in the department", "book the library's own programme",
    "check in the programme", "show an item", "comment", "answer", "book a hearing", "post a notice",
    "approve the notice", "block a room", "count visits",
)  # fmt: skip


async def test_leaving_out_any_event_changes_a_figure(lived: Lived) -> None:
    """The events of each act are taken out of the ledger, the facts folded anew, and at least one figure other than M52
    differs; put back, the figures are the old ones. So none of the figures is a constant, and every event counts.

    Figures at an earlier position are folded from the ledger each time, so one more visit is told first.
    """
    await settled(lived)
    at = {"position": (await told_position(lived))}
    visit = {"unit": UNIT, "counter": "ovi", "slot": slot(local(lived.first, 9), 60), "persons": 1}
    await lived.endpoints.resource("one more visit", "analytics/v1/visits", visit, by="staff")
    await settled(lived)
    before = await figures(lived, **at)
    status = await asyncio.to_thread(lived.installation.status)
    conn = await asyncpg.connect(status["postgres"]["analytics"])
    try:
        rows = await conn.fetch("select number, raw from analytics.ledger where class = 'folded'")
        blind = []
        for act in COUNTED:
            numbers = caused_by(rows, lived.endpoints.asked[act])
            assert numbers, f"{act} left no event in the ledger"
            async with taken_out(conn, numbers):
                after = await figures(lived, **at)
            if all(after[metric] == figure for metric, figure in before.items() if metric != "M52"):
                blind.append(act)
        assert not blind
        assert await figures(lived, **at) == before
    finally:
        await conn.close()


@asynccontextmanager
async def taken_out(conn: "asyncpg.Connection[asyncpg.Record]", numbers: list[int]) -> AsyncIterator[None]:
    """Rows of the ledger, by hand out of it for a while: a class that the fold passes over."""
    await conn.execute("update analytics.ledger set class = 'unknown' where number = any($1::bigint[])", numbers)
    try:
        yield
    finally:
        await conn.execute("update analytics.ledger set class = 'folded' where number = any($1::bigint[])", numbers)


async def test_a_ledger_row_altered_by_hand_shows_in_the_figures(lived: Lived) -> None:
    """The facts follow from the ledger and from nothing else."""
    await settled(lived)
    before = await figures(lived)
    status = await asyncio.to_thread(lived.installation.status)
    conn = await asyncpg.connect(status["postgres"]["analytics"])
    try:
        rows = await conn.fetch("select number, raw from analytics.ledger where class = 'folded'")
        number = caused_by(rows, lived.endpoints.asked["walk in"])[0]
        raw = next(row["raw"] for row in rows if row["number"] == number)
        longer = json.loads(raw)
        longer["data"]["slot"]["start"] = instant(
            datetime.fromisoformat(longer["data"]["slot"]["start"]) - timedelta(hours=1)
        )
        await conn.execute(
            "update analytics.ledger set raw = $2 where number = $1", number, json.dumps(longer).encode()
        )
        told = await asyncio.to_thread(lived.installation.command, "rebuild")
        altered = await figures(lived)
        assert altered["M03"]["numerator"] == before["M03"]["numerator"] + 60, told
        await conn.execute("update analytics.ledger set raw = $2 where number = $1", number, raw)
        await asyncio.to_thread(lived.installation.command, "rebuild")
        assert await figures(lived) == before
    finally:
        await conn.close()
