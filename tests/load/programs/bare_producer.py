"""The client alone, idempotent and with acks from all: what a relay would be without a database.

Asked for: kafka, topic, records, gathered (so many sends, then wait for them; none: wait for all at the end), and
batch_bytes (what it sends to a partition at once; none: as the client comes).
"""

import asyncio
import time
from typing import Any

import uvloop
from aiokafka import AIOKafkaProducer

from tests.load.events import confirmed
from tests.load.programs import arguments, collect_rarely, tell

HEADERS = [("content-type", b"application/cloudevents+json")]
FIRST = 1000


async def main(asked: dict[str, Any]) -> None:
    events = list(confirmed(asked["records"]))
    settings = {"max_batch_size": asked["batch_bytes"]} if asked["batch_bytes"] else {}
    async with AIOKafkaProducer(
        bootstrap_servers=asked["kafka"], enable_idempotence=True, acks="all", max_request_size=1_048_576, **settings
    ) as producer:

        async def send(some: list[tuple[bytes, bytes]]) -> None:
            futures = [await producer.send(asked["topic"], value, key=key, headers=HEADERS) for key, value in some]
            await asyncio.gather(*futures)

        await send(events[:FIRST])  # connections are made and metadata is fetched
        size = asked["gathered"] or len(events)
        collect_rarely()
        begun = time.perf_counter()
        for start in range(FIRST, len(events), size):
            await send(events[start : start + size])
        tell(rate=(len(events) - FIRST) / (time.perf_counter() - begun))


if __name__ == "__main__":
    uvloop.run(main(arguments()))
