"""The checks themselves: a planted fault is found."""

import pytest
from playwright.async_api import Browser, Error

from tests.browser import look
from tests.browser.chromium import window

ORIGIN = "http://127.0.0.1:1"
SOUND = (
    '<!doctype html><html lang="en"><title>Sound</title><style>:focus-visible {{ outline: 3px solid #000 }}</style>'
    "<main><h1>Sound</h1>{}</main></html>"
)


async def test_axe_finds_a_field_without_a_name_and_faint_words(browser: Browser) -> None:
    async with window(browser, ORIGIN) as opened:
        await opened.page.set_content(SOUND.format('<input name="q"><p style="color: #bbb">Faint</p>'))
        rules = [fault.partition(":")[0] for fault in await look.faults(opened.page)]
        assert sorted(rules) == ["color-contrast", "label"]
        await opened.page.set_content(SOUND.format('<label>Words <input name="q"></label><p>Plain</p>'))
        assert await look.faults(opened.page) == []


async def test_the_keyboard_notices_a_control_it_cannot_reach_a_wrong_order_and_a_focus_without_a_ring(
    browser: Browser,
) -> None:
    async with window(browser, ORIGIN) as opened:
        await opened.page.set_content(SOUND.format('<a href="/a">a</a> <a href="/b">b</a>'))
        controls, focused = await look.tabbed(opened.page)
        assert controls == [focus.control for focus in focused]
        assert all(focus.visible for focus in focused)
    async with window(browser, ORIGIN) as opened:
        await opened.page.set_content(
            SOUND.format('<a href="/a">a</a> <a href="/b" tabindex="1" style="outline: none">b</a>')
        )
        controls, focused = await look.tabbed(opened.page)
        assert controls == [focus.control for focus in reversed(focused)]
        assert [focus.visible for focus in focused] == [False, True]


async def test_what_is_too_wide_or_hidden_by_an_edge_is_found(browser: Browser) -> None:
    async with window(browser, ORIGIN, width=360) as opened:
        for planted in (
            '<p style="width: 500px">Wide</p>',
            '<p style="width: 90px; white-space: nowrap; overflow: hidden">A long line that is cut</p>',
            '<div style="overflow-x: auto"><table style="width: 500px"><tr><td>Wide</table></div>',
            '<p style="height: 10px; overflow: hidden">Half a line</p>',
        ):
            await opened.page.set_content(SOUND.format(planted))
            assert await opened.page.evaluate(look.CUT), planted
        await opened.page.set_content(SOUND.format("<p>As wide as it may be</p>"))
        assert await opened.page.evaluate(look.CUT) == []


async def test_a_word_that_is_too_long_once_letters_are_twice_as_large_is_found(browser: Browser) -> None:
    async with window(browser, ORIGIN) as opened:
        for word, fits in (("osallistumismahdollisuus", False), ("osallisuus", True)):
            await opened.page.set_content(SOUND.format(f'<p style="display: inline-block">{word}</p>'))
            assert (await look.cut_at_twice_the_size(opened.page) == []) == fits


async def test_a_mark_or_a_focus_that_is_a_colour_or_a_shadow_alone_is_found_in_forced_colours(
    browser: Browser,
) -> None:
    for style, lost in (
        ("[aria-current] { background: #ff0; color: #00f }", ["marked"]),
        ("[aria-current] { font-weight: 700 }", ["marked"]),
        ("[aria-current] { border-bottom: 4px solid }", []),
        (
            "[aria-current] { border-bottom: 4px solid } a:focus-visible { outline: 0; box-shadow: 0 0 4px }",
            ["focused"],
        ),
    ):
        async with window(browser, ORIGIN) as opened:
            page = f'<style>{style}</style><a href="/a" aria-current="page">a</a>'
            await opened.page.set_content(SOUND.format(page))
            found = await look.lost_in_forced_colours(opened.page, set())
            assert [one.partition(":")[0] for one in found] == lost, style


async def test_what_a_page_asks_of_others_is_stopped_and_told(browser: Browser) -> None:
    async with window(browser, ORIGIN) as opened:
        await opened.page.set_content(SOUND.format('<img alt="" src="http://example.org/x.png">'))
        await opened.page.wait_for_load_state()
        assert opened.reached_out == ["http://example.org/x.png"]


async def test_what_passes_by_the_route_finds_no_name_and_no_address(browser: Browser) -> None:
    for address in ("http://example.org/", "http://192.0.2.1/"):
        context = await browser.new_context()
        page = await context.new_page()
        with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
            await page.goto(address)
        await context.close()


async def test_what_only_script_shows_is_missed_without_it(browser: Browser) -> None:
    async with window(browser, ORIGIN, script=False) as opened:
        await opened.page.set_content(SOUND.format('<p id="p"></p><script>p.innerText = "Only so"</script>'))
        assert look.without_numbers(await opened.page.evaluate(look.MAIN)) == {"Sound"}
