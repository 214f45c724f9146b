"""Numbers that carry a district: property ids, plots, and district numbers written as such.

A property id is `91-DD-block-plot`, and the block of a plot begins with the district too: plot 22585/4 lies in 22. Plan
numbers look the same (`VIO 5959/1`, `nro 12781`), so a bare number counts only after a word for plot or block.
"""

import re
from collections.abc import Iterator

from decisions.gazetteer import districts

DISTRICTS = range(1, 60)
COMMON_LAND = range(9000, 10_000)
"""Block numbers of streets, parks and water: of no district, though they begin with a 9."""

_TOWN = re.compile(
    r"\b(?P<ours>Helsin[gk]i|Helsingfors)"
    r"|\b(?:Espoo|Esbo|Vantaa|Vanda|Kaunia|Grankulla|Sipoo|Sibbo|Kirkkonumm|Kyrkslätt|Kerava|Kervo|Tuusula|Tusby)"
    r"(?!n(?:joki|joe|kosk|portti|port|tie|lahti|lahd|linna|kartano))\w*"
    r"|\b(?!Helsin)[A-ZÅÄÖ][\w-]+n\s+(?:kaupun[gk]i(?!nosa)|kunta|kunna)\w*"
    r"|\b(?!Helsin)[A-ZÅÄÖ][\w-]+\s+(?:stads?|kommuns?)\b"
)
"""Our town or another; rivers, roads and manors bear the names of towns, and lie here."""
_SENTENCE = re.compile(r"[.!?;]\s+(?=[A-ZÅÄÖ])|\n")
WINDOW = 200
"""Characters to either side in which a sentence is looked at."""

_PLOT_WORD = (
    r"tont(?:ti|in|it|tia|teja|tien|tiin|teihin|issa|ista|illa|ilta|ille|eissa|eista|eilla|eilta|eille)"
    r"|tontin?osa(?:n|t|a|lla|lta|lle)?|kortteli(?:n|t|a|in|ssa|sta|lla|lta|lle|en|iden|ita|issa|ista)?|korttelei\w{1,4}"
    r"|määräala(?:n|t|a|lla|lta|lle)?|tomt(?:en|er|erna)?|kvarter(?:et|en)?"
)
_NUMBER = r"\d{4,5}(?:/\d+(?:-\d+)?)?"
_PATTERN = re.compile(
    rf"(?<![\w-])0?91-0{{0,2}}(?P<property>[1-9]\d?)-\d{{1,4}}-\d{{1,4}}(?!\d)"
    rf"|(?<![\w.])(?P<district>[1-9]\d?)\.\s?(?:ko|k\.?osa|kaupunginos\w+)\b"
    rf"|(?P<word>{_PLOT_WORD})\b(?:\s+(?:[A-Z]{{1,4}}|nro|n:o|nr))?\s+\(?"
    rf"(?P<plots>{_NUMBER}(?:(?:,\s*|\s*[;–]\s*|\s+(?:ja|sekä|och|samt)\s+){_NUMBER})*)(?![\w/])",
    re.IGNORECASE,
)
_WORTH_A_LOOK = re.compile(r"\d{4}|91-\d|\d\.\s?k")
_PLOT = re.compile(r"(?P<block>\d{4,5})(?P<plot>/\d+(?:-\d+)?)?")


def numbered(text: str) -> Iterator[tuple[str, int, int, str]]:
    """(district, start, end, method) of each number that carries one, in reading order; `method` is `property`,
    `district-number`, `plot` or `block`."""
    if not _WORTH_A_LOOK.search(text):
        return
    for found in _PATTERN.finditer(text):
        if not found["property"] and _of_another_town(text, found):
            continue
        for group, method in (("property", "property"), ("district", "district-number")):
            if found[group] and int(found[group]) in DISTRICTS:
                yield f"{int(found[group]):02}", found.start(), found.end(), method
        if found["plots"]:
            yield from _plots(found)


def _of_another_town(text: str, found: re.Match[str]) -> bool:
    """Whether the sentence speaks of another town's districts: the town named last before the number says so, else the
    first after it. A number beside the name of its own district here is ours all the same."""
    before, after = text[max(0, found.start() - WINDOW) : found.start()], text[found.end() : found.end() + WINDOW]
    before, after = _SENTENCE.split(before)[-1], _SENTENCE.split(after)[0]
    towns = [*list(_TOWN.finditer(before))[-1:], *list(_TOWN.finditer(after))[:1]]
    if not towns or towns[0]["ours"]:
        return False
    own = districts().get(f"{int(found['district']):02}") if found["district"] else None
    beside = f"{before[-40:]} {after[:40]}"
    return own is None or not any(name[:5] in beside for name in (own.fi, own.sv))


def _plots(found: re.Match[str]) -> Iterator[tuple[str, int, int, str]]:
    is_block = found["word"].lower().startswith("k")
    for plot in _PLOT.finditer(found["plots"]):
        block = plot["block"]
        number = int(block[:-3])
        told = plot["plot"] or (is_block and not block.startswith(("19", "20"))) or len(block) == 5
        if number in DISTRICTS and int(block) not in COMMON_LAND and told:
            start = found.start("plots") + plot.start()
            yield f"{number:02}", start, start + len(plot[0]), "plot" if plot["plot"] else "block"
