"""Debian's Chromium, driven by playwright, which downloads none of its own. Nothing that it asks for leaves the
machine: what is not the installation's own is stopped, and told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Response, Route, async_playwright

EXECUTABLES = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
"""Without windows and menus that nobody sees a look takes a quarter of the time; the pages are drawn by the same."""

ARGUMENTS = (
    # No name resolves and no address is reached, should anything pass by the route below.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-domain-reliability",
    "--no-pings",
    # Pictures are drawn by the processor alone, on every machine alike.
    "--disable-gpu",
    # Without it Chromium refuses to run for root, as in a container.
    "--no-sandbox",
)

HEIGHT = 900
SECONDS = 120
"""After so long a page will not come: far more than even a busy machine needs."""


@dataclass
class Window:
    """A browser's window on one installation. `reached_out` is what it asked of others, which nobody got to see;
    `complaints` are errors on its console."""

    page: Page
    origin: str
    reached_out: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def open(self, address: str) -> Response:
        """Go to an address of the installation."""
        response = await self.page.goto(self.origin + address, wait_until="load")
        assert response is not None
        return response

    async def stop_what_leaves(self, route: Route) -> None:
        asked = urlsplit(route.request.url)
        if f"{asked.scheme}://{asked.netloc}" == self.origin:
            await route.continue_()
        else:
            self.reached_out.append(route.request.url)
            await route.abort()

    def listen(self, message: ConsoleMessage) -> None:
        # An error's own page is no fault of the page.
        if message.type == "error" and message.location.get("url") != self.page.url:
            self.complaints.append(message.text)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser; it has to be there."""
    there = next((path for path in EXECUTABLES if path.exists()), None)
    assert there, "There is no Chromium: install it with: apt-get install chromium-headless-shell"
    async with async_playwright() as playwright:
        # Scroll bars are shown, as on most desktops: what is as wide as the window is wider than the page beside one.
        browser = await playwright.chromium.launch(
            executable_path=there, args=ARGUMENTS, ignore_default_args=["--hide-scrollbars"]
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def window(
    browser: Browser,
    origin: str,
    *,
    width: int = 1280,
    language: str = "fi",
    script: bool = True,
    workers: Literal["allow", "block"] = "block",
) -> AsyncIterator[Window]:
    """A window without history, of a reader of this language. What a service worker asks passes by the route, so that
    none is allowed but where it is what is looked at."""
    context = await browser.new_context(
        viewport={"width": width, "height": HEIGHT},
        locale=language,
        timezone_id="Europe/Helsinki",
        java_script_enabled=script,
        reduced_motion="reduce",
        service_workers=workers,
    )
    context.set_default_timeout(SECONDS * 1000)
    try:
        page = await context.new_page()
        opened = Window(page, origin)
        await context.route("**/*", opened.stop_what_leaves)
        page.on("console", opened.listen)
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        yield opened
    finally:
        await context.close()
