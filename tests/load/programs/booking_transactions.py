"""Booking's own transactions without the endpoint before them: no HTTP, no Kafka, the same rooms and the same handler.

Asked for: postgres, seed, first, window, and either
`records` and `partitions`: requests as they stand on the topic, in transactions as large as the worker's; or
`callers` and `seconds`: one request a call, so many calls at once.
"""

import asyncio
import time
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any
from zlib import crc32

import booking.main
import uvloop
from chassis import Request, Service, Settings, ask
from chassis.batch import apply_batch
from chassis.database import Connection
from chassis.registry import BUDGET
from chassis.worker import Record
from omatoimi_contracts.catalogue import event_model
from omatoimi_contracts.event import RequestEvent
from omatoimi_contracts.requests import BookingRequested
from omatoimi_contracts.topics import BOOKING_REQUESTS
from pydantic import SecretStr
from uuid_utils.compat import uuid7

from tests.kits.chassis import proved
from tests.load.ground import STAFF, records
from tests.load.programs import arguments, collect_rarely, tell
from tests.load.town import BookingAttempt, name_of, wishes

WARM_UP = 5
"""Transactions at the beginning that are not counted."""


async def no_fence(_: Connection) -> None:
    return None


async def batches(service: Service, asked: dict[str, Any]) -> None:
    partitions: list[list[Record]] = [[] for _ in range(asked["partitions"])]
    for n, (key, value) in enumerate(islice(records(asked), asked["records"])):
        partition = crc32(key) % asked["partitions"]
        partitions[partition].append(Record(BOOKING_REQUESTS.name, partition, n, 0, key, value, tuple(proved(value))))
    cut = [part[at : at + BUDGET] for part in partitions for at in range(0, len(part), BUDGET)]
    for batch in cut[:WARM_UP]:
        await apply_batch(service, batch, no_fence)
    collect_rarely()
    begun = time.perf_counter()
    for batch in cut[WARM_UP:]:
        await apply_batch(service, batch, no_fence)
    tell(rate=sum(map(len, cut[WARM_UP:])) / (time.perf_counter() - begun), size=asked["records"] / len(cut))


def request(wish: BookingAttempt) -> Request[Any]:
    slot = {"start": wish.start, "end": wish.end}
    event = event_model(BookingRequested).model_validate(
        {"id": uuid7(), "source": STAFF.channel.source, "type": BookingRequested.TYPE, "time": datetime.now(UTC)}
        | {"data": {"space": name_of(wish.room), "slot": slot}, "language": "fi"}
    )
    assert isinstance(event, RequestEvent)
    return Request(event, STAFF)


async def calls(service: Service, asked: dict[str, Any]) -> None:
    wanted = wishes(asked["seed"], date.fromisoformat(asked["first"]), asked["window"])
    waits: list[float] = []
    await ask(service, request(next(wanted)))
    collect_rarely()
    begun = time.perf_counter()
    ends = begun + asked["seconds"]

    async def keep_asking() -> None:
        while (asked_at := time.perf_counter()) < ends:
            await ask(service, request(next(wanted)))
            waits.append(time.perf_counter() - asked_at)

    await asyncio.gather(*(keep_asking() for _ in range(asked["callers"])))
    took = time.perf_counter() - begun
    waits.sort()
    tell(
        asked=len(waits) + 1,
        rate=len(waits) / took,
        p50=1000 * waits[len(waits) // 2],
        p99=1000 * waits[len(waits) * 99 // 100],
    )


async def main(asked: dict[str, Any]) -> None:
    service = booking.main.service(Settings(postgres=SecretStr(asked["postgres"])))
    await service.connect()
    try:
        await (batches if "records" in asked else calls)(service, asked)
    finally:
        await service.disconnect()


if __name__ == "__main__":
    uvloop.run(main(arguments()))
