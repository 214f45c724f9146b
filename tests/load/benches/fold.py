"""The ledger reads the event topics and folds them into facts."""

import asyncio
import pickle
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaProducer
from analytics.domain.entries import Entry, doubled
from analytics.handlers.log import TOPICS, read
from chassis.worker import Record

from tests.alone.place import Surroundings
from tests.load import neighbourhood, program
from tests.load.consuming import Consuming
from tests.load.findings import Finding, Goal, MeasuredFigure, Profile, check, ratio
from tests.load.ground import PATIENCE, place_of
from tests.load.run import Run

SETTING = """
The worker of analytics reads a log of a year in a neighbourhood (bookings with what became of them, tasks, visits,
searches, notices, decisions, feedback; one in a hundred a copy, one in a thousand no event) from its beginning into an
empty database: each record validated, classed, written into the ledger and folded into facts, the offset with it, in
transactions of up to 5,000. Beside it COPY alone: the same rows, classed before, into a table like the ledger with its
indexes, in transactions as large, by a process that does nothing else.
"""

NAMES = [topic.name for topic in TOPICS]
ANEW = "drop schema if exists chassis, analytics, facts cascade"
CLASSES = "select class, count(*) from analytics.ledger group by class"


async def bench(run: Run) -> Finding:
    async with place_of(run.platform) as place:
        await place.create_database("analytics")
        run.say("the log is made")
        records = neighbourhood.log(run.scaled(50_000, 2_000))
        await put(place, records)
        entries = classed(records)
        rows = place.folder / "entries.pickle"
        rows.write_bytes(pickle.dumps([tuple(one) for one in entries]))

        async def fold(_: int) -> dict[str, Any]:
            return await folded(place, entries)

        async def copy(_: int) -> dict[str, Any]:
            told = await program.run("copying", {"postgres": place.dsn("analytics"), "entries": str(rows)})
            check(told["rows"] == len(entries), f"{len(entries)} rows were to be copied, {told['rows']} are there")
            return told

        turns = await run.alternate({"fold": fold, "COPY": copy})
        profiles: dict[str, Profile] = {}
        if run.profile:
            profiles["the worker of analytics"] = await profile(run, place, len(records))
    ours = turns.figure("fold", "records folded by the worker", goal=Goal(20_000))
    alone = turns.figure("COPY", "COPY alone of the same rows")
    return Finding(
        "fold",
        "The ledger's fold",
        SETTING,
        ratios=[ratio("the fold beside COPY alone of the same rows", ours, alone)],
        figures=[ours, alone, MeasuredFigure("records in the log", "", [len(records)])],
        bars=[ours],
        peers=[alone],
        profiles=profiles,
    )


async def put(place: Surroundings, records: Sequence[Record]) -> None:
    """The log on its topics, in its order."""
    async with AIOKafkaProducer(
        bootstrap_servers=place.platform.kafka, acks="all", enable_idempotence=True
    ) as producer:
        # By a few keys: what concerns one room or subject need not be in order for the ledger.
        sent = [
            await producer.send(place.prefix + r.topic, r.value, key=b"%d" % (n % 24)) for n, r in enumerate(records)
        ]
        await asyncio.gather(*sent)


def classed(records: Sequence[Record]) -> list[Entry]:
    """The rows of the ledger that the records become."""
    known: set[tuple[str | None, UUID]] = set()
    entries = []
    for r in records:
        one = read(r)
        entries.append(doubled(one) if (one.source, one.id) in known else one)
        if one.id is not None:
            known.add((one.source, one.id))
    return entries


async def anew(place: Surroundings) -> None:
    """Nothing was ever read."""
    conn = await asyncpg.connect(place.dsn("analytics"))
    try:
        await conn.execute(ANEW)
    finally:
        await conn.close()


async def folded(place: Surroundings, entries: Sequence[Entry]) -> dict[str, Any]:
    """Let the worker read all of it, and see that each record ended in the class that it must."""
    await anew(place)
    async with Consuming.of(place.dsn("analytics"), *NAMES) as consuming:
        with place.run("analytics", "worker") as worker:
            rate = await consuming.rate(len(entries))
            await worker.terminate(PATIENCE)
    found = {row["class"]: row["count"] for row in await place.fetch("analytics", CLASSES)}
    wanted = Counter(one.class_ for one in entries)
    check(found == wanted, f"not every record is in its class: {found}, not {dict(wanted)}")
    return {"rate": rate}


async def profile(run: Run, place: Surroundings, records: int) -> Profile:
    await anew(place)
    async with Consuming.of(place.dsn("analytics"), *NAMES) as consuming:
        with place.run("analytics", "worker") as worker:
            await consuming.until(1)
            return await run.profiled(worker.pid, consuming.until(records))
