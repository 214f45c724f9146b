"""Somebody who has signed in books a room, moves it and cancels it: in every language, on a phone and on a desk, with
script and without (not each with each other). Each page is looked at by axe-core on the way, whole on its screen, and
small."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import pytest
from playwright.async_api import Browser

from tests.browser import look
from tests.browser.chromium import Window, window
from tests.browser.conftest import Area
from tests.whole_way.cities import HELSINKI

DAYS = count(20)
"""Days that nothing else is booked on."""
LARGEST = 100_000
"""Bytes of a page without its pictures."""


@dataclass
class Journey:
    """A window of somebody who has signed in, and what was found on the pages so far."""

    window: Window
    script: bool

    async def to(self, address: str) -> None:
        await self.window.open(address)
        await self.seen()

    async def press(self, selector: str) -> None:
        """Press what leads to another page, and look at that page."""
        page = self.window.page
        async with page.expect_navigation():
            await page.locator(selector).first.click()
        await self.seen()

    async def seen(self) -> None:
        page = self.window.page
        assert await page.evaluate(look.CUT) == [], page.url
        assert len((await page.content()).encode()) < LARGEST, page.url
        assert not self.script or await look.faults(page) == [], page.url
        assert self.window.complaints == [], page.url

    @property
    def path(self) -> str:
        return self.window.page.url.removeprefix(self.window.origin).partition("?")[0]


@asynccontextmanager
async def signed_in(area: Area, browser: Browser, width: int, language: str, script: bool) -> AsyncIterator[Journey]:
    async with window(browser, area.origin, width=width, language=language, script=script) as opened:
        on = Journey(opened, script)
        await on.to(f"/sign-in?next=/my&lang={language}")
        await on.press("button[value=resident]")
        assert on.path == "/my"
        yield on


@pytest.mark.parametrize(
    ("language", "width", "script"), [("fi", 390, False), ("fi", 1280, True), ("sv", 390, True), ("en", 1280, True)]
)
async def test_a_room_is_found_booked_moved_and_cancelled(
    area: Area, browser: Browser, language: str, width: int, script: bool
) -> None:
    day = (datetime.now(HELSINKI.zone).date() + timedelta(days=next(DAYS))).isoformat()
    async with signed_in(area, browser, width, language, script) as on:
        await on.to(f"/rooms?day={day}&persons=4&lang={language}")
        await on.press(".part[open] a[href*='space=kerhohuone']")
        await on.press("main form button[type=submit]")
        assert await on.window.page.locator("#purpose[aria-invalid=true]").count() == 1
        await on.window.page.select_option("#purpose", "hobby")
        await on.press("main form button[type=submit]")
        await on.press("button[value=send]")
        receipt = on.path
        assert receipt.startswith("/bookings/")
        await on.press(f"a[href^='{receipt}/move']")
        await on.window.page.fill("#start", "13:00")
        await on.window.page.fill("#end", "14:00")
        await on.press("main form button[type=submit]")
        await on.press("button[value=send]")
        assert on.path == receipt
        await on.press(f"a[href^='{receipt}/cancel']")
        await on.press("main form button[type=submit]")
        assert on.path == receipt
        assert await on.window.page.locator("[role=status]").count() == 1
        assert await on.window.page.locator(f"a[href^='{receipt}/cancel']").count() == 0


@pytest.mark.parametrize(("language", "width", "script"), [("fi", 390, False), ("sv", 1280, True), ("en", 390, True)])
async def test_what_is_ones_own_is_seen_and_kept(
    area: Area, browser: Browser, language: str, width: int, script: bool
) -> None:
    async with signed_in(area, browser, width, language, script) as on:
        for address in ("/my?show=past", "/my?show=cancelled", "/my/erase?", "/my/data?"):
            await on.to(f"{address}&lang={language}")
        await on.window.page.fill("#telephone", "+358 40 1234567")
        await on.press("main form button[type=submit]")
        assert await on.window.page.locator("[role=status]").count() == 1
        assert await on.window.page.input_value("#telephone") == "+358 40 1234567"


@pytest.mark.parametrize("width", [390, 1280])
async def test_who_comes_too_late_takes_what_is_free_instead(area: Area, browser: Browser, width: int) -> None:
    day = (datetime.now(HELSINKI.zone).date() + timedelta(days=next(DAYS))).isoformat()
    asked = f"/book?space=tyohuone&start={day}T12:00&end={day}T13:00&persons=2&lang=fi"
    async with signed_in(area, browser, width, "fi", script=False) as on:
        for taken in (False, True):
            await on.to(asked)
            await on.window.page.select_option("#purpose", "study")
            await on.press("main form button[type=submit]")
            await on.press("button[value=send]")
            assert on.path.startswith("/bookings/") != taken
        await on.press(".choices button")
        assert on.path.startswith("/bookings/")


async def test_of_two_windows_that_move_one_booking_the_second_is_told_and_decides_anew(
    area: Area, browser: Browser
) -> None:
    day = (datetime.now(HELSINKI.zone).date() + timedelta(days=next(DAYS))).isoformat()
    async with (
        signed_in(area, browser, 1280, "fi", script=True) as first,
        signed_in(area, browser, 390, "sv", script=True) as second,
    ):
        await first.to(f"/book?space=kerhohuone&start={day}T10:00&end={day}T11:00&persons=2&lang=fi")
        await first.window.page.select_option("#purpose", "hobby")
        await first.press("main form button[type=submit]")
        await first.press("button[value=send]")
        receipt = first.path
        for on, hour in ((first, 13), (second, 15)):
            await on.to(f"{receipt}/move?lang={'fi' if on is first else 'sv'}")
            await on.window.page.fill("#start", f"{hour}:00")
            await on.window.page.fill("#end", f"{hour + 1}:00")
            await on.press("main form button[type=submit]")
        await first.press("button[value=send]")
        assert first.path == receipt
        await second.press("button[value=send]")
        page = second.window.page
        assert "Detta har ändrats efter att du öppnade sidan" in await page.inner_text("[role=alert]")
        # It stands at 13 now, and what was typed is there to be sent again.
        assert "13" in await page.inner_text(".lead")
        assert await page.input_value("#start") == "15:00"
        await second.press("main form button[type=submit]")
        await second.press("button[value=send]")
        assert second.path == receipt
