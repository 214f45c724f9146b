"""A page as it was seen: all that the checks want to know of it, from one look with script and, where
it is used, one without."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Response, Route

from tests.browser import look
from tests.browser.chromium import HEIGHT, Window, window
from tests.browser.pages import WIDTHS, Page

KNOWN: set[str] = set()
"""What was looked at in forced colours: each kind of thing once in a run."""


@dataclass(frozen=True)
class Used:
    """A page as it was used: where Tab leads, what axe-core finds, and what there is without script: the text of its
    middle (`bare`), and the fields of each form and whether the form has a button. `large` is what is cut on the
    narrowest phone with letters twice as large, `lost` what cannot be made out in forced colours."""

    controls: list[str]
    focused: list[look.Focus]
    faults: list[str]
    bare: str
    forms: list[tuple[list[str], bool]]
    large: list[str]
    lost: list[str]


@dataclass(frozen=True)
class Seen:
    """A page in one language, with all that folds opened. `lang` is what it says of its language, `told` its words
    outside of code, `main` the text of its middle, `cut` what does not fit, by width, `size` its bytes. `reached_out`
    and `complaints` are the windows'. `used` is None where it was only read: what does not follow from the words is the
    same in each language."""

    page: Page
    language: str
    status: int
    title: str
    lang: str
    headings: list[tuple[int, str]]
    told: list[str]
    cut: dict[str, list[str]]
    main: str
    size: int
    used: Used | None
    reached_out: list[str]
    complaints: list[str]

    def __str__(self) -> str:
        return f"{self.page} in {self.language}"


async def see(
    browser: Browser, origin: str, page: Page, address: str, language: str, to: Path | None, *, use: bool
) -> Seen:
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
        used = await _used(browser, opened, answer, language) if use else None
        await opened.page.evaluate(look.FOLD, True)
        return Seen(
            page,
            language,
            status=answer.status,
            title=await opened.page.title(),
            lang=await opened.page.evaluate("() => document.documentElement.lang"),
            headings=await opened.page.evaluate(look.HEADINGS),
            told=await opened.page.evaluate(look.WORDS),
            cut=cut,
            main=main,
            size=len(await answer.body()),
            used=used,
            reached_out=opened.reached_out,
            complaints=opened.complaints,
        )


async def _used(browser: Browser, opened: Window, answer: Response, language: str) -> Used:
    controls, focused = await look.tabbed(opened.page)
    await opened.page.evaluate(look.FOLD, True)
    async with window(browser, opened.origin, language=language, script=False) as plain:
        await plain.page.route(answer.url, _the_same(answer))
        await plain.open(answer.url.removeprefix(opened.origin))
        bare = await plain.page.evaluate(look.MAIN)
        forms = await plain.page.evaluate(look.FORMS)
        opened.reached_out += plain.reached_out
        opened.complaints += plain.complaints
    faults = await look.faults(opened.page)
    large = await look.cut_at_twice_the_size(opened.page)
    lost = await look.lost_in_forced_colours(opened.page, KNOWN)
    return Used(controls, focused, faults, bare, forms, large, lost)


def _the_same(answer: Response) -> Callable[[Route], Awaitable[None]]:
    """Two answers could differ by a moment: without script the very bytes are shown that were shown with it."""

    async def fulfil(route: Route) -> None:
        await route.fulfill(status=answer.status, headers=await answer.all_headers(), body=await answer.body())

    return fulfil
