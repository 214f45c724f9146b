"""Small numbers of persons are kept back (R13), and with them what would let anybody compute them.

A library's month is one table: its total, and the same persons divided in several ways (by day, by hour), each of which
adds up to the total. All that is published of a longer span, or of several libraries, is a sum of such cells, told only
where each of them is told: it adds nothing to what they tell. No span that cuts a month is told at all, since the
difference of two spans is a third.

Primary and complementary suppression are the terms of the SDC Handbook (Hundepool et al., 2012, chapter 4).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

SMALL = 5
"""A number of persons below it is kept back. Nought is told: it is about nobody."""

Suppression = Literal["primary", "complementary"]
"""Why a number is not told: it is small; or a small one, or the total, could be computed from it."""


@dataclass(frozen=True, slots=True)
class PersonCount:
    """How many persons, or why that is not told."""

    persons: int | None
    suppressed: Suppression | None = None


Divided = Mapping[str, Mapping[str, int]]
"""The same persons divided in several ways: by name of the way and key of the cell."""


def told(total: int, divided: Divided) -> tuple[PersonCount, dict[str, dict[str, PersonCount]]]:
    """Tell what may be told of a table: its total and its cells. Each way of dividing adds up to the total; of a total
    that is kept back nothing is told, not even where somebody came: four such days of fewer than five persons tell
    each."""
    cells: dict[str, dict[str, PersonCount]] = {}
    enough = not 0 < total < SMALL
    for way, counted in divided.items():
        kept = _kept_back(counted)
        enough = enough and kept is not None
        cells[way] = {key: _cell(persons, keep_back=key in (kept or ())) for key, persons in counted.items()}
    return (PersonCount(total), cells) if enough else (_cell(total, keep_back=True), {})


def together(cells: Iterable[PersonCount]) -> PersonCount:
    """Tell what may be told of a sum of told cells: the sum, where all of them are told; else nothing that they do not
    tell."""
    parts = [cell for cell in cells if cell.persons != 0]
    if len(parts) == 1:
        return parts[0]
    if any(cell.suppressed for cell in parts):
        return PersonCount(None, "complementary")
    return PersonCount(sum(cell.persons or 0 for cell in parts))


def _cell(persons: int, *, keep_back: bool) -> PersonCount:
    if not keep_back:
        return PersonCount(persons)
    return PersonCount(None, "primary" if persons < SMALL else "complementary")


def _kept_back(cells: Mapping[str, int]) -> frozenset[str] | None:
    """Return the cells that are kept back where the total is told: the small ones, and those that follow until all of
    them may have any value that they can have. None when there are not enough.

    Which ones follow, and how many, is decided by what everybody can see (places, and what all of them come to), so
    that nobody learns anything from the choice either.
    """
    keys = list(cells)
    small = [key for key in keys if 0 < cells[key] < SMALL]
    if not small:
        return frozenset()
    kept, come_to, could_come_to = set(small), sum(cells[key] for key in small), (SMALL - 1) * len(small)
    first = keys.index(small[0])
    for key in (*keys[first:], *keys[:first]):
        if cells[key] < SMALL:
            continue
        kept.add(key)
        come_to += cells[key]
        could_come_to += SMALL
        if come_to >= could_come_to:
            return frozenset(kept)
    return None
