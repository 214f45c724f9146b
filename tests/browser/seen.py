"""A page as it was seen: all that the checks want to know of it, from one look with script and one without."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Response, Route

from tests.browser import look
from tests.browser.chromium import HEIGHT, window
from tests.browser.pages import WIDTHS, Page


@dataclass(frozen=True)
class Seen:
    """A page in one language, with all that folds opened. `lang` is what it says of its language, `told` its words
    outside of code, `main` the text of its middle, `cut` what does not fit, by width. `bare` is that text without
    script, and `forms` has the fields of each form there and whether the form has a button. `reached_out` and
    `complaints` are the windows'."""

    page: Page
    language: str
    status: int
    title: str
    lang: str
    headings: list[tuple[int, str]]
    told: list[str]
    controls: list[str]
    focused: list[look.Focus]
    cut: dict[str, list[str]]
    faults: list[str]
    main: str
    bare: str
    forms: list[tuple[list[str], bool]]
    reached_out: list[str]
    complaints: list[str]

    def __str__(self) -> str:
        return f"{self.page} in {self.language}"


async def see(browser: Browser, origin: str, page: Page, address: str, language: str, to: Path | None) -> Seen:
    """Look at a page, and keep a picture of it at each width as it stands at first, where there is a folder for
    that."""
    wanted = f"{address}{'&' if '?' in address else '?'}lang={language}"
    async with window(browser, origin, language=language) as opened:
        answer = await opened.open(wanted)
        main = await opened.page.evaluate(look.MAIN)
        cut = {}
        for name, width in WIDTHS.items():
            await opened.page.set_viewport_size({"width": width, "height": HEIGHT})
            if to is not None:
                await opened.page.screenshot(path=to / f"{page.name}.{language}.{name}.png", full_page=True)
            await opened.page.evaluate(look.FOLD, True)
            cut[name] = await opened.page.evaluate(look.CUT)
            await opened.page.evaluate(look.FOLD, False)
        controls, focused = await look.tabbed(opened.page)
        await opened.page.evaluate(look.FOLD, True)
        async with window(browser, origin, language=language, script=False) as plain:
            await plain.page.route(origin + wanted, _the_same(answer))
            await plain.open(wanted)
            bare = await plain.page.evaluate(look.MAIN)
            forms = await plain.page.evaluate(look.FORMS)
        return Seen(
            page,
            language,
            status=answer.status,
            title=await opened.page.title(),
            lang=await opened.page.evaluate("() => document.documentElement.lang"),
            headings=await opened.page.evaluate(look.HEADINGS),
            told=await opened.page.evaluate(look.WORDS),
            controls=controls,
            focused=focused,
            cut=cut,
            faults=await look.faults(opened.page),
            main=main,
            bare=bare,
            forms=forms,
            reached_out=opened.reached_out + plain.reached_out,
            complaints=opened.complaints + plain.complaints,
        )


def _the_same(answer: Response) -> Callable[[Route], Awaitable[None]]:
    """Two answers could differ by a moment: without script the very bytes are shown that were shown with it."""

    async def fulfil(route: Route) -> None:
        await route.fulfill(status=answer.status, headers=await answer.all_headers(), body=await answer.body())

    return fulfil
