"""When an installation has example content: from its first start, or when it is asked for before anything real is
there. There is one for good.

The process that fills it in is kept running beside the services until it is all there.
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from chassis import Service, demo
from chassis.clock import pause
from omatoimi_platform.errors import PlatformError

from omatoimi_example import start_content
from omatoimi_example.calendar import HELSINKI
from omatoimi_example.fill import PERCENT

log = logging.getLogger("omatoimi")

SEED = 2014
VARIABLE = "OMATOIMI_DEMO"
TRIES, PAUSE_SECONDS = 5, 5.0
LOOK_SECONDS = 0.05

ANYTHING_REAL = """
select exists (
    select from chassis.inbox where outcome is not null and source not like '%/demo' and id <> all($1::uuid[])
)
"""
"""Whether anybody has asked for anything; only requests have an outcome."""
REQUESTS = "select count(*) from chassis.inbox where outcome is not null"


def today() -> date:
    return datetime.now(HELSINKI).date()


async def at_first_start(services: Iterable[Service]) -> demo.Demo | None:
    """Let an installation in which nothing has happened yet have its example content, unless `OMATOIMI_DEMO` is `no`;
    returns what it has, or had."""
    known, day = list(services), _wanted()
    if day and not any([await _is_known(service) for service in known]):
        await _begin(known, SEED, day)
    return await _look(known[0])


def _wanted() -> date | None:
    """Tell what `OMATOIMI_DEMO` says: `no`, `yes` (up to today), or the day up to which. Raises PlatformError when it
    is none of them."""
    said = os.environ.get(VARIABLE) or "yes"
    if said in ("yes", "no"):
        return today() if said == "yes" else None
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise PlatformError(f"{VARIABLE}={said} is neither yes nor no, nor a day.") from None


async def on_demand(services: Iterable[Service], seed: int, day: date) -> demo.Demo:
    """Let a running installation have it, or go on with what was begun. Raises PlatformError when it has had it, and
    when something real is there."""
    known = list(services)
    if day > today():
        raise PlatformError(f"{day} has not come yet: example content is made up to a day that has.")
    if await _look(known[0]) is None:
        for service in known:
            if await service.pool.fetchval(ANYTHING_REAL, start_content.ids()):
                raise PlatformError(
                    "There is something real in this installation, which example content would be mixed with: "
                    "make another one beside it, with OMATOIMI_HOME and OMATOIMI_PORT."
                )
    try:
        return await _begin(known, seed, day)
    except demo.DemoRefused as sentence:
        raise PlatformError(str(sentence)) from None


async def keep_filling(program: str, kafka: str, addresses: Mapping[str, str]) -> None:
    """Run the process that fills it in (the module `program`, which calls `fill.main`) until it is done; one that ends
    otherwise is begun again."""
    for _ in range(TRIES):
        code = await _fill(program, json.dumps({"kafka": kafka, "addresses": dict(addresses)}).encode() + b"\n")
        if code == 0:
            return
        log.warning("the example content is not all there (status %s); it is gone on with", code)
        await asyncio.sleep(PAUSE_SECONDS)
    log.error("the example content could not be filled in; the next start goes on with it")


async def rooms_are_there(booking: Service, filling: "asyncio.Task[None]", stop: asyncio.Event) -> None:
    """Wait until the rooms are registered, which the filling does first: whoever is told the address may book at once.
    It ends without them when the filling is given up, or `stop` is set."""
    wanted = len(start_content.content()["booking"])
    while not filling.done() and not stop.is_set():
        if await booking.pool.fetchval(REQUESTS) >= wanted:
            return
        await pause(LOOK_SECONDS, stop)


async def _fill(program: str, told: bytes) -> int:
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", program, stdin=asyncio.subprocess.PIPE)
    assert child.stdin is not None
    try:
        child.stdin.write(told)
        return await child.wait()
    finally:
        # The end of its input tells it to end, should this process go without a word.
        if child.returncode is None:
            child.terminate()
            await child.wait()


async def _begin(services: Iterable[Service], seed: int, day: date) -> demo.Demo:
    """Say in each service's database that it fills in; what the first one, booking, says is gone by."""
    begun: demo.Demo | None = None
    for service in services:
        async with service.pool.acquire() as conn:
            here = await demo.begin(conn, begun.seed if begun else seed, begun.day if begun else day, PERCENT)
        service.demo = here
        begun = begun or here
    assert begun is not None
    return begun


async def _is_known(service: Service) -> bool:
    return bool(await service.pool.fetchval("select exists (select from chassis.inbox)"))


async def _look(service: Service) -> demo.Demo | None:
    async with service.pool.acquire() as conn:
        return await demo.look(conn)
