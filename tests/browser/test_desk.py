"""The desk as a member of staff has it: its pages on a phone and on a desk, its single keys, and its day on paper."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.browser import look
from tests.browser.chromium import HEIGHT, Window, window
from tests.browser.conftest import Area
from tests.browser.pages import WIDTHS
from tests.browser.seen import KNOWN

PAGES = (
    "/desk",
    "/desk/notices",
    "/desk/organisations",
    "/desk/people",
    "/desk/rooms",
    "/desk/rooms/premises",
    "/desk/hours",
    "/desk/blocks",
    "/desk/dead-letters",
    "/desk/kiosks",
)
FOCUS = "() => [...document.querySelectorAll('[data-item]')].findIndex(one => one.contains(document.activeElement))"


@pytest_asyncio.fixture(scope="module")
async def desk(area: Area, browser: Browser) -> AsyncIterator[Window]:
    """A window of somebody of the library who has signed in."""
    async with window(browser, area.origin) as opened:
        await opened.open("/sign-in?next=/desk&lang=fi")
        async with opened.page.expect_navigation():
            await opened.page.locator("button[value=staff]").click()
        yield opened


async def test_its_pages_have_no_fault_and_are_not_cut(desk: Window) -> None:
    found = {}
    for address in PAGES:
        assert (await desk.open(f"{address}?lang=fi")).status == 200, address
        controls, focused = await look.tabbed(desk.page)
        assert list(dict.fromkeys(one.control for one in focused)) == list(dict.fromkeys(controls)), address
        assert all(one.visible for one in focused), address
        await desk.page.evaluate(look.FOLD, True)
        found[address] = await look.faults(desk.page)
        for width in WIDTHS.values():
            await desk.page.set_viewport_size({"width": width, "height": HEIGHT})
            found[address] += await desk.page.evaluate(look.CUT)
        found[address] += await look.cut_at_twice_the_size(desk.page)
        found[address] += await look.lost_in_forced_colours(desk.page, KNOWN)
        found[address] += desk.complaints + desk.reached_out
    assert {address: faults for address, faults in found.items() if faults} == {}


async def test_what_is_ones_own_can_be_read_on_the_narrowest_phone_with_letters_twice_as_large(desk: Window) -> None:
    cut = {}
    for address in ("/my?lang=fi", "/my/data?lang=fi", "/tell?lang=fi", "/book?space=kerhohuone&lang=fi"):
        assert (await desk.open(address)).status == 200, address
        await desk.page.evaluate(look.FOLD, True)
        cut[address] = await look.cut_at_twice_the_size(desk.page)
    assert {address: found for address, found in cut.items() if found} == {}


async def test_single_keys_move_the_focus_and_act_on_nothing_and_can_be_switched_off(desk: Window) -> None:
    page, pressed = desk.page, desk.page.keyboard.press
    await page.set_viewport_size({"width": 1280, "height": HEIGHT})
    await desk.open("/desk/rooms?lang=fi")
    for key, item in (("j", 0), ("j", 1), ("k", 0), ("k", 0)):
        await pressed(key)
        assert await page.evaluate(FOCUS) == item, key
    await pressed("?")
    assert await page.locator("#keys").evaluate("details => details.open")
    where = page.url
    for key in ("j", "x", "a", "r"):
        await pressed(key)
    assert page.url == where
    # Inside a field they are what somebody types.
    await desk.open("/desk/rooms/premises?lang=fi")
    field = page.locator("main input:not([type=hidden])").first
    await field.fill("")
    await field.press_sequentially("jkx?")
    assert await field.input_value() == "jkx?"
    # Switched off they stay off, on the next page too.
    await page.locator("#keys summary").click()
    await page.locator("#keys button").click()
    await desk.open("/desk/rooms?lang=fi")
    await pressed("j")
    assert await page.evaluate(FOCUS) == -1
    await page.locator("#keys summary").click()
    await page.locator("#keys button").click()
    await pressed("j")
    assert await page.evaluate(FOCUS) >= 0


async def test_a_day_prints_on_one_sheet(desk: Window) -> None:
    await desk.open("/desk?lang=fi")
    printed = await desk.page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == 1
