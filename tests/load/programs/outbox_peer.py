"""faststream-outbox relays the same events: its own table, its own subscriber, and an idempotent producer.

Asked for: postgres, kafka, topic, records, workers (one keeps the order). Runs in the peers' environment.
"""

import asyncio
import time
from typing import Any

from aiokafka import AIOKafkaProducer
from faststream_outbox import OutboxBroker, OutboxMessage, make_outbox_table
from sqlalchemy import MetaData, insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.load.events import confirmed
from tests.load.programs import arguments, collect_rarely, tell

HEADERS = [("content-type", b"application/cloudevents+json")]
WARM_UP = 100
"""Records at the beginning that are not counted."""
TABLE = make_outbox_table(MetaData(), table_name="outbox")


async def fill(engine: AsyncEngine, records: int) -> None:
    rows = [
        {"queue": "events", "payload": value, "headers": {"key": key.decode()}} for key, value in confirmed(records)
    ]
    async with engine.begin() as conn:
        await conn.run_sync(TABLE.metadata.drop_all)
        await conn.run_sync(TABLE.metadata.create_all)
        for start in range(0, len(rows), 1000):
            await conn.execute(insert(TABLE), rows[start : start + 1000])


async def itself(message: OutboxMessage) -> OutboxMessage:
    """A decoder that looks at nothing: the bytes go on as they are."""
    return message


async def main(asked: dict[str, Any]) -> None:
    engine = create_async_engine(asked["postgres"].replace("postgresql://", "postgresql+asyncpg://"))
    await fill(engine, asked["records"])
    broker = OutboxBroker(engine, outbox_table=TABLE, apply_types=False, logger=None, decoder=itself)
    sent, done, begun = 0, asyncio.Event(), 0.0

    async with AIOKafkaProducer(bootstrap_servers=asked["kafka"], enable_idempotence=True, acks="all") as producer:
        # Settings with which research found it quick, and a larger fetch.
        @broker.subscriber(  # type: ignore[untyped-decorator]
            "events", max_workers=asked["workers"], fetch_batch_size=200, terminal_flush_batch_size=100,
            min_fetch_interval=0.01,
        )  # fmt: skip
        async def relay(message: OutboxMessage) -> None:
            nonlocal sent, begun
            key = message.headers["key"].encode()
            await producer.send_and_wait(asked["topic"], message.body, key=key, headers=HEADERS)
            sent += 1
            if sent == WARM_UP:
                begun = time.perf_counter()
            if sent == asked["records"]:
                done.set()

        collect_rarely()
        await broker.start()
        await done.wait()
        tell(rate=(asked["records"] - WARM_UP) / (time.perf_counter() - begun))
        await broker.stop()
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(arguments()))
