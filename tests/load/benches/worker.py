"""Records are applied: first nothing but read, then decided on."""

import asyncio
from itertools import islice
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer
from omatoimi_contracts.topics import BOOKING_EVENTS, BOOKING_REQUESTS

from tests.alone.place import Surroundings
from tests.kits.chassis import proved
from tests.load import program
from tests.load.consuming import Consuming, transaction_size
from tests.load.findings import Finding, Goal, Profile, ratio
from tests.load.ground import PATIENCE, LoadedRooms, place_of, records, town
from tests.load.run import Run

SETTING = """
First a worker that only reads: a topic of confirmed bookings goes to a service that takes none of them. Each record is
fetched by FastStream, validated against the contract and passed over, and the offset moves in PostgreSQL, with a
digest of the last record, once a transaction. Beside it aiokafka alone, which fetches as much at once, validates with
the same codec and commits to Kafka after each fetch.

Then booking's worker decides requests for 200 rooms from its topic, with nobody at its HTTP endpoint: locks, inbox, all
rules, claims, bookings, events and outcomes in transactions of at most 20, as it serves. Beside it the same requests in
transactions of the same size without Kafka, read from memory by a process of its own. What begins a measurement is not
counted for anybody.
"""

PASSING = "tests.load.programs.passing_reader"


async def bench(run: Run) -> Finding:
    async with place_of(run.platform) as place, town(place) as rooms:
        await place.create_database("passing")
        many, requests = run.scaled(60_000, 8_000), run.scaled(8_000, 600)
        log = {"kafka": run.platform.kafka, "topic": place.prefix + BOOKING_EVENTS.name, "records": many}
        await program.run("bare_producer", {**log, "gathered": None, "batch_bytes": None})
        profiles: dict[str, Profile] = {}

        async def only_reads(_: int) -> dict[str, Any]:
            return await read_all(place, many)

        async def raw(_: int) -> dict[str, Any]:
            return await program.run("raw_reader", log)

        async def decides(_: int) -> dict[str, Any]:
            return await decide_all(rooms, requests)

        async def without_kafka(_: int) -> dict[str, Any]:
            asked = {"postgres": place.dsn("booking"), "records": requests, "partitions": BOOKING_REQUESTS.partitions}
            rooms.asked += requests
            return await program.run("booking_transactions", asked | rooms.window())

        turns = await run.alternate(
            {"reading": only_reads, "raw": raw, "deciding": decides, "without Kafka": without_kafka}
        )
        if run.profile:
            profiles["the worker that only reads"] = await profile_reading(run, place, many)
            profiles["the worker that decides"] = await profile_deciding(run, rooms, 2 * requests)
        await rooms.account()
    reading = turns.figure("reading", "worker that only reads")
    raw_reading = turns.figure("raw", "raw aiokafka, same validation")
    deciding = turns.figure("deciding", "requests decided by the worker", goal=Goal(2000))
    alone = turns.figure("without Kafka", "the same transactions without Kafka")
    return Finding(
        "worker",
        "Worker",
        SETTING,
        ratios=[
            ratio("worker that only reads beside raw aiokafka, same validation", reading, raw_reading, Goal(0.9)),
            ratio("worker that decides beside the same transactions without Kafka", deciding, alone, Goal(0.7)),
        ],
        figures=[
            reading,
            raw_reading,
            deciding,
            alone,
            turns.figure("deciding", "requests in one transaction of the worker", "size", ""),
            turns.figure("without Kafka", "requests in one transaction without Kafka", "size", ""),
        ],
        bars=[reading, deciding],
        peers=[raw_reading, alone],
        profiles=profiles,
    )


async def read_all(place: Surroundings, records: int) -> dict[str, Any]:
    """Read the topic from its beginning, as a member that has never read it."""
    await forget(place)
    async with Consuming.of(place.dsn("passing"), BOOKING_EVENTS.name) as consuming:
        with place.run(PASSING, "worker") as worker:
            rate = await consuming.rate(records)
            await worker.terminate(PATIENCE)
    return {"rate": rate}


async def forget(place: Surroundings) -> None:
    """Let the reader begin anew."""
    conn = await asyncpg.connect(place.dsn("passing"))
    try:
        await conn.execute("drop schema if exists chassis cascade; drop schema if exists passing cascade")
    finally:
        await conn.close()


async def decide_all(rooms: LoadedRooms, number: int) -> dict[str, Any]:
    """Put requests on the topic, and let the worker decide them."""
    async with Consuming.of(rooms.place.dsn("booking"), BOOKING_REQUESTS.name) as consuming:
        await put(rooms, number)
        with rooms.place.run("booking", "worker") as worker:
            rate = await consuming.rate(number)
            await worker.terminate(PATIENCE)
    return {"rate": rate, "size": transaction_size(worker, BOOKING_REQUESTS.name)}


async def put(rooms: LoadedRooms, number: int) -> None:
    """Requests on the topic, as channels put them there."""
    rooms.asked += number
    topic = rooms.place.prefix + BOOKING_REQUESTS.name
    async with AIOKafkaProducer(bootstrap_servers=rooms.place.platform.kafka, acks="all") as producer:
        window = rooms.window()
        asked = islice(records(window), number)
        sent = [await producer.send(topic, value, key=key, headers=proved(value)) for key, value in asked]
        await asyncio.gather(*sent)


async def profile_reading(run: Run, place: Surroundings, records: int) -> Profile:
    await forget(place)
    async with Consuming.of(place.dsn("passing"), BOOKING_EVENTS.name) as consuming:
        with place.run(PASSING, "worker") as worker:
            await consuming.until(1)
            return await run.profiled(worker.pid, consuming.until(records))


async def profile_deciding(run: Run, rooms: LoadedRooms, number: int) -> Profile:
    async with Consuming.of(rooms.place.dsn("booking"), BOOKING_REQUESTS.name) as consuming:
        await put(rooms, number)
        with rooms.place.run("booking", "worker") as worker:
            await consuming.until(1)
            return await run.profiled(worker.pid, consuming.until(number))
