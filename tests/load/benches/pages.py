"""Somebody opens a page of the public shell, with a hundred thousand bookings in place."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import booking.main
import httpx
from chassis import Settings
from lxml import html
from omatoimi.installation import temporary
from pydantic import SecretStr

from tests.at_rest import at_rest
from tests.load import program
from tests.load.findings import Finding, Goal, MeasuredFigure, check, ratio
from tests.load.ground import SEED, register
from tests.load.http import Connection
from tests.load.run import Run
from tests.load.town import WINDOWS
from tests.waiting import until

SETTING = """
An installation as `make run` starts it, all of it in one process beside its own Apache Kafka and PostgreSQL, with 200
rooms of a second library and {bookings:,} bookings of theirs within a year, all told to analytics too. One client asks
for each page in turn, over loopback, on one connection: what is told is the time to the whole answer, which comes at
once, of the page and, beside it, of what the page shows most of as its service's API tells it. `/my` is the page of
somebody who has signed in.
"""
PAGES = {
    "/": "/booking/v1/today?unit=vallila",
    "/rooms": "/booking/v1/free?unit=vallila&from={day}&minutes=60",
    "/rooms/kerhohuone": "/booking/v1/free?unit=vallila&from={day}&minutes=60&days=7",
    "/notices/": "/notices/v1/notices",
    "/decisions/": "/decisions/v1/decisions?unit=vallila",
    "/analytics/": "/analytics/v1/figures",
    "/my": "/booking/v1/spaces",
}
"""Each page, and beside it the resource of the service that it asks most of."""
BELOW = Goal(100, below=True)
CALLERS, SECONDS = 8, 5


async def bench(run: Run) -> Finding:
    wanted = run.scaled(100_000, 1_000)
    with temporary([]) as installation:
        await asyncio.to_thread(installation.up)
        status = await asyncio.to_thread(installation.status)
        made = await _booked(run, status, wanted)
        cookie = await _signed_in(status["url"])
        run.say(f"{made:,} bookings are in place")

        async def pages(_: int) -> dict[str, Any]:
            return await _asked(status["url"], {page: page for page in PAGES}, run.scaled(100, 10), cookie)

        async def services(_: int) -> dict[str, Any]:
            return await _asked(status["url"], PAGES, run.scaled(100, 10), "")

        turns = await run.alternate({"the pages": pages, "the services' own answers": services})

    def p99(name: str, page: str, goal: Goal | None = None) -> MeasuredFigure:
        what = page if name == "the pages" else PAGES[page].partition("?")[0]
        return turns.figure(name, f"p99 of {what}", page, "ms", goal)

    ours = {page: p99("the pages", page, BELOW) for page in PAGES}
    theirs = {page: p99("the services' own answers", page) for page in PAGES}
    return Finding(
        "pages",
        "Pages with many bookings",
        SETTING.format(bookings=made),
        ratios=[ratio(f"p99 of {page} beside its service's own answer", ours[page], theirs[page]) for page in PAGES],
        figures=[*ours.values(), *theirs.values()],
        bars=list(ours.values()),
        peers=list(theirs.values()),
        picture="p99 of pages and of their services' own answers, ms",
    )


async def _booked(run: Run, status: dict[str, Any], wanted: int) -> int:
    """Have so many bookings in place, and in the figures; how many stand."""
    dsn = status["postgres"]["booking"]
    service = booking.main.service(Settings(postgres=SecretStr(dsn)))
    await service.connect()
    try:
        await register(service, "kallio")
        first, turns, standing = datetime.now(UTC).date() + timedelta(days=1), count(), 0
        while standing < wanted:
            turn = next(turns)  # in each window in turn, other wishes each time
            asked = {"postgres": dsn, "callers": CALLERS, "seconds": run.scaled(SECONDS, 1)}
            asked |= {"seed": SEED + turn, "first": first.isoformat(), "window": turn % WINDOWS}
            await program.run("booking_transactions", asked)
            standing = int(await service.pool.fetchval("select count(*) from booking.booking"))
        unhurried = await service.connection()
        await unhurried.execute("analyze")
        await unhurried.close()
    finally:
        await service.disconnect()
    await at_rest(status)
    return standing


async def _signed_in(origin: str) -> str:
    """The cookies of somebody who has signed in, and whom people knows."""
    async with httpx.AsyncClient(base_url=origin, timeout=60, follow_redirects=True) as browser:

        async def known() -> bool:
            page = await browser.get("/sign-in?next=/my")
            forms = [form for form in html.fromstring(page.text).forms if "/who-are-you/" in form.action]
            if not forms:
                return False
            typed = dict(forms[0].form_values()) | {"person": "resident"}
            there = await browser.post(str(page.url.join(forms[0].action)), data=typed)
            return there.url.path == "/my"

        await until(known, "somebody has signed in")
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


async def _asked(origin: str, addresses: dict[str, str], number: int, cookie: str) -> dict[str, Any]:
    """Ask for each address so often, one after another; the p99 of each in milliseconds."""
    at, day = urlsplit(origin), datetime.now(UTC).date().isoformat()
    connection = await Connection.to(str(at.hostname), at.port or 80)
    waits: dict[str, list[float]] = {name: [] for name in addresses}
    for _ in range(number):
        for name, address in addresses.items():
            given = f"Cookie: {cookie}\r\n" if cookie and name == "/my" else ""
            line = f"GET {address.format(day=day)} HTTP/1.1\r\nHost: {at.netloc}\r\nAccept: */*\r\n{given}\r\n"
            begun = time.perf_counter()
            answered, said = await connection.exchange(line.encode())
            waits[name].append(1000 * (time.perf_counter() - begun))
            check(answered == 200, f"{address} was answered with {answered}: {said[:200].decode(errors='replace')}")
    return {name: sorted(one)[len(one) * 99 // 100] for name, one in waits.items()}
