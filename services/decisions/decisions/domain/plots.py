"""Numbers that carry a district: property ids, plots, and district numbers written as such.

A property id is `<municipality>-<district>-<block>-<plot>`, and the block of a plot begins with the district too: plot
22585/4 lies in 22. Only a city whose gazetteer has such numbers is read so. Plan numbers look the same (`VIO 5959/1`,
`nro 12781`), so a bare number counts only after a word for plot or block.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from decisions.gazetteer import Gazetteer, Numbers

COMMON_LAND = range(9000, 10_000)
"""Block numbers of streets, parks and water: of no district, though they begin with a 9."""

_SENTENCE = re.compile(r"[.!?;]\s+(?=[A-ZÅÄÖ])|\n")
WINDOW = 200
"""Characters to either side in which a sentence is looked at."""

_PLOT_WORD = (
    r"tont(?:ti|in|it|tia|teja|tien|tiin|teihin|issa|ista|illa|ilta|ille|eissa|eista|eilla|eilta|eille)"
    r"|tontin?osa(?:n|t|a|lla|lta|lle)?|kortteli(?:n|t|a|in|ssa|sta|lla|lta|lle|en|iden|ita|issa|ista)?|korttelei\w{1,4}"
    r"|määräala(?:n|t|a|lla|lta|lle)?|tomt(?:en|er|erna)?|kvarter(?:et|en)?"
)
_NUMBER = r"\d{4,5}(?:/\d+(?:-\d+)?)?"
_WORTH_A_LOOK = re.compile(r"\d{4}|\d-\d|\d\.\s?k")
_PLOT = re.compile(r"(?P<block>\d{4,5})(?P<plot>/\d+(?:-\d+)?)?")


@dataclass(frozen=True, slots=True)
class _Counting:
    """How a city counts: its districts by their numbers, what a number looks like, and the names of towns: ours or
    another; rivers, roads and manors bear the names of towns, and lie here."""

    districts: Mapping[int, str]
    pattern: re.Pattern[str]
    town: re.Pattern[str]


@lru_cache(maxsize=16)
def _counting(gazetteer: Gazetteer) -> _Counting | None:
    if gazetteer.numbers is None or gazetteer.numbers.municipality is None:
        return None
    districts = {int(code): code for code in gazetteer.districts if code.isdigit()}
    return _Counting(districts, _pattern(gazetteer.numbers), _town(gazetteer.numbers))


def _pattern(numbers: Numbers) -> re.Pattern[str]:
    return re.compile(
        rf"(?<![\w-])0{{0,2}}{numbers.municipality}-0{{0,2}}(?P<property>[1-9]\d?)-\d{{1,4}}-\d{{1,4}}(?!\d)"
        rf"|(?<![\w.])(?P<district>[1-9]\d?)\.\s?(?:ko|k\.?osa|kaupunginos\w+)\b"
        rf"|(?P<word>{_PLOT_WORD})\b(?:\s+(?:[A-Z]{{1,4}}|nro|n:o|nr))?\s+\(?"
        rf"(?P<plots>{_NUMBER}(?:(?:,\s*|\s*[;–]\s*|\s+(?:ja|sekä|och|samt)\s+){_NUMBER})*)(?![\w/])",
        re.IGNORECASE,
    )


def _town(numbers: Numbers) -> re.Pattern[str]:
    ours = "|".join(map(re.escape, numbers.own_names)) or "(?!)"
    others = "|".join(map(re.escape, numbers.other_towns)) or "(?!)"
    return re.compile(
        rf"\b(?P<ours>{ours})"
        rf"|\b(?:{others})(?!n(?:joki|joe|kosk|portti|port|tie|lahti|lahd|linna|kartano))\w*"
        rf"|\b(?!{ours})[A-ZÅÄÖ][\w-]+n\s+(?:kaupun[gk]i(?!nosa)|kunta|kunna)\w*"
        rf"|\b(?!{ours})[A-ZÅÄÖ][\w-]+\s+(?:stads?|kommuns?)\b"
    )


def numbered(gazetteer: Gazetteer, text: str) -> Iterator[tuple[str, int, int, str]]:
    """Find (district, start, end, method) of each number that carries one, in reading order; `method` is `property`,
    `district-number`, `plot` or `block`."""
    city = _counting(gazetteer)
    if city is None or not _WORTH_A_LOOK.search(text):
        return
    for found in city.pattern.finditer(text):
        if not found["property"] and _of_another_town(gazetteer, city, text, found):
            continue
        for group, method in (("property", "property"), ("district", "district-number")):
            if found[group] and (district := city.districts.get(int(found[group]))):
                yield district, found.start(), found.end(), method
        if found["plots"]:
            yield from _plots(city, found)


def _of_another_town(gazetteer: Gazetteer, city: _Counting, text: str, found: re.Match[str]) -> bool:
    """Tell whether the sentence speaks of another town's districts: the town named last before the number says so, else
    the first after it. A number beside the name of its own district here is ours all the same."""
    before, after = text[max(0, found.start() - WINDOW) : found.start()], text[found.end() : found.end() + WINDOW]
    before, after = _SENTENCE.split(before)[-1], _SENTENCE.split(after)[0]
    towns = [*list(city.town.finditer(before))[-1:], *list(city.town.finditer(after))[:1]]
    if not towns or towns[0]["ours"]:
        return False
    code = city.districts.get(int(found["district"])) if found["district"] else None
    own = gazetteer.districts[code].names.values() if code else ()
    beside = f"{before[-40:]} {after[:40]}"
    return not any(name[:5] in beside for name in own)


def _plots(city: _Counting, found: re.Match[str]) -> Iterator[tuple[str, int, int, str]]:
    is_block = found["word"].lower().startswith("k")
    for plot in _PLOT.finditer(found["plots"]):
        block = plot["block"]
        district = city.districts.get(int(block[:-3]))
        told = plot["plot"] or (is_block and not block.startswith(("19", "20"))) or len(block) == 5
        if district and int(block) not in COMMON_LAND and told:
            start = found.start("plots") + plot.start()
            yield district, start, start + len(plot[0]), "plot" if plot["plot"] else "block"
