"""Bookings are asked for at a fixed rate over HTTP, and a reader asks for the figure of confirmed bookings, over and
over: how long after its answer does a booking stand in the figure.

All bookings are on one day of their own, so the figure of that day counts them and nothing else. All are confirmed:
each takes half an hour of its own in one of the rooms. The k-th answered booking stands in the figure once that says k.

Asked for: booking and analytics (ports), key, rate, seconds, day.
"""

import asyncio
import json
import time
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import uvloop

from tests.load.http import Connection, request
from tests.load.programs import arguments, tell
from tests.load.town import ROOMS, name_of

CLIENTS = 32
HALVES = 44
"""The half hours in which bookings lie: within one local day, in winter and in summer."""
PATIENCE = 20.0
"""Seconds that the reader goes on after the last booking was answered."""


async def main(asked: dict[str, Any]) -> None:
    day = date.fromisoformat(asked["day"])
    number = int(asked["rate"] * asked["seconds"])
    assert number <= ROOMS * HALVES, f"one day holds {ROOMS * HALVES} bookings"
    answered: list[float] = []
    seen: list[tuple[float, int]] = []
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(CLIENTS):
        idle.put_nowait(await Connection.to("127.0.0.1", asked["booking"]))

    async def book(n: int) -> None:
        hour, half = divmod(n // ROOMS, 2)
        start = f"{day.isoformat()}T{hour:02}:{30 * half:02}:00+02:00"
        end_hour, end_half = divmod(n // ROOMS + 1, 2)
        slot = {"start": start, "end": f"{day.isoformat()}T{end_hour:02}:{30 * end_half:02}:00+02:00"}
        body = {"space": name_of(n % ROOMS), "slot": slot}
        headers = {"Idempotency-Key": str(uuid4())}
        connection = await idle.get()
        status, said = await connection.ask(request("POST", "/v1/bookings", asked["key"], body, **headers))
        answered.append(time.perf_counter())
        idle.put_nowait(connection)
        if status != 201:
            raise SystemExit(f"answered with {status}: {said.decode()}")

    async def keep_looking() -> None:
        connection = await Connection.to("127.0.0.1", asked["analytics"])
        period = f"from={day.isoformat()}&to={(day + timedelta(days=1)).isoformat()}"
        look = request("GET", f"/v1/figures/M01?{period}", asked["key"])
        while (seen[-1][1] if seen else 0) < number:
            status, said = await connection.ask(look)
            if status != 200:
                raise SystemExit(f"the figure was answered with {status}: {said.decode()}")
            seen.append((time.perf_counter(), int(json.loads(said)["figure"]["whole"]["numerator"] or 0)))
            if len(answered) == number and time.perf_counter() > answered[-1] + PATIENCE:
                raise SystemExit(f"{number} bookings were answered, the figure says {seen[-1][1]}")

    looking = asyncio.create_task(keep_looking())
    begun, asking = time.perf_counter(), []
    for n in range(number):
        await asyncio.sleep(max(0.0, begun + n / asked["rate"] - time.perf_counter()))
        asking.append(asyncio.create_task(book(n)))
    await asyncio.gather(*asking)
    booked = time.perf_counter() - begun
    await looking
    looks = iter(seen)
    at, said = next(looks)
    waits = []
    for rank, moment in enumerate(sorted(answered), start=1):
        while said < rank:
            at, said = next(looks)
        waits.append(max(0.0, at - moment))
    waits.sort()
    tell(
        rate=number / booked,
        p50=1000 * waits[len(waits) // 2],
        p99=1000 * waits[len(waits) * 99 // 100],
        longest=1000 * waits[-1],
        looks=len(seen) / (seen[-1][0] - seen[0][0]) if len(seen) > 1 else 0.0,
    )


if __name__ == "__main__":
    uvloop.run(main(arguments()))
