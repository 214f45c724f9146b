"""Pages show the figures that were made last, at once, while newer ones are made; who asks for the present has it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from analytics import queries, scheduled
from analytics.domain.period import Period, month_of
from analytics.kept import OLDEST, kept_by, within
from analytics.main import service as make
from analytics.rebuild import rebuild
from analytics.report import document
from analytics.report.document import ReportDocument
from analytics.store.figures import Snapshot
from chassis import Settings, demo
from httpx import Response
from pydantic import SecretStr

from tests.kits.analytics import Town, position_of, read, slot
from tests.kits.chassis import Harness, running
from tests.waiting import until

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
PAGES = ("/", "/v1/spoken")
PRESENT = {"Cache-Control": "no-cache"}
AT_ONCE = 30.0
"""Seconds after which a page is taken to wait for a report that nobody makes."""


class WatchedReports:
    """A service with a library of one room, whose reports are made as soon as `go` is set, and how many were begun."""

    def __init__(self, bench: Harness) -> None:
        self.http, self.service, self.kept = bench.http, bench.service, kept_by(bench.service)
        self.now, self.begun, self.go, self.town = 0.0, 0, asyncio.Event(), Town()
        self.kept.seconds = lambda: self.now
        self.go.set()
        self.town.premises("library", "library", {"room": ()})

    async def made(self, known: Snapshot, period: Period, unit: str | None) -> ReportDocument:
        self.begun += 1
        await self.go.wait()
        return await document(known, period, unit)

    async def book(self) -> str:
        """Have one more booking told of; returns the position from which on it counts."""
        day = f"2026-10-{1 + len(self.town.records):02}"
        self.town.book(day, slot(day, "12:00", "14:00"))
        await read(self.service, self.town.records[-1:])
        return str(await position_of(self.service))

    async def at_once(self, page: str, **params: str) -> Response:
        """Look at a page that waits for no report."""
        async with asyncio.timeout(AT_ONCE):
            return await self.http.get(page, params=params)

    async def begins(self, number: int) -> None:
        """Wait until so many reports were begun."""

        async def begun() -> bool:
            return self.begun >= number

        await until(begun, f"{number} reports were begun")


@pytest_asyncio.fixture
async def library(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WatchedReports]:
    async with running(make(Settings(postgres=SecretStr(database)), clock=lambda: NOW), roles={"api"}) as bench:
        made = WatchedReports(bench)
        monkeypatch.setattr(queries, "document", made.made)
        await read(made.service, made.town.records)
        yield made
        made.go.set()


def shows(page: Response, position: str, age: str | None = None) -> bool:
    """Tell whether a page's figures are known at this position, and are so old."""
    assert page.status_code == 200, page.text
    return position in page.text and page.headers.get("age") == age


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_shows_the_last_figures_at_once_while_newer_ones_are_made(
    library: WatchedReports, page: str
) -> None:
    before = await library.book()
    assert shows(await library.http.get(page), before)
    after = await library.book()
    library.go.clear()
    library.now += 7
    assert shows(await library.at_once(page), before, "7")
    await library.begins(2)
    library.now += 1
    assert shows(await library.at_once(page), before, "8")
    assert library.begun == 2
    library.go.set()
    assert shows(await library.http.get(page, headers=PRESENT), after)
    assert shows(await library.http.get(page), after)
    assert library.begun == 2


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/", PRESENT),
        ("/v1/spoken", {"Cache-Control": "max-age=0"}),
        ("/v1/figures", {}),
        ("/v1/figures/M01", {}),
        ("/v1/report.json", {}),
    ],
)
async def test_who_asks_for_the_present_waits_for_it(
    library: WatchedReports, address: str, headers: dict[str, str]
) -> None:
    """Also where what is being made already knows less."""
    before = await library.book()
    assert shows(await library.http.get(address), before)
    between = await library.book()
    library.go.clear()
    earlier = asyncio.create_task(library.http.get(address, headers=headers))
    await library.begins(2)
    after = await library.book()
    later = asyncio.create_task(library.http.get(address, headers=headers))
    library.go.set()
    assert shows(await earlier, between)
    assert shows(await later, after)


async def test_no_page_shows_old_figures_for_longer_than_two_minutes(library: WatchedReports) -> None:
    before = await library.book()
    assert shows(await library.http.get("/"), before)
    library.now += OLDEST + 1
    assert shows(await library.http.get("/"), before), "nothing is newer"
    after = await library.book()
    assert shows(await library.http.get("/"), after)


async def test_newer_figures_are_made_behind_one_at_a_time_and_as_seldom_as_they_take_long(
    library: WatchedReports,
) -> None:
    async def slowly() -> None:
        library.go.clear()
        making = asyncio.create_task(library.http.get("/", headers=PRESENT))
        await library.begins(1)
        library.now += 3
        library.go.set()
        await making

    before = await library.book()
    await slowly()
    after = await library.book()
    library.now += 87
    assert shows(await library.http.get("/"), before, "90")
    assert not library.kept._making
    library.now += 1
    library.go.clear()
    for _ in range(3):
        assert shows(await library.at_once("/"), before, "91")
        await library.begins(2)
    assert library.begun == 2
    library.go.set()
    assert shows(await library.http.get("/", headers=PRESENT), after)


async def test_what_a_rebuild_put_right_is_shown_from_then_on(library: WatchedReports) -> None:
    await library.book()
    async with library.service.pool.acquire() as conn:
        await conn.execute("delete from facts.booking")
    assert '"value":"0"' in (await library.http.get("/v1/spoken?lang=en")).text
    await rebuild(library.service, lambda _: None)
    assert '"value":"1"' in (await library.http.get("/v1/spoken?lang=en")).text


async def test_example_content_that_was_taken_out_is_shown_by_no_page(library: WatchedReports) -> None:
    async with library.service.pool.acquire() as conn:
        await demo.begin(conn, seed=1, day=NOW.date(), total=1)
        await demo.end(library.service.transaction(conn))
    library.town.demo = True
    await library.book()
    assert '"value":"1"' in (await library.http.get("/v1/spoken?lang=en")).text
    await demo.take_out(library.service)
    assert '"value":"1"' not in (await library.http.get("/v1/spoken?lang=en")).text


async def test_the_first_who_looks_at_this_month_waits_for_nothing(library: WatchedReports) -> None:
    """What is published each minute is what pages show."""
    position = await library.book()
    await scheduled.PUBLISHING.run(library.service)
    library.go.clear()
    for unit in ("all", "vallila"):
        for page in PAGES:
            assert shows(await library.at_once(page, unit=unit), position)
    # Nothing is new after a restart, and nobody has looked yet.
    again = make(library.service.settings, clock=lambda: NOW)
    again.pool = library.service.pool
    await scheduled.PUBLISHING.run(again)
    assert kept_by(again).has(month_of(NOW.date(), again.installation.time_zone), "vallila")


async def test_who_waits_for_figures_holds_up_nobody_else(library: WatchedReports) -> None:
    await library.book()
    library.go.clear()
    many = library.service.settings.pool_size * 2
    waiting = [asyncio.create_task(library.http.get("/v1/figures")) for _ in range(many)]
    await library.begins(1)
    assert (await library.at_once("/v1/events")).status_code == 200
    library.go.set()
    assert {one.status_code for one in await asyncio.gather(*waiting)} == {200}
    assert library.begun == 1


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("", float("inf")),
        ("no-cache", 0),
        ("max-age=0", 0),
        ("No-Cache, max-age=60", 0),
        ("max-age=60", 60),
        ("max-age=soon, no-store", float("inf")),
        (f"max-age={'9' * 5000}", float("inf")),
    ],
)
def test_how_old_an_answer_may_be_is_told_in_the_words_of_http(told: str, seconds: float) -> None:
    assert within(told) == seconds
