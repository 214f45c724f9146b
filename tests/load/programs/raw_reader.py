"""aiokafka alone reads the topic, validates each record as the worker does, and commits after each fetch.

Asked for: kafka, topic, records (how many the topic holds).
"""

import time
from typing import Any
from uuid import uuid4

import uvloop
from aiokafka import AIOKafkaConsumer
from chassis import Settings
from chassis.positions import FETCH_BYTES
from omatoimi_contracts.codec import read

from tests.load.programs import arguments, collect_rarely, tell


async def main(asked: dict[str, Any]) -> None:
    consumer = AIOKafkaConsumer(
        asked["topic"], bootstrap_servers=asked["kafka"], group_id=f"raw-{uuid4()}", auto_offset_reset="earliest",
        enable_auto_commit=False, max_partition_fetch_bytes=FETCH_BYTES, isolation_level="read_committed",
    )  # fmt: skip
    poll = Settings().poll_records
    collect_rarely()
    async with consumer:
        got, warm, begun = 0, 0, 0.0
        while got < asked["records"]:
            found = await consumer.getmany(timeout_ms=1000, max_records=poll)
            for records in found.values():
                for record in records:
                    read(record.value, record.headers)
                got += len(records)
            if found:
                await consumer.commit()
            if found and not warm:
                warm, begun = got, time.perf_counter()
        tell(rate=(got - warm) / (time.perf_counter() - begun), records=got)


if __name__ == "__main__":
    uvloop.run(main(arguments()))
