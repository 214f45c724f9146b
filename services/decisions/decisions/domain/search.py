"""Words for full-text search in Finnish, the same in what is indexed and in what is asked.

PostgreSQL's `finnish` knows no change of grade (*päätös*, *päätöksen*; *katu*, *kadun*) and no names. So each word is
brought to its base form first: a place by the gazetteer, a street by its last word, any other by a dictionary; a
district's Swedish name becomes the Finnish one, and numbers of cases and of plots one spelling.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from decisions.domain.streets import street
from decisions.gazetteer import districts, forms

Lemma = Callable[[str], str]

_NEVER = frozenset({"Linjat"})
"""*Linjat* is a sub-district, but *linjoja* in a text are mostly lines: the dictionary serves them better."""

_TOKEN = re.compile(
    r"(?<![\w-])(?:HEL[ \u00a0-](?P<year>\d{4})[ \u00a0-](?P<running>\d{1,6})(?![\w])"
    r"|(?:0?91-)?0{0,2}(?P<district>[1-9]\d?)-0{0,3}(?P<block>\d{1,4})-0{0,3}(?P<plot>\d{1,4})(?![\w-])"
    r"|(?P<town>[1-9]\d?)(?P<part>\d{3})/(?P<lot>\d{1,3})(?![\w/]))"
    r"|(?P<word>\w+(?:-\w+)*)",
    re.IGNORECASE,
)


def index_words(text: str, lemma: Lemma) -> str:
    """The text to hand to `to_tsvector('finnish', ...)`, composed (NFC), without the null character that PostgreSQL
    refuses. Numbers stand there as they are written, too."""
    return _TOKEN.sub(lambda found: _based(found, lemma, indexed=True), _plain(text))


def query_words(text: str, lemma: Lemma) -> str:
    """The text to hand to `websearch_to_tsquery('finnish', ...)`. Its quotes, `or` and leading minus are kept; the
    quotation marks that phones and word processors write become plain ones."""
    plain = _plain(re.sub("[\u201c\u201d\u201e\u00ab\u00bb]", '"', text))
    return _TOKEN.sub(lambda found: _based(found, lemma, indexed=False), plain)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).replace("\0", " ")


def _based(found: re.Match[str], lemma: Lemma, *, indexed: bool) -> str:
    word: str | None = found["word"]
    if word is None:
        number = _number(found)
        return f"{number} {found[0]}" if indexed else number
    if word.lower() == "or" and not indexed:
        return word
    base = _base(word)
    if base is not None or "-" not in word:
        return base or lemma(word.lower())
    return "-".join(_base(half) or lemma(half.lower()) for half in word.split("-"))


def _number(found: re.Match[str]) -> str:
    """`hel2014005812` for a case, `p22x701x5` for plot 5 of block 701 in district 22, however it is written."""
    if found["year"]:
        return f"hel{found['year']}{int(found['running']):06}"
    parts = (found["district"], found["block"], found["plot"])
    district, block, plot = parts if parts[0] else (found["town"], found["part"], found["lot"])
    return f"p{int(district)}x{int(block)}x{int(plot)}"


def _base(word: str) -> str | None:
    return _bases().get(word.lower()) or street(word)


@cache
def _bases() -> dict[str, str]:
    """Base form by form in lower case; single words only, since words are looked up one by one. A district has its
    Finnish name in both languages."""
    finnish = {district.sv: district.fi for district in districts().values() if " " not in district.sv}
    return {
        form.lower(): finnish.get(entry.place.name, entry.place.name)
        for form, entry in reversed(forms().items())
        if " " not in form and entry.place.name not in _NEVER
    }
