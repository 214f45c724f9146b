"""The screen on the wall, when the network goes: it shows on what holds, by its own clock, and says of when that is."""

import json
from datetime import datetime, timedelta
from uuid import uuid4

import httpx
from playwright.async_api import Browser, Page, Route

from tests.browser.chromium import window
from tests.browser.conftest import Area
from tests.waiting import until
from tests.whole_way.cities import HELSINKI
from tests.whole_way.world import instant, slot

TITLE = "Lukupiiri jatkuu"
ADDRESS = "/screen?unit=vallila&lang=fi"
SHOWN = "() => document.querySelector('.slide:not([hidden])').id"


async def shown_in_a_round(page: Page) -> set[str]:
    """What the screen says while each of its slides has its turn."""
    told = set()
    for _ in range(12):
        told.add(await page.locator("main").inner_text())
        await page.clock.run_for(15_000)
    return {line for text in told for line in text.splitlines()}


async def test_without_the_network_it_shows_what_still_holds_and_comes_back_by_itself(
    area: Area, browser: Browser
) -> None:
    now = datetime.now(HELSINKI.zone).replace(second=0, microsecond=0)
    event = {
        "titles": {"fi": TITLE},
        "kind": "event",
        "slot": slot(now, 60),
        "until": instant(now + timedelta(hours=1)),
    }
    keys = json.loads(area.installation.home.keys.read_text())
    headers = {"Authorization": f"Bearer {keys['staff']['key']}", "Idempotency-Key": str(uuid4())}
    async with httpx.AsyncClient(base_url=area.origin, timeout=300) as http:
        posted = await http.post("/notices/v1/notices", json={**event, "unit": "vallila"}, headers=headers)
        assert posted.status_code == 201, posted.text

        async def shown() -> bool:
            return TITLE in (await http.get(ADDRESS)).text

        # A page that somebody has just looked at is shown for some seconds to everybody.
        await until(shown, "the screen has the event")

    await _begins_without_a_network(area, browser)
    async with window(browser, area.origin) as opened:
        page = opened.page
        await page.clock.install()
        await opened.open(ADDRESS)
        build = await page.evaluate("() => document.body.dataset.build")
        assert await page.locator(".stale:not([hidden])").count() == 0

        await page.context.set_offline(True)
        await page.clock.run_for(60_000)
        told = await shown_in_a_round(page)
        assert {TITLE, "Alueen uusimmat päätökset"} <= told
        assert any(line.startswith("Ei yhteyttä. Tilanne klo ") for line in told)
        await page.clock.fast_forward(3_600_000)
        told = await shown_in_a_round(page)
        assert TITLE not in told, "it is over"
        assert "Alueen uusimmat päätökset" in told
        await page.clock.fast_forward(6 * 3_600_000)
        await page.clock.run_for(1000)
        assert await page.evaluate(SHOWN) == "welcome-fi"

        await page.context.set_offline(False)
        async with page.expect_response(lambda answer: "/screen" in answer.url):
            await page.clock.run_for(30_000)
        await page.wait_for_function("() => document.querySelector('.slide:not([hidden])').id !== 'welcome-fi'")

        async def of_another_build(route: Route) -> None:
            answer = await route.fetch()
            await route.fulfill(response=answer, body=(await answer.text()).replace(build, "another"))

        await page.route("**/screen?*", of_another_build)
        async with page.expect_navigation():
            await page.clock.run_for(30_000)
        # The page looks again at once, its clock being hours off: nobody waits for that.
        await page.unroute_all(behavior="ignoreErrors")


async def _begins_without_a_network(area: Area, browser: Browser) -> None:
    """Switched off and on again two hours later, it has its page, and what is over does not come back with it."""
    async with window(browser, area.origin, workers="allow") as opened:
        page, context = opened.page, opened.page.context
        await context.clock.install()
        await opened.open(ADDRESS)
        await page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
        await opened.open(ADDRESS)
        await page.wait_for_function("() => caches.match('/screen', {cacheName: '/screen'})")
        assert TITLE in await page.content()
        await context.set_offline(True)
        await page.close()
        await context.clock.fast_forward(2 * 3_600_000)
        page = await context.new_page()
        await page.goto(area.origin + ADDRESS)
        await page.wait_for_selector(".stale:not([hidden])", state="attached")
        assert TITLE not in await page.content()
        assert "Alueen uusimmat päätökset" in await page.content()
