"""One installation, one browser: every page is looked at once in each language, and the tests say what has to hold of
what was seen. The pictures stay in `.omatoimi/screenshots`."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass

import asyncpg
import httpx
import pytest
import pytest_asyncio
from omatoimi.installation import RunningInstallation, temporary
from omatoimi.unreachable import without_database
from omatoimi_platform import home as homes
from playwright.async_api import Browser

from tests.browser import town
from tests.browser.chromium import chromium
from tests.browser.pages import LANGUAGES, PAGES, STATES, Page, State
from tests.browser.seen import Seen, see
from tests.waiting import until

AT_ONCE = 4
PICTURES = homes.home().root / "screenshots"
DEMO = """
    insert into chassis.demo (state, seed, day, done, total) values ($1, 1, current_date, 900, 1800)
    on conflict (one) do update set state = excluded.state
"""


@dataclass(frozen=True)
class Area:
    """The installation whose pages are seen, and what their addresses name."""

    installation: RunningInstallation
    named: dict[str, str]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.installation.port}"


@pytest_asyncio.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest.fixture(scope="package")
def area() -> Iterator[Area]:
    """An installation to which nothing has happened yet."""
    with temporary([]) as installation:
        installation.set_up({town.UNIT: ["22"], "kallio": ["11"]})
        installation.up()
        shutil.rmtree(PICTURES, ignore_errors=True)
        yield Area(installation, {})


@pytest_asyncio.fixture(scope="package", params=STATES)
async def seen(request: pytest.FixtureRequest, area: Area, browser: Browser) -> list[Seen]:
    """All pages of one state; the states follow each other."""
    state: State = request.param
    if state == "progress":
        await example_content(area, "filling")
    if state == "data":
        await example_content(area, "shown")
    if state in ("data", "refusal") and not area.named:
        area.named.update(await town.live(area.installation, browser))
    free = asyncio.Semaphore(AT_ONCE)
    pictures = PICTURES if request.config.getoption("pictures") else None
    in_use = LANGUAGES if request.config.getoption("every_language") else LANGUAGES[:1]

    async def one(page: Page, language: str) -> Seen:
        async with free:
            address = page.address.format(**area.named)
            return await see(
                browser, area.origin, page, address, language, pictures and pictures / state, use=language in in_use
            )

    async with without_databases(area.installation) if state == "error" else nullcontext():
        return await asyncio.gather(
            *(one(page, language) for page in PAGES if page.state == state for language in LANGUAGES)
        )


async def example_content(area: Area, state: str) -> None:
    """Have every service say that its example content stands so, halfway, and wait until its pages tell."""
    status = await asyncio.to_thread(area.installation.status)
    for dsn in status["postgres"].values():
        conn = await asyncpg.connect(dsn)
        await conn.execute(DEMO, state)
        await conn.close()
    async with httpx.AsyncClient(base_url=area.origin) as http:

        async def told() -> bool:
            pages = [(await http.get(f"{service}/")).text for service in ("/booking", "/notices", "/decisions")]
            pages.append((await http.get("/analytics/")).text)
            return all('id="demo"' in page and ("<progress" in page) == (state == "filling") for page in pages)

        await until(told, f"the pages tell that example content is {state}")


@asynccontextmanager
async def without_databases(installation: RunningInstallation) -> AsyncIterator[None]:
    """Nobody gets into any database of the services meanwhile."""
    status = await asyncio.to_thread(installation.status)
    async with AsyncExitStack() as afterwards:
        for service in status["postgres"]:
            await afterwards.enter_async_context(without_database(installation, service))
        yield
