"""Somebody books a room over HTTP and waits for the answer."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from omatoimi_contracts.topics import BOOKING_REQUESTS

from tests.kits.process import Process
from tests.load import program
from tests.load.benches.worker import put
from tests.load.consuming import Consuming, transaction_size
from tests.load.findings import Finding, Goal, MeasuredFigure, Profile, check, ratio
from tests.load.ground import PATIENCE, LoadedRooms, place_of, town
from tests.load.run import Run

SETTING = """
`POST /v1/bookings` at one process of booking's API, over loopback, by 8 and by 32 clients that each ask, wait and ask
again: any of 200 rooms, any half hour of 18 days, half an hour to two hours; some are taken already, and the refusal
names what is free instead. Before each answer stands a commit (`synchronous_commit` on) of the booking, its claims, its
event in the outbox and its outcome; who asks at the same time shares a transaction. The clients run in one process of
their own, which shares the cores with the API and PostgreSQL.

Beside it `libres` on the same PostgreSQL: `reserve`, `approve_reservations` and `commit`, called in Python by as many
processes, without HTTP, channels, rules, events or outcomes; the same wishes over the same rooms and half hours, and
empty books at the beginning of each round. What it rolls back for a serialization failure it tries again, up to ten
times. Beside it too, booking's own transactions without HTTP, asked for by as many tasks in one process.

Then 8 clients again while booking's worker drains its request topic beside them.
"""

BACKLOG = 8_000
"""Requests put on the topic in one window, and as many in another: enough to last longer than the clients."""


async def bench(run: Run) -> Finding:
    async with place_of(run.platform) as place, town(place) as rooms:
        peer = await run.platform.create_database()
        seconds = run.scaled(4, 1)
        run.say("libres makes what may be reserved")
        books = rooms.window()
        await program.run("libres_booking", books | {"dsn": peer, "allocate": True}, peer=True)
        with place.run("booking", "api") as api:
            await api.ready(PATIENCE)

            def over_http(clients: int) -> Callable[[int], Awaitable[dict[str, Any]]]:
                return lambda _: book(rooms, api, clients, seconds)

            def without_http(callers: int) -> Callable[[int], Awaitable[dict[str, Any]]]:
                return lambda _: call(rooms, callers, seconds)

            def by_libres(clients: int) -> Callable[[int], Awaitable[dict[str, Any]]]:
                asked = books | {"dsn": peer, "clients": clients, "seconds": seconds}
                return lambda number: program.run("libres_booking", asked | {"round": number}, peer=True)

            async def beside_the_worker(_: int) -> dict[str, Any]:
                return await drained(run, rooms, api, seconds)

            turns = await run.alternate(
                {
                    "8 clients": over_http(8),
                    "libres, 8 clients": by_libres(8),
                    "without HTTP, 8 callers": without_http(8),
                    "32 clients": over_http(32),
                    "libres, 32 clients": by_libres(32),
                    "8 clients, topic drained": beside_the_worker,
                }
            )
            profiles: dict[str, Profile] = {}
            if run.profile:
                profiles["the API with 8 clients"] = await run.profiled(api.pid, book(rooms, api, 8, seconds))
            await rooms.account()
        await run.platform.drop_database(peer)

    few = turns.figure("8 clients", "booking over HTTP, 8 clients")
    many = turns.figure("32 clients", "booking over HTTP, 32 clients")
    libres_few = turns.figure("libres, 8 clients", "libres, 8 clients")
    libres_many = turns.figure("libres, 32 clients", "libres, 32 clients")
    bare = turns.figure("without HTTP, 8 callers", "the same transaction without HTTP, 8 callers")
    busy = turns.figure("8 clients, topic drained", "booking over HTTP, 8 clients, while the topic is drained")
    drain = turns.figure("8 clients, topic drained", "requests of the topic decided meanwhile", "drained")

    def p99(name: str, goal: Goal | None = None) -> MeasuredFigure:
        return turns.figure(name, f"p99 of booking over HTTP, {name}", "p99", "ms", goal)

    return Finding(
        "booking",
        "Booking over HTTP",
        SETTING,
        ratios=[
            ratio("booking over HTTP beside libres, 8 clients", few, libres_few, Goal(10)),
            ratio("booking over HTTP beside libres, 32 clients", many, libres_many, Goal(10)),
            ratio("booking over HTTP beside the same transaction without HTTP, 8 clients", few, bare),
        ],
        figures=[
            MeasuredFigure(few.what, few.unit, few.values, Goal(700)),
            MeasuredFigure(many.what, many.unit, many.values, Goal(700)),
            bare, libres_few, libres_many,
            p99("8 clients", Goal(50, below=True)),
            p99("8 clients, topic drained", Goal(50, below=True)),
            p99("32 clients"),
            turns.figure("8 clients", "p50 of booking over HTTP, 8 clients", "p50", "ms"),
            turns.figure("libres, 8 clients", "p99 of libres, 8 clients", "p99", "ms"),
            turns.figure("libres, 8 clients", "given up by libres after ten tries, 8 clients", "lost", ""),
            turns.figure("libres, 32 clients", "given up by libres after ten tries, 32 clients", "lost", ""),
            busy, drain,
            turns.figure("8 clients, topic drained", "requests in one transaction of the worker", "size", ""),
            turns.figure("32 clients", "asked to come again (503), 32 clients", "asked_again", ""),
            turns.figure("8 clients", "share of a core that the 8 clients took", "client_share", ""),
        ],
        bars=[few, many, bare],
        peers=[libres_few, libres_many],
        profiles=profiles,
    )  # fmt: skip


async def book(rooms: LoadedRooms, api: Process, clients: int, seconds: int) -> dict[str, Any]:
    """Let clients book over HTTP, in days that nobody has asked for yet."""
    port = int(api.http.rpartition(":")[2])
    asked = {"host": "127.0.0.1", "port": port, "key": rooms.key, "clients": clients, "seconds": seconds}
    told = await program.run("booking_clients", asked | rooms.window())
    rooms.asked += told["confirmed"] + told["refused"]
    return told


async def call(rooms: LoadedRooms, callers: int, seconds: int) -> dict[str, Any]:
    """The same transaction, without HTTP before it."""
    asked = {"postgres": rooms.place.dsn("booking"), "callers": callers, "seconds": seconds}
    told = await program.run("booking_transactions", asked | rooms.window())
    rooms.asked += told["asked"]
    return told


async def drained(run: Run, rooms: LoadedRooms, api: Process, seconds: int) -> dict[str, Any]:
    """Book over HTTP while the worker drains the request topic; both rates are of the same time."""
    number = run.scaled(2 * BACKLOG, BACKLOG)
    async with Consuming.of(rooms.place.dsn("booking"), BOOKING_REQUESTS.name) as consuming:
        for _ in range(number // BACKLOG):
            await put(rooms, BACKLOG)
        with rooms.place.run("booking", "worker") as worker:
            await consuming.until(1)
            begun, before = time.perf_counter(), await consuming.read()
            told = await book(rooms, api, 8, seconds)
            meanwhile = (await consuming.read() - before) / (time.perf_counter() - begun)
            check(await consuming.read() < number, "the topic was drained before the clients had ended: a longer one")
            await consuming.until(number)
            await worker.terminate(PATIENCE)
    return told | {"drained": meanwhile, "size": transaction_size(worker, BOOKING_REQUESTS.name)}
