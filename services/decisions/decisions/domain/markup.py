"""Ahjo's HTML of decisions, motions and announcements: the older form with classes on bare headings, and the newer one
with `<section>`. Only what the city says is kept: the parts, and how to appeal. Contacts, signatures and lists of
recipients name officials and are read over.

lxml tells the tags as they come and builds no tree (docs/adr/0014): the page is foreign, and whatever it holds, reading
takes time and memory in proportion to its length.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from decisions.domain.fields import UnreadableField
from decisions.domain.page import MOST_MARKS, stacks_marks
from decisions.domain.sections import Section

CONVERSION_ERROR = "Virhe xml -> html muunnoksessa"
"""What the source really holds in place of some texts."""


@dataclass(frozen=True, slots=True)
class Markup:
    """`title` and `case` as the page gives them (`HEL 2020-006250 T 00 03 00`), empty where it does not. `language` is
    the page's own mark. `faulty` says that the source failed to make the page."""

    title: str
    case: str
    language: str
    sections: tuple[Section, ...]
    appeal: tuple[Section, ...]
    faulty: bool


def read(html: str) -> Markup:
    """Return the parts of a page; an empty one where there is nothing to read. Unreadable where it is nested too
    deep."""
    if CONVERSION_ERROR in html:
        return Markup("", "", "", (), (), True)
    page = _Page()
    parser = etree.HTMLParser(target=page, encoding="utf-8", no_network=True)
    content = html.encode("utf-8", "replace")
    for at in range(0, len(content), PIECE):
        parser.feed(content[at : at + PIECE])
    if content:
        parser.close()
    page.leave()
    parts = (*page.content, *page.appeal)
    texts = (*page.told.values(), *(text for part in parts for text in (part.title, *part.paragraphs)))
    # A reference (&#790;) shows only here which letter it stands for.
    if stacks_marks("\n".join(texts)):
        raise UnreadableField("bad-characters", f"more than {MOST_MARKS} marks stand on one letter")
    return Markup(
        page.told["AsiaOtsikko"], page.told["DnroTmuoto"], page.language, tuple(page.content), tuple(page.appeal), False
    )


_TOLD = ("AsiaOtsikko", "DnroTmuoto")
_PARTS = frozenset({"SisaltoSektio", "Tiedote"})
_HEADING = re.compile(r"h[1-6]")
_BLOCKS = frozenset({"p", "div", "section", "li", "ul", "ol", "table", "tr", "blockquote"})
_UNSEEN = frozenset({"style", "script", "title"})
_BREAK, _CELL = "\n", "\t"

DEEPEST = 200
"""Elements inside one another; the city's pages have 12. For each end tag the parser looks through all that are open:
this keeps its time in proportion to the page's length."""
PIECE = 16_384
"""Bytes fed at once: a page that is refused is read no further than to the end of a piece."""


class _Page:
    """Reads in one pass, as the parser calls. Text goes to the part that is open (content, appeal), or nowhere."""

    def __init__(self) -> None:
        self.told = dict.fromkeys(_TOLD, "")
        self.language = ""
        self.content: list[Section] = []
        self.appeal: list[Section] = []
        self._into: list[Section] | None = None
        self._parts: list[bool] = []
        self._unseen = self._rows = self._depth = 0
        self._words: list[str] = []
        self._paragraphs: list[str] = []
        self._heading: tuple[str, str] | None = None
        self._telling: str | None = None
        self._title, self._level = "", 1

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise UnreadableField("bad-markup", f"its HTML is nested deeper than {DEEPEST} elements")
        of = attributes.get("class", "").strip()
        if tag == "html":
            self.language = attributes.get("lang", "").lower()
        self._unseen += tag in _UNSEEN
        if tag in {"div", "section"}:
            self._open(of)
        if tag == "br":
            self._words.append(_BREAK)
        elif tag in _BLOCKS:
            self._end_paragraph()
        if of in _TOLD:
            self._telling = of
        if _HEADING.fullmatch(tag):
            self._end_paragraph()
            self._heading = (tag, of)
        self._rows += tag == "tr"

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        if self._heading and tag == self._heading[0]:
            self._end_heading(self._heading[1])
        elif tag == "div" and (telling := self._telling):
            self.told[telling] = self._text()
        if tag in {"td", "th"}:
            self._words.append(_CELL)
        self._rows = max(0, self._rows - (tag == "tr"))
        if tag in _BLOCKS:
            self._end_paragraph()
        if tag in {"div", "section"} and self._parts and self._parts.pop():
            self.leave()

    def data(self, data: str) -> None:
        if not self._unseen:
            self._words.append(re.sub(r"\s+", " ", data))

    def close(self) -> None:
        """Take the end of the page, as the parser tells it."""

    def leave(self) -> None:
        """Close the part that is open."""
        self._end_paragraph()
        if self._into is not None and (self._title or self._paragraphs):
            self._into.append(Section(self._title, tuple(self._paragraphs), self._level))
        self._into, self._title, self._level, self._paragraphs = None, "", 1, []

    def _open(self, of: str) -> None:
        part = of in _PARTS
        self._parts.append(part)
        if part or (of.endswith("Sektio") and self._into is not None):
            self.leave()
        if part:
            self._into = self.content

    def _end_heading(self, of: str) -> None:
        """End a heading: one with a class begins a part of that kind; one without stands inside the part that is
        open."""
        text = self._text()
        self._heading = None
        if of in _TOLD:
            self.told[of] = text
            return
        into, inner = self._into, self._title != "" or self._paragraphs != [] or self._level > 1
        self.leave()
        if not of:
            self._into, self._title, self._level = into, text, 2 if inner else 1
        elif of.startswith("Muutoksenhaku"):
            self._into, self._title = self.appeal, text
        elif of.startswith("Sisalto"):
            self._into, self._title = self.content, text

    def _text(self) -> str:
        text = " ".join("".join(self._words).split())
        self._words, self._telling = [], None
        return text

    def _end_paragraph(self) -> None:
        if self._rows or self._heading:
            self._words.append(" ")
            return
        if self._telling:
            return
        written, self._words = "".join(self._words), []
        if self._into is not None:
            self._paragraphs += filter(None, map(_tidy, re.split(r"\n\s*\n", written)))


def _tidy(text: str) -> str:
    """Return one paragraph: lines kept, cells of a row parted by a bar, other space single."""
    lines = (
        " | ".join(cell for part in line.split(_CELL) if (cell := " ".join(part.split())))
        for line in text.split(_BREAK)
    )
    return "\n".join(filter(None, lines))
