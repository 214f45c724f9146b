"""The words of a record: titled sections of paragraphs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a text. `level` 1 is a part of the record itself (*Päätös*, *Esittelijän perustelut*), 2 a
    heading inside the part before it."""

    title: str
    paragraphs: tuple[str, ...]
    level: int = 1


DECIDING = frozenset(
    {"Päätös", "Päätösehdotus", "Lausunto", "Lausuntoehdotus", "Esitys", "Esitysehdotus", "Beslut", "Beslutsförslag"}
    | {"Utlåtande", "Förslag till utlåtande", "Framställning"}
)
"""Titles of the parts that say what is decided, stated or proposed, in Finnish and Swedish."""


def deciding(sections: Iterable[Section]) -> Iterator[str]:
    """Return the paragraphs that decide or propose, with those under their inner headings."""
    return (text for inside, text in _marked(sections) if inside)


def explaining(sections: Iterable[Section]) -> Iterator[str]:
    """Return all other paragraphs."""
    return (text for inside, text in _marked(sections) if not inside)


def _marked(sections: Iterable[Section]) -> Iterator[tuple[bool, str]]:
    inside = False
    for section in sections:
        if section.level == 1:
            inside = section.title in DECIDING
        for paragraph in section.paragraphs:
            yield inside, paragraph
