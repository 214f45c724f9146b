"""A kiosk as whoever comes by uses it: paired by staff, a room booked, checked in to by its code, people counted; the
network goes, is said to be gone, and comes back: what was touched meanwhile counts once, at its own time; and when
nobody is there any more, the page begins anew."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from playwright.async_api import Browser, Page, Route

from tests.browser import look, town
from tests.browser.chromium import Window, window
from tests.browser.conftest import Area
from tests.waiting import until
from tests.whole_way.world import Endpoints

TOUCHES = 30
POWER_CUTS = (10, 20)
"""After so many touches."""
AN_HOUR = timedelta(hours=1)
ABOUT = timedelta(seconds=60)
"""What a busy machine may take between a touch and the look at the clock beside it."""


async def _a_house_that_is_open(area: Area, premises: str, *rooms: str) -> None:
    status = await asyncio.to_thread(area.installation.status)
    keys = json.loads(Path(status["keys"]).read_text())
    async with httpx.AsyncClient(timeout=300) as http:
        endpoints = Endpoints(status["url"].rstrip("/"), status["kafka"], keys, http)
        house = {"premises": premises, "owner": "library", "unit": town.UNIT, "names": {"fi": premises.title()}}
        await endpoints.resource("house", "booking/v1/premises", house, by="staff")
        for space in rooms:
            room = {"premises": premises, "space": space, "capacity": 60, "names": {"fi": space.title()}}
            await endpoints.resource(space, "booking/v1/spaces", room, by="staff")
        hours = {"premises": premises, "valid_from": "2014-01-01", "week": town.ALL_DAY}
        await endpoints.resource("hours", "booking/v1/hours", hours, by="staff")


async def _facts(area: Area, service: str, type_: str) -> list[dict[str, Any]]:
    """The events of a type that a service has written, in order."""
    status = await asyncio.to_thread(area.installation.status)
    conn = await asyncpg.connect(status["postgres"][service])
    try:
        rows = await conn.fetch("select value from chassis.outbox where value is not null order by seq")
    finally:
        await conn.close()
    return [told for row in rows if (told := json.loads(row["value"]))["type"] == type_]


async def _good(kiosk: Window) -> None:
    """The page fits its screen, and axe-core finds nothing."""
    assert await kiosk.page.evaluate(look.CUT) == []
    assert await look.faults(kiosk.page) == []


async def _to(page: Page, selector: str) -> None:
    async with page.expect_navigation():
        await page.click(selector)


async def _paired(kiosk: Window, desk: Window) -> None:
    await kiosk.open("/kiosk?lang=fi")
    await _to(kiosk.page, "main button")
    code = await kiosk.page.inner_text("main .code")
    await desk.open("/sign-in?next=/desk/kiosks&lang=fi")
    await _to(desk.page, "button[value=staff]")
    await desk.page.fill("#code", code)
    await _to(desk.page, "button[value=find]")
    await desk.page.fill("#name", "Aula")
    await _to(desk.page, "button[value=pair]")
    assert await look.faults(desk.page) == []
    assert await desk.page.evaluate(look.CUT) == []
    # The device looks by itself.
    await kiosk.page.wait_for_selector("main[data-kiosk]")


async def test_a_kiosk_is_paired_books_checks_in_counts_and_loses_nothing_without_a_network(
    area: Area, browser: Browser
) -> None:
    await _a_house_that_is_open(area, "kioskitalo", "lukusali", "paja")
    async with window(browser, area.origin) as desk, window(browser, area.origin, width=1080) as kiosk:
        page = kiosk.page
        await _paired(kiosk, desk)
        await _good(kiosk)
        await page.click("a[href='#book']")
        await _good(kiosk)
        await _to(page, "#book button[value=lukusali]")
        code = "".join((await page.inner_text("#shown .code")).split())
        await _good(kiosk)

        await page.click("a[href='#check-in']")
        await page.wait_for_selector("#shown", state="detached")
        read = "".join((await page.inner_text("body")).split())
        assert code not in read, "the next one at the kiosk may be somebody else"
        for digit in code:
            await page.click(f".pad button:text-is('{digit}')")
        await _good(kiosk)
        await _to(page, "#check-in button[type=submit]")
        await page.wait_for_selector("#shown h2:has-text('Tervetuloa')")
        assert kiosk.complaints == []

        await kiosk.page.context.set_offline(True)
        began = datetime.now(UTC)
        await page.click("a[href='#count']")
        await page.check("#count input[value=paja]")
        await page.click("#count button[value='4']")
        await page.wait_for_selector("#shown:has-text('tallessa')")
        ended = datetime.now(UTC)
        assert "Ei verkkoyhteyttä" in await page.inner_text("#offline")
        assert await page.locator("#book button:not([disabled])").count() == 0
        await page.context.set_offline(False)
        await page.wait_for_selector("#offline", state="hidden")
        await until(lambda: _counted(area), "what was touched without a network has arrived")
        (walked,) = await _facts(area, "booking", "omatoimi.walk-in.counted.v1")
        assert (walked["data"]["space"], walked["data"]["persons"]) == ("paja", 4)
        assert began - timedelta(seconds=60) < datetime.fromisoformat(walked["time"]) < ended + timedelta(seconds=60)
        assert len(await _facts(area, "booking", "omatoimi.booking.attended.v1")) == 1
        await _begins_anew(kiosk)


async def _counted(area: Area) -> bool:
    return bool(await _facts(area, "booking", "omatoimi.walk-in.counted.v1"))


async def _begins_anew(kiosk: Window) -> None:
    """Nobody touches it for a minute: it asks, and begins anew with nothing left of before."""
    page = kiosk.page
    await page.clock.install()
    await kiosk.open("/kiosk?lang=fi")
    await page.click("a[href='#check-in']")
    await page.fill("#code", "123")
    await page.clock.run_for(63_000)
    await page.wait_for_selector("dialog[open]")
    await page.click("dialog button")
    assert await page.input_value("#code") == "123"
    await page.clock.run_for(63_000)
    await page.wait_for_selector("dialog[open]")
    await page.clock.run_for(16_000)
    await page.wait_for_url("**/kiosk")
    assert await page.input_value("#code") == ""


async def test_thirty_touches_without_a_network_and_through_a_power_cut_count_once_each_at_their_own_time(
    area: Area, browser: Browser
) -> None:
    await _a_house_that_is_open(area, "sivukirjasto", "nurkka", "kammari")
    earlier = len(await _facts(area, "analytics", "omatoimi.satisfaction.rated.v1"))
    async with (
        window(browser, area.origin) as desk,
        window(browser, area.origin, width=1080, workers="allow") as kiosk,
    ):
        page, context = kiosk.page, kiosk.page.context
        await context.clock.install()
        await _paired(kiosk, desk)
        await page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
        await kiosk.open("/kiosk")
        await page.wait_for_function("() => caches.match('/kiosk', {cacheName: '/kiosk'})")
        await page.click("a[href='#book']")
        await _to(page, "#book button[value=kammari]")
        code = "".join((await page.inner_text("#shown .code")).split())

        await context.set_offline(True)
        began = datetime.now(UTC)
        for number in range(TOUCHES - 1):
            if number in POWER_CUTS:
                # The power goes, and is back after an hour; the network is not.
                await page.close()
                await context.clock.fast_forward(AN_HOUR // timedelta(milliseconds=1))
                page = await context.new_page()
                await page.goto(f"{area.origin}/kiosk")
                await page.wait_for_selector(f"#offline:has-text('{number} merkintää')")
                # What was shown of a booking is nobody's any more.
                assert code not in await page.content()
            await _touch(page, number)
        await page.click("a[href='#check-in']")
        await page.fill("#code", code)
        await page.click("#check-in button[type=submit]")
        await page.wait_for_selector("#offline:has-text('30 merkintää')")

        # The network is back, and lost once more after the seventh has arrived, before the browser knows.
        arrived = _the_answer_is_lost(7)
        await context.route("**/kiosk*", arrived)
        await context.set_offline(False)
        await page.wait_for_selector("#offline", state="hidden")
        ended = datetime.now(UTC)

    told = await _facts(area, "booking", "omatoimi.walk-in.counted.v1")
    walked = [one for one in told if one["data"]["space"] == "nurkka"]
    assert [one["data"]["persons"] for one in walked] == [10 + number for number in range(0, TOUCHES - 1, 2)]
    rated = (await _facts(area, "analytics", "omatoimi.satisfaction.rated.v1"))[earlier:]
    assert [one["data"]["rating"] for one in rated] == [1 + number % 5 for number in range(1, TOUCHES - 1, 2)]
    came = await _facts(area, "booking", "omatoimi.booking.attended.v1")
    assert [one["data"]["space"] for one in came].count("kammari") == 1
    times = [datetime.fromisoformat(one["time"]) for one in (*walked, *rated)]
    for hours, touched in ((2, 10), (1, 10), (0, 9)):
        then = hours * AN_HOUR
        assert sum(began - then - ABOUT < one < ended - then + ABOUT for one in times) == touched, hours
    assert {one["data"]["method"] for one in walked} == {"reported"}


async def _touch(page: Page, number: int) -> None:
    """Count people in a room, or say how it was; each other than the one before."""
    if number % 2:
        await page.click(f".ratings button[value='{1 + number % 5}']")
    else:
        await page.click("a[href='#count']")
        await page.check("#count input[value=nurkka]")
        await page.fill("#more", str(10 + number))
        await page.click("#count .more button")
    await page.wait_for_selector(f"#offline:has-text('{number + 1} merkin')")


def _the_answer_is_lost(number: int) -> Callable[[Route], Awaitable[None]]:
    """Of what is sent, the answer to one is lost on its way."""
    sent = 0

    async def pass_on(route: Route) -> None:
        nonlocal sent
        if route.request.method == "POST":
            sent += 1
            if sent == number:
                await route.fetch()
                await route.abort()
                return
        await route.fallback()

    return pass_on
