"""Numbers that carry a district: property ids, plots, and district numbers written as such.

A property id is `91-DD-block-plot`, and the block of a plot begins with the district too: plot 22585/4 lies in 22. Plan
numbers look the same (`VIO 5959/1`, `nro 12781`), so a bare number counts only after a word for plot or block.
"""

import re
from collections.abc import Iterator

DISTRICTS = range(1, 60)

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
        for group, method in (("property", "property"), ("district", "district-number")):
            if found[group] and int(found[group]) in DISTRICTS:
                yield f"{int(found[group]):02}", found.start(), found.end(), method
        if found["plots"]:
            yield from _plots(found)


def _plots(found: re.Match[str]) -> Iterator[tuple[str, int, int, str]]:
    is_block = found["word"].lower().startswith("k")
    for plot in _PLOT.finditer(found["plots"]):
        block = plot["block"]
        number = int(block[:-3])
        told = plot["plot"] or (is_block and not block.startswith(("19", "20"))) or len(block) == 5
        if number in DISTRICTS and told:
            start = found.start("plots") + plot.start()
            yield f"{number:02}", start, start + len(plot[0]), "plot" if plot["plot"] else "block"
