"""How a page is looked at: what a check needs to know of it, told by the browser that shows it."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from playwright.async_api import ElementHandle, Page

WCAG_21_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]

FOLD = "open => document.querySelectorAll('details').forEach(each => each.open = open)"

CUT = """() => {
  const wide = document.documentElement.clientWidth, cut = [];
  const words = e => (e.textContent || '').trim().replace(/\\s+/g, ' ').slice(0, 40);
  const name = e => `<${e.localName} class="${e.className.baseVal ?? e.className}"> ${words(e)}`;
  if (document.documentElement.scrollWidth > wide)
    cut.push(`the page is ${document.documentElement.scrollWidth} px wide on ${wide} px`);
  for (const e of document.body.querySelectorAll('*')) {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    // What only a screen reader is told is as small as can be; the skip link waits outside until it has the focus.
    if (!e.checkVisibility() || box.width <= 1 || box.right <= 0 || e.closest('pre, svg')) continue;
    if (box.right > wide + 1) cut.push(`${name(e)} ends at ${Math.round(box.right)} px of ${wide}`);
    if (style.overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1 && !e.matches('input, select, textarea'))
      cut.push(`${name(e)} shows ${e.clientWidth} of ${e.scrollWidth} px`);
    if (style.overflowY === 'hidden' && e.scrollHeight > e.clientHeight + 1)
      cut.push(`${name(e)} shows ${e.clientHeight} of ${e.scrollHeight} px of its height`);
  }
  return cut;
}"""

WATCH_THE_FOCUS = """() => {
  const name = e => `<${e.localName}> ${(e.innerText || e.name || e.value || e.className || '').trim().slice(0, 40)}`;
  const first_of_group = e => e.type !== 'radio' || e === (
    document.querySelector(`input[type=radio][name="${e.name}"]:checked`) ??
    document.querySelector(`input[type=radio][name="${e.name}"]`));
  const controls = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')]
    .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}) && first_of_group(e));
  window.focused = [];
  document.addEventListener('focusin', ({target}) => {
    const style = getComputedStyle(target), box = target.getBoundingClientRect();
    const ringed = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    window.focused.push({control: name(target), visible: ringed && box.width > 1 && box.right > 0 && box.left >= 0});
  });
  return controls.map(name);
}"""

WORDS = """() => {
  const told = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const within = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
    if (text && !within.closest('code, pre, script, style, title')) told.push(text.replace(/\\s+/g, ' '));
  }
  const labels = [...document.querySelectorAll('[aria-label], [alt], [title], svg title')]
    .map(e => e.getAttribute('aria-label') ?? e.getAttribute('alt') ?? e.getAttribute('title') ?? e.textContent);
  return [...told, ...labels.filter(each => each.trim())];
}"""

HEADINGS = """() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]
  .map(e => [Number(e.localName[1]), e.innerText])"""

MAIN = """() => {
  // Buttons that send nothing are the script's own, such as those that copy.
  const added = [...document.querySelectorAll('main button[type=button]')];
  added.forEach(button => button.style.display = 'none');
  const told = document.querySelector('main').innerText;
  added.forEach(button => button.style.display = '');
  return told;
}"""

FORMS = """() => [...document.forms].map(form => [
  [...form.elements].map(e => e.name || e.type),
  form.querySelector('button:not([type=button]), input[type=submit]') !== null])"""


MARKED = "[aria-current]:not([aria-current=false]), [aria-pressed=true], [aria-selected=true], input:checked"
CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"

KINDS = """selector => {
  const names = e => `${e?.localName}.${e?.className.baseVal ?? e?.className}`;
  const part = e => e.closest('header, main, footer, dialog');
  const kind = e => `<${names(e)}> in <${names(e.parentElement)}> in <${names(part(e))}>`;
  return [...document.querySelectorAll(selector)].map(e => {
    const box = e.getBoundingClientRect(), there = box.width > 1 && e.checkVisibility({visibilityProperty: true});
    return there && !e.disabled ? kind(e) : null;
  });
}"""

MARK = {
    # Bold letters are no mark that everybody sees: where one is shown in bold, something else has to say so too.
    "marked": "e => { e.style.fontWeight = 400; }",
    "focused": "e => e.focus({focusVisible: true})",
}

UNMARK = {
    "marked": """e => {
      for (const name of ['aria-current', 'aria-pressed', 'aria-selected']) e.removeAttribute(name);
      e.classList.remove('now');
      e.checked = false;
    }""",
    "focused": "e => e.blur()",
}


@cache
def axe_core() -> str:
    """The script of axe-core, which the package carries."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


async def faults(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.1 AA: the rule, what it asks for, where."""
    await page.evaluate(axe_core())
    found: dict[str, Any] = await page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", WCAG_21_AA
    )
    return [
        f"{each['id']}: {each['help']}: {node['html'][:200]}" for each in found["violations"] for node in each["nodes"]
    ]


@dataclass(frozen=True)
class Focus:
    """Where Tab led to, and whether one could see that it was there."""

    control: str
    visible: bool


async def tabbed(page: Page) -> tuple[list[str], list[Focus]]:
    """The controls in the order in which they stand, and where Tab leads to from the top of the page on."""
    controls: list[str] = await page.evaluate(WATCH_THE_FOCUS)
    # A date has a stop for each of its parts, and the browser's own stop comes last.
    for _ in range(len(controls) + 4 * await page.locator("input[type=date], input[type=time]").count()):
        await page.keyboard.press("Tab")
    focused: list[dict[str, Any]] = await page.evaluate("() => window.focused")
    return controls, [Focus(**each) for each in focused]


def without_numbers(text: str) -> set[str]:
    """The lines of a text, times and counts left out: two looks at a page are never at the same moment."""
    return {re.sub(r"[0-9]+", "0", line.strip()) for line in text.splitlines() if line.strip()}


async def cut_at_twice_the_size(page: Page) -> list[str]:
    """What does not fit on the narrowest phone when all its letters are twice as large."""
    await page.set_viewport_size({"width": 320, "height": 900})
    await page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    found: list[str] = await page.evaluate(CUT)
    await page.evaluate("() => { document.documentElement.style.fontSize = ''; }")
    return found


async def lost_in_forced_colours(page: Page, known: set[str]) -> list[str]:
    """What looks the same whether it is marked (as the current one, chosen, pressed) or has the focus, or not, where
    the reader's colours stand for the page's. Of each kind one is looked at, and added to those known; the page is
    without its marks afterwards."""
    await page.emulate_media(forced_colors="active")
    lost = []
    for state, selector in (("marked", MARKED), ("focused", CONTROLS)):
        kinds, elements = await page.evaluate(KINDS, selector), await page.query_selector_all(selector)
        for kind, element in zip(kinds, elements, strict=True):
            told = f"{state}: {kind}"
            if kind is None or told in known:
                continue
            known.add(told)
            await element.evaluate(MARK[state])
            seen = await _picture(page, element)
            await element.evaluate(UNMARK[state])
            if seen == await _picture(page, element):
                lost.append(told)
    await page.emulate_media(forced_colors="none")
    return lost


async def _picture(page: Page, element: ElementHandle) -> bytes:
    """The element with a little of what is around it."""
    await element.scroll_into_view_if_needed()
    box = await element.bounding_box()
    assert box is not None
    x, y = max(box["x"] - 8, 0), max(box["y"] - 8, 0)
    return await page.screenshot(
        clip={"x": x, "y": y, "width": box["width"] + 16, "height": box["height"] + 16}, animations="disabled"
    )
