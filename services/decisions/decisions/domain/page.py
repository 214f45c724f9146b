"""Plain text of a printed page: its paragraphs, and what belongs to the paper: heads, letterhead, page marks."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

LETTERHEAD = frozenset(
    {"Postiosoite", "Käyntiosoite", "Puhelin", "Y-tunnus", "Tilinro", "Faksi", "Alv.nro"}
    | {"Postadress", "Besöksadress", "Telefon", "FO-nummer", "Kontonr"}
)
_PAGE_MARK = re.compile(r"\s*(?:sivu\s+)?\d+\s*(?:\(\d+\)|/\s*\d+)\s*", re.IGNORECASE)
_ENDS_SENTENCE = re.compile(r"[.!?:][\"”’)]*$")
_BULLET = re.compile(r"\s*[-–•*]\s+(?!\d)")
_ITEM = re.compile(r"\s*(?:\d{1,2}[.)]\s|[a-zåäö]\)\s)")
FULL = 0.85
"""A line shorter than this share of the longest ended on purpose, if the next word had fitted on it."""


MOST_MARKS = 30
"""Combining marks in a row that no writing goes beyond (Unicode's Stream-Safe Text Format, UAX 15)."""


def stacks_marks(text: str) -> bool:
    """Tell whether more marks stand on one letter than any writing has: composing them takes the square of their
    number."""
    if text.isascii():
        return False
    run = 0
    for sign in text:
        run = run + 1 if unicodedata.combining(sign) else 0
        if run > MOST_MARKS:
            return True
    return False


def decode(content: str | bytes) -> str:
    """Return the text of a file: UTF-8, else Windows-1252, composed (NFC), with plain spaces and no soft hyphens.
    ValueError where it is no text (a PDF, other binary)."""
    text = content if isinstance(content, str) else _decoded(content)
    if stacks_marks(text):
        raise ValueError("not plain text")
    if text.startswith("%PDF") or any(unicodedata.category(sign) == "Cc" and sign not in "\t\n\r\f" for sign in text):
        raise ValueError("not plain text")
    text = unicodedata.normalize("NFC", text).replace("\u00ad", "").replace("\ufeff", "")
    return re.sub(r"[\u00a0\u2007\u202f]", " ", text.expandtabs(8))


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def without_furniture(lines: Sequence[str], running: frozenset[str], head: re.Pattern[str]) -> list[str]:
    """Return the lines without letterheads, page marks and repeated heads: a line that `head` matches, and after it the
    lines in `running` (stripped). A sentence that the page broke is put together again."""
    kept: list[str] = []
    at = 0
    while at < len(lines):
        beyond = _furniture(lines, at, running, head)
        if beyond == at:
            kept.append(lines[at])
            at += 1
            continue
        while beyond < len(lines) and not lines[beyond].strip():
            beyond += 1
        while kept and not kept[-1].strip():
            kept.pop()
        if not kept or _ENDS_SENTENCE.search(kept[-1].rstrip()):
            kept.append("")
        at = beyond
    return kept


def _furniture(lines: Sequence[str], at: int, running: frozenset[str], head: re.Pattern[str]) -> int:
    """Tell where the furniture that begins at this line ends; the same line where there is none."""
    if _is_letterhead(lines[at]):
        while at < len(lines) and lines[at].strip() and not re.fullmatch(r"\s*(?:§\s*\d+|\d+\s*§)\s*", lines[at]):
            at += 1
        return at
    if _PAGE_MARK.fullmatch(lines[at]):
        return at + 1
    if head.match(lines[at]):
        at += 1
        while at < len(lines) and (not lines[at].strip() or lines[at].strip() in running):
            at += 1
    return at


def _is_letterhead(line: str) -> bool:
    """Tell whether it is the line of labels that begins an address block; the block runs to the next blank line."""
    return len(LETTERHEAD & set(line.split())) >= 2


def paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Yield paragraphs as single lines. They are parted by a blank line, and where that is missing by a sentence's end
    before a line that stands further in or would have fitted on the one before."""
    width = max((len(line.rstrip()) for line in lines), default=0)
    gathered: list[str] = []
    for line in [*lines, ""]:
        if gathered and (not line.strip() or _begins(gathered[-1], line, width)):
            yield _join(gathered)
            gathered = []
        if line.strip():
            gathered.append(line)


def _begins(before: str, line: str, width: int) -> bool:
    ended = before.rstrip()
    if _BULLET.match(line):
        return True
    if not re.search(r"[.!?:;,][\"”’)]*$", ended):
        return False
    if _ITEM.match(line):
        return True
    if not _ENDS_SENTENCE.search(ended):
        return False
    indent = len(line) - len(line.lstrip()) > len(before) - len(before.lstrip())
    return indent or len(ended) + 1 + len(line.split()[0]) <= FULL * width


def _join(lines: Sequence[str]) -> str:
    """Join two lines of a paragraph. A suspended hyphen (*osallisuus- ja*) keeps its space, a compound that the line
    broke (*Itä-*, *Pasila*) does not."""
    text = " ".join(" ".join(lines).split())
    return re.sub(r"(\w-) (?!ja\b|tai\b|sekä\b|eli\b|och\b|eller\b)(?=\w)", r"\1", text) if len(lines) > 1 else text
