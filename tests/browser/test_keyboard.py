"""What people do here, they can do with the keyboard alone, and without script."""

from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Browser, Page

from tests.browser.chromium import Window, window
from tests.browser.conftest import Area


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus."""
    for _ in range(200):
        await page.keyboard.press("Tab")
        if await page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not lead to {selector} on {page.url}")


async def press(opened: Window, key: str) -> dict[str, list[str]]:
    """Press a key that leads to another page; what its address asks for."""
    async with opened.page.expect_navigation():
        await opened.page.keyboard.press(key)
    return parse_qs(urlsplit(opened.page.url).query)


async def test_the_first_stop_leads_past_the_menu_to_the_content(area: Area, browser: Browser) -> None:
    for address in ("/", "/booking/", "/notices/", "/decisions/", "/analytics/", "/try", "/no/such/page"):
        async with window(browser, area.origin) as opened:
            await opened.open(address)
            await opened.page.keyboard.press("Tab")
            await opened.page.keyboard.press("Enter")
            await opened.page.keyboard.press("Tab")
            assert not await opened.page.evaluate("() => document.activeElement.matches('header *')"), address


async def test_what_folds_opens_with_enter_and_closes_with_space(area: Area, browser: Browser) -> None:
    async with window(browser, area.origin) as opened:
        await opened.open("/analytics/metrics/M01")
        await tab_to(opened.page, "summary")
        is_open = "() => document.querySelector('details').open"
        await opened.page.keyboard.press("Enter")
        assert await opened.page.evaluate(is_open)
        await opened.page.keyboard.press("Space")
        assert not await opened.page.evaluate(is_open)


async def test_a_search_is_typed_and_sent(area: Area, browser: Browser) -> None:
    async with window(browser, area.origin, script=False) as opened:
        await opened.open("/decisions/?lang=sv")
        await tab_to(opened.page, "input[type=search]")
        await opened.page.keyboard.type("kirjasto")
        assert await press(opened, "Enter") == {"q": ["kirjasto"], "lang": ["sv"]}
        assert await opened.page.locator("main li.card").count()


async def test_the_figures_of_a_library_are_chosen(area: Area, browser: Browser) -> None:
    async with window(browser, area.origin, script=False) as opened:
        await opened.open("/analytics/?lang=en")
        await tab_to(opened.page, "select[name=unit]")
        await opened.page.keyboard.type("Vallila")
        await tab_to(opened.page, "button[type=submit]")
        asked = await press(opened, "Space")
        assert (asked["unit"], asked["lang"]) == (["vallila"], ["en"])


async def test_a_room_is_booked(area: Area, browser: Browser) -> None:
    async with window(browser, area.origin, script=False) as opened:
        await opened.open("/try?lang=fi")
        await tab_to(opened.page, "form:has(input[name=act][value=book]) button[type=submit]")
        assert "booked" in await press(opened, "Enter")
