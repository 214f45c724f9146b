"""With the broker in between: what others learn of an erasure, and what a database out of a backup learns."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from chassis import Settings
from omatoimi_contracts.codec import read
from omatoimi_contracts.topics import PEOPLE_EVENTS
from omatoimi_platform.topics import create
from pydantic import SecretStr

from tests.kits.people import Office, office
from tests.kits.platform import Servers
from tests.waiting import until

ROLES = ("api", "relay", "worker")
NAMES = ("Kreivi", "kreivi@example.fi")


@asynccontextmanager
async def topics(platform: Servers) -> AsyncIterator[str]:
    """Topics of a cluster of one's own."""
    await platform.heal()
    prefix = f"t{secrets.token_hex(3)}."
    await create(platform.kafka, prefix=prefix)
    try:
        yield prefix
    finally:
        await platform.delete_topics(prefix)


async def backup(platform: Servers, dsn: str) -> str:
    """A database as it is now, as it would come out of a backup; returns the URL of the copy."""
    name, copy = urlsplit(dsn).path[1:], f"t{secrets.token_hex(4)}"
    conn = await asyncpg.connect(platform.postgres, database="postgres")
    try:
        await conn.execute(f"create database {copy} template {name}")
    finally:
        await conn.close()
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{copy}"))


async def sent(opened: Office) -> None:
    async def empty() -> bool:
        return not await opened.fetch("select from chassis.outbox where published_at is null limit 1")

    await until(empty, "the outbox is sent")


async def ends(settings: Settings) -> dict[int, int]:
    """Where the log of people's events ends now, by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka)
    async with consumer:
        places = [TopicPartition(settings.topic(PEOPLE_EVENTS.name), n) for n in range(PEOPLE_EVENTS.partitions)]
        return {place.partition: end for place, end in (await consumer.end_offsets(places)).items()}


async def caught_up(opened: Office) -> None:
    there = await ends(opened.service.settings)

    async def at_the_end() -> bool:
        rows = await opened.fetch("select * from chassis.consumed where topic = $1", PEOPLE_EVENTS.name)
        places = {row["partition"]: row["next_offset"] for row in rows}
        return all(places.get(partition, 0) >= end for partition, end in there.items())

    await until(at_the_end, "the log is read to its end")


async def serves(opened: Office) -> None:
    async def open_() -> bool:
        return opened.service.held is None

    await until(open_, "it is not held")


async def names(opened: Office) -> set[str]:
    return {row["name"] for row in await opened.fetch("select name from people.contact")}


async def test_a_database_that_a_backup_brought_back_forgets_again_whom_the_log_says_was_erased(
    platform: Servers, database: str
) -> None:
    """Case 22 of the research: erased again before it serves."""
    async with topics(platform) as prefix, AsyncExitStack() as stack:
        settings = Settings(kafka=platform.kafka, postgres=SecretStr(database), topic_prefix=prefix)
        async with office(settings, ROLES) as before:
            kreivi, aino = await before.client("kreivi"), await before.client("aino")
            for client in (kreivi, aino):
                assert (await client.post("/v1/exports", {})).status_code == 201
            await sent(before)
            await caught_up(before)
        copy = await backup(platform, database)
        stack.push_async_callback(platform.drop_database, copy)
        async with office(settings, ROLES) as after:
            assert await names(after) == {"Kreivi Virtanen", "Aino Virtanen"}
            assert await after.erase(before.id_of(kreivi)) == "erased"
            await sent(after)
        restored = settings.model_copy(update={"postgres": SecretStr(copy)})
        without_kafka = restored.model_copy(update={"kafka": "127.0.0.1:1"})
        async with office(without_kafka) as waiting:
            refused = await waiting.bench.http.get("/v1/keys")
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5"), refused.text
            assert refused.json()["type"] == "urn:omatoimi:problem:restored"
            assert [PEOPLE_EVENTS.name in fault for fault in waiting.bench.running.faults()] == [True]
            async with office(restored, ("worker",)) as brought_back:
                await serves(brought_back)
                assert await names(brought_back) == {"Aino Virtanen"}
            await serves(waiting)
            assert (await waiting.bench.http.get("/v1/keys")).status_code == 200
            tables = ("person", "contact", "export", "membership", "access_log")
            rows = [row for table in tables for row in await waiting.fetch(f"select * from people.{table}")]
            text = "\n".join(str(dict(row)) for row in rows)
            assert "Aino Virtanen" in text
            assert not [name for name in (*NAMES, str(before.id_of(kreivi))) if name in text]
        async with office(without_kafka) as again:
            assert (await again.bench.http.get("/v1/keys")).status_code == 200


async def test_whoever_reads_the_log_from_its_beginning_learns_of_an_erasure_by_the_id_alone(
    platform: Servers, database: str
) -> None:
    async with topics(platform) as prefix:
        settings = Settings(kafka=platform.kafka, postgres=SecretStr(database), topic_prefix=prefix)
        async with office(settings, ROLES) as opened:
            kreivi = await opened.client("kreivi")
            person = str(opened.id_of(kreivi))
            details = {"name": "Kreivi Dracula", "email": "kreivi@example.fi", "telephone": "+358 50 666 6666"}
            assert (await kreivi.post("/v1/contact-details", details)).status_code == 201
            assert (await kreivi.post("/v1/erasures", {})).status_code == 200
            await sent(opened)
            await caught_up(opened)
            there = await ends(settings)
        consumer = AIOKafkaConsumer(bootstrap_servers=platform.kafka, auto_offset_reset="earliest")
        async with consumer:
            consumer.assign([TopicPartition(settings.topic(PEOPLE_EVENTS.name), n) for n in there])
            records: list[Any] = []
            while len(records) < sum(there.values()):
                for found in (await consumer.getmany(timeout_ms=200)).values():
                    records += found
        last = {record.key: record for record in records}[person.encode()]
        assert last.value is not None
        assert read(last.value).type == "omatoimi.person.erased.v1"
        told = b"".join(record.value or b"" for record in records)
        assert not [word for word in (b"Kreivi", b"example.fi", b"+358") if word in told]
