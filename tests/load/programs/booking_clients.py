"""Clients that book over HTTP: each asks, waits for its answer and asks again.

Asked for: host, port, key, clients, seconds, seed, first, window.
"""

import asyncio
import gc
import resource
import time
from collections import Counter
from datetime import date
from typing import Any
from uuid import uuid4

import uvloop

from tests.load.http import Connection, request
from tests.load.programs import arguments, tell
from tests.load.town import BookingAttempt, name_of, wishes

WARM_UP = 0.5
"""Seconds at the beginning that are not counted: connections are opened and statements prepared."""


def asking(wish: BookingAttempt, key: str) -> bytes:
    body = {
        "space": name_of(wish.room),
        "slot": {"start": wish.start.isoformat(), "end": wish.end.isoformat()},
    }
    return request("POST", "/v1/bookings", key, body, **{"Idempotency-Key": str(uuid4())})


async def main(asked: dict[str, Any]) -> None:
    wanted = wishes(asked["seed"], date.fromisoformat(asked["first"]), asked["window"])
    ready = [asking(next(wanted), asked["key"]) for _ in range(int(asked["seconds"] * 2500) + 500)]
    waits: list[float] = []
    statuses: Counter[int] = Counter()
    gc.freeze()
    gc.disable()
    connections = [await Connection.to(asked["host"], asked["port"]) for _ in range(asked["clients"])]
    begins = time.perf_counter() + WARM_UP
    ends = begins + asked["seconds"]

    async def keep_booking(connection: Connection) -> None:
        while (asked_at := time.perf_counter()) < ends:
            payload = ready.pop() if ready else asking(next(wanted), asked["key"])
            status, body = await connection.ask(payload)
            if status not in (201, 409):
                raise SystemExit(f"answered with {status}: {body.decode()}")
            statuses[status] += 1
            if asked_at >= begins:
                waits.append(time.perf_counter() - asked_at)

    busy_before = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    await asyncio.gather(*map(keep_booking, connections))
    took = time.perf_counter() - begins
    busy = sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) - busy_before
    waits.sort()
    tell(
        rate=len(waits) / took,
        p50=1000 * waits[len(waits) // 2],
        p99=1000 * waits[len(waits) * 99 // 100],
        longest=1000 * waits[-1],
        confirmed=statuses[201],
        refused=statuses[409],
        asked_again=sum(connection.asked_again for connection in connections),
        client_share=busy / (took + WARM_UP),
    )


if __name__ == "__main__":
    uvloop.run(main(arguments()))
