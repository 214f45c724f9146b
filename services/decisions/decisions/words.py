"""Words as they stand on `decisions.documents.v1`: cut to what an event may hold, with a digest that all can check."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from omatoimi_contracts import canonical, documents
from omatoimi_contracts.text import masked, one_line, several_lines

from decisions.domain.sections import Section

MAX_BYTES = 240_000
"""Room for the words in an event of 256 kB."""
MAX_TITLE, MAX_SECTIONS, MAX_PARAGRAPHS, MAX_PARAGRAPH = 2000, 200, 2000, 50_000
"""Limits of the contract; a paragraph is a little shorter, so that one of them always fits."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a case, a motion or a decision says in one language."""

    language: str
    title: str
    sections: tuple[Section, ...] = ()


def public(words: Words) -> Words:
    """Return the words as everybody may see them: titles on one line, and no personal identity code, also where the
    record's markup had hidden one."""
    sections = tuple(
        replace(
            section,
            title=masked(one_line(section.title)),
            paragraphs=tuple(masked(several_lines(p)) for p in section.paragraphs),
        )
        for section in words.sections
    )
    return replace(words, title=masked(one_line(words.title)), sections=sections)


def told(words: Words) -> tuple[str, tuple[documents.Section, ...]]:
    """Return title and sections as they are told. Where they are too long for an event they end after the last
    paragraph that fits; the whole stands on the decision's page."""
    title = words.title[:MAX_TITLE]
    room = MAX_BYTES - _size(title)
    sections: list[documents.Section] = []
    for section in words.sections[:MAX_SECTIONS]:
        heading, paragraphs = section.title[:MAX_TITLE], []
        room -= _size(heading) + 40
        for paragraph in _pieces(section.paragraphs):
            room -= _size(paragraph)
            if room < 0:
                break
            paragraphs.append(paragraph)
        if room >= 0 or paragraphs:
            sections.append(documents.Section(title=heading, paragraphs=tuple(paragraphs[:MAX_PARAGRAPHS])))
        if room < 0:
            break
    return title, tuple(sections)


def digest(words: Words) -> str:
    """Return the SHA-256 of the canonical JSON (RFC 8785) of `language`, `title` and `sections` as they are told."""
    title, sections = told(words)
    plain = [section.model_dump(mode="json") for section in sections]
    return canonical.digest({"language": words.language, "title": title, "sections": plain})


def _pieces(paragraphs: Iterable[str]) -> Iterator[str]:
    for paragraph in paragraphs:
        for start in range(0, max(len(paragraph), 1), MAX_PARAGRAPH):
            yield paragraph[start : start + MAX_PARAGRAPH]


def _size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) + 1
