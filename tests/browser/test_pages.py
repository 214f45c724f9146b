"""Every page, in every state, in every language, on a phone and on a desk: whoever comes can read it, and it says where
they are; in one language, or in each with `--every-language`, it is used too."""

import re
from itertools import pairwise

from tests.browser.look import without_numbers
from tests.browser.seen import Seen, Used

CODES = (
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-",  # a UUID
    r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b",  # a day as machines write it
    r"\bHEL-[0-9]",  # a case's key; people write HEL 2014-001234
    r"\bR[0-9]{1,2}\b",  # a counting rule
    r"\bomatoimi\.[a-z]",
    r"\b(None|null|True|False|undefined|NaN)\b",
    r"[{}<>]",
    r"\burn:",
)
"""What machines say to each other, and a reader must not be shown."""

LARGEST = 100_000
"""Bytes of a page."""


def none(faults: dict[str, list[str]]) -> None:
    """No page has any of these faults; else all are told."""
    told = "".join(f"\n{page}:\n  " + "\n  ".join(found) for page, found in faults.items() if found)
    assert not told, told


def test_each_page_answers_as_it_should(seen: list[Seen]) -> None:
    assert seen
    assert not [f"{one}: {one.status}" for one in seen if one.status != one.page.status]


def used(seen: list[Seen]) -> list[tuple[str, Seen, Used]]:
    """The pages that were used, with their names."""
    found = [(str(one), one, one.used) for one in seen if one.used is not None]
    assert {one.page for _, one, _ in found} == {one.page for one in seen}
    return found


def test_axe_finds_no_fault_against_wcag_2_1_aa(seen: list[Seen]) -> None:
    none({name: use.faults for name, _, use in used(seen)})


def test_tab_reaches_every_control_in_order_beginning_with_the_way_to_the_content(seen: list[Seen]) -> None:
    for name, _, use in used(seen):
        reached = list(dict.fromkeys(focus.control for focus in use.focused))
        assert reached == list(dict.fromkeys(use.controls)), name
        assert len(use.focused) >= len(use.controls), name


def test_one_sees_where_the_focus_is(seen: list[Seen]) -> None:
    none({name: [focus.control for focus in use.focused if not focus.visible] for name, _, use in used(seen)})


def test_a_page_is_small(seen: list[Seen]) -> None:
    """Before it is compressed, without what it shares with others, and without pictures."""
    assert not [f"{one}: {one.size} bytes" for one in seen if one.size > LARGEST]


def test_nothing_is_cut_and_nothing_scrolls_sideways(seen: list[Seen]) -> None:
    none({f"{one} on the {width}": cut for one in seen for width, cut in one.cut.items()})


def test_at_320_px_and_twice_the_size_of_letters_nothing_is_cut_either(seen: list[Seen]) -> None:
    none({name: use.large for name, _, use in used(seen)})


def test_in_forced_colours_one_still_sees_what_is_current_chosen_or_in_focus(seen: list[Seen]) -> None:
    none({name: use.lost for name, _, use in used(seen)})


def test_without_script_a_page_says_the_same_and_its_forms_can_be_sent(seen: list[Seen]) -> None:
    for name, one, use in used(seen):
        assert use.bare
        assert without_numbers(use.bare) >= without_numbers(one.main), name
        assert all(sendable and fields for fields, sendable in use.forms), f"{name}: {use.forms}"


def test_a_page_names_its_language_and_says_where_one_is(seen: list[Seen]) -> None:
    for one in seen:
        assert one.lang == one.language, str(one)
        assert one.title.endswith(" – Omatoimi"), f"{one}: {one.title}"
        levels = [level for level, _ in one.headings]
        assert levels.count(1) == 1, f"{one}: {one.headings}"
        assert levels[0] == 1, f"{one}: {one.headings}"
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), f"{one}: {levels}"
        assert all(words.strip() for _, words in one.headings), f"{one}: {one.headings}"


def test_different_pages_have_different_titles(seen: list[Seen]) -> None:
    """Where there is something to see: what cannot be had, or not now, is said in the same words everywhere."""
    by_title: dict[str, set[str]] = {}
    for one in seen:
        if one.status == 200:
            by_title.setdefault(f"{one.language} {one.title}", set()).add(one.page.address.partition("?")[0])
    assert not {title: paths for title, paths in by_title.items() if len(paths) > 1}


def test_no_code_of_a_machine_is_shown_to_a_reader(seen: list[Seen]) -> None:
    none({str(one): [words for words in one.told if any(re.search(code, words) for code in CODES)] for one in seen})


def test_a_page_asks_nothing_of_anybody_else_and_its_console_has_no_errors(seen: list[Seen]) -> None:
    none({str(one): one.reached_out + one.complaints for one in seen})
