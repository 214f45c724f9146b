"""The outbox goes to Kafka."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import asyncpg
from chassis.relay import BATCH, BATCH_BYTES
from omatoimi_contracts.topics import BOOKING_EVENTS

from tests.alone.place import Surroundings
from tests.load import program
from tests.load.events import confirmed
from tests.load.findings import Finding, Goal, Profile, check, ratio
from tests.load.ground import PATIENCE, place_of
from tests.load.run import Run
from tests.waiting import until

SETTING = f"""
The relay of booking, a process of its own, sends an outbox of confirmed bookings (some 900 bytes each) in order: read
from PostgreSQL {BATCH} at a time, sent by an idempotent producer with acks from all, flagged as sent while the next are
sent. Beside it the same events by the same producer without a database: as the client comes, once in batches of {BATCH}
that are waited for, once streamed; and streamed with as large batches a partition as the relay has. Beside it too
faststream-outbox from a table of its own, with one worker (in order) and with eight (the order is lost).
faststream-outbox deletes what it has sent; ours keeps it for thirty days. The first batch is not counted for anybody.
"""

RATE = """
select count(*) filter (where published_at > first) / extract(epoch from max(published_at) - min(published_at))
from chassis.outbox, (select min(published_at) as first from chassis.outbox) f
"""


async def bench(run: Run) -> Finding:
    async with place_of(run.platform) as place:
        await place.create_database("booking")
        with place.run("booking", "relay") as first:
            await first.ready(PATIENCE)  # the tables are there
        peer = await run.platform.create_database()
        to = {"kafka": run.platform.kafka, "topic": place.prefix + BOOKING_EVENTS.name}
        many, few = run.scaled(40_000, 4_000), run.scaled(4_000, 400)
        profiles: dict[str, Profile] = {}

        async def ours(_: int) -> dict[str, Any]:
            return await relayed(place, many)

        async def bare(gathered: int | None = None, batch_bytes: int | None = None) -> dict[str, Any]:
            asked = {**to, "records": many, "gathered": gathered, "batch_bytes": batch_bytes}
            return await program.run("bare_producer", asked)

        async def theirs(workers: int) -> dict[str, Any]:
            asked = {**to, "postgres": peer, "records": few, "workers": workers}
            return await program.run("outbox_peer", asked, peer=True)

        turns = await run.alternate(
            {
                "relay": ours,
                "bare, waited for": lambda _: bare(gathered=BATCH),
                "bare, streamed": lambda _: bare(),
                "bare, large batches": lambda _: bare(batch_bytes=BATCH_BYTES),
                "faststream-outbox": lambda _: theirs(workers=1),
                "faststream-outbox, 8 workers": lambda _: theirs(workers=8),
            }
        )
        if run.profile:
            profiles["the relay"] = await profile(run, place, 3 * many)
        await run.platform.drop_database(peer)
    relay = turns.figure("relay", "relay")
    waited = turns.figure("bare, waited for", f"bare idempotent producer, {BATCH} at a time")
    streamed = turns.figure("bare, streamed", "bare idempotent producer, streamed")
    large = turns.figure("bare, large batches", "bare idempotent producer, streamed, batches as large as the relay's")
    outbox = turns.figure("faststream-outbox", "faststream-outbox, in order")
    unordered = turns.figure("faststream-outbox, 8 workers", "faststream-outbox, 8 workers, order lost")
    return Finding(
        "relay",
        "Relay",
        SETTING,
        ratios=[
            ratio("relay beside faststream-outbox", relay, outbox, Goal(10)),
            ratio("relay beside the bare idempotent producer, as many at a time", relay, waited, Goal(0.8)),
            ratio("relay beside the bare idempotent producer, streamed", relay, streamed, Goal(0.8)),
            ratio("relay beside the bare idempotent producer, streamed in as large batches", relay, large),
            ratio("relay beside faststream-outbox with 8 workers, order lost", relay, unordered),
        ],
        figures=[relay, waited, streamed, large, outbox, unordered],
        bars=[relay],
        peers=[waited, streamed, large, outbox, unordered],
        profiles=profiles,
    )


async def relayed(place: Surroundings, records: int) -> dict[str, Any]:
    """Let the relay send so many, and see that so many stand on the topic."""
    conn = await asyncpg.connect(place.dsn("booking"))
    try:
        await _fill(conn, records)
        before = await _on_topic(place)
        with place.run("booking", "relay") as relay:
            await _all_sent(conn)
            await relay.terminate(PATIENCE)
        sent = await _on_topic(place) - before
        check(sent == records, f"{records} events were to be relayed, {sent} stand on the topic")
        return {"rate": float(await conn.fetchval(RATE))}
    finally:
        await conn.close()


async def profile(run: Run, place: Surroundings, records: int) -> Profile:
    conn = await asyncpg.connect(place.dsn("booking"))
    try:
        with place.run("booking", "relay") as relay:
            await relay.ready(PATIENCE)
            await _fill(conn, records)
            return await run.profiled(relay.pid, _all_sent(conn))
    finally:
        await conn.close()


async def _fill(conn: "asyncpg.Connection[asyncpg.Record]", records: int) -> None:
    now = datetime.now(UTC)
    rows: Iterable[tuple[Any, ...]] = (
        (BOOKING_EVENTS.name, key.decode(), value, now) for key, value in confirmed(records)
    )
    await conn.execute("truncate chassis.outbox")
    columns = ("topic", "key", "value", "created_at")
    await conn.copy_records_to_table("outbox", schema_name="chassis", columns=columns, records=rows)
    await conn.execute("analyze chassis.outbox")


async def _all_sent(conn: "asyncpg.Connection[asyncpg.Record]") -> None:
    async def sent() -> bool:
        return not await conn.fetchval("select exists (select from chassis.outbox where published_at is null)")

    await until(sent, "everything is sent", within=PATIENCE)


async def _on_topic(place: Surroundings) -> int:
    return sum((await place.log.ends(BOOKING_EVENTS.name)).values())
