"""The client alone, idempotent and with acks from all: what a relay would be without a database.

Asked for: kafka, topic, records, gathered (true: a thousand sends, then wait for them, as a relay must before it marks;
false: wait for all at the end).
"""

import asyncio
import time
from typing import Any

import uvloop
from aiokafka import AIOKafkaProducer

from tests.load.events import confirmed
from tests.load.programs import arguments, collect_rarely, tell

HEADERS = [("content-type", b"application/cloudevents+json")]
BATCH = 1000


async def main(asked: dict[str, Any]) -> None:
    events = list(confirmed(asked["records"]))
    async with AIOKafkaProducer(
        bootstrap_servers=asked["kafka"], enable_idempotence=True, acks="all", max_request_size=1_048_576
    ) as producer:

        async def send(some: list[tuple[bytes, bytes]]) -> None:
            futures = [await producer.send(asked["topic"], value, key=key, headers=HEADERS) for key, value in some]
            await asyncio.gather(*futures)

        await send(events[:BATCH])  # connections are made and metadata is fetched
        size = BATCH if asked["gathered"] else len(events)
        collect_rarely()
        begun = time.perf_counter()
        for start in range(BATCH, len(events), size):
            await send(events[start : start + size])
        tell(rate=(len(events) - BATCH) / (time.perf_counter() - begun))


if __name__ == "__main__":
    uvloop.run(main(arguments()))
