"""Words for full-text search in Finnish, the same in what is indexed and in what is asked.

PostgreSQL's `finnish` knows no change of grade (*päätös*, *päätöksen*; *katu*, *kadun*) and no names. So each word is
brought to its base form first: a place by the gazetteer, a street by its last word, any other by a dictionary; a
district's name in another language becomes that in the first, and numbers of cases and of plots one spelling.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from decisions.domain.streets import street
from decisions.gazetteer import Gazetteer, Place

Lemma = Callable[[str], str]

_CASE = r"(?<![\w-]){cases}[ \u00a0-](?P<year>\d{{4}})[ \u00a0-](?P<running>\d{{1,6}})(?![\w])|"
_PROPERTY = (
    r"(?<![\w-])(?:(?:0{{0,2}}{municipality}-)?0{{0,2}}(?P<district>[1-9]\d?)-0{{0,3}}(?P<block>\d{{1,4}})-0{{0,3}}"
    r"(?P<plot>\d{{1,4}})(?![\w-])|(?P<town>[1-9]\d?)(?P<part>\d{{3}})/(?P<lot>\d{{1,3}})(?![\w/]))|"
)
_WORD = r"(?P<word>\w+(?:-\w+)*)"


@dataclass(frozen=True, slots=True)
class _Knowledge:
    """What a gazetteer tells of words: the letters of case numbers, what is taken as one word, and the base form by
    form in lower case; single words only, since words are looked up one by one."""

    cases: str
    token: re.Pattern[str]
    bases: Mapping[str, str]


@lru_cache(maxsize=16)
def _knowledge(gazetteer: Gazetteer) -> _Knowledge:
    numbers = gazetteer.numbers
    token = _CASE.format(cases=numbers.cases) + _WORD if numbers else _WORD
    if numbers and numbers.municipality:
        token = _PROPERTY.format(municipality=numbers.municipality) + token
    bases = {
        form.lower(): _in_one_language(gazetteer, entry.place)
        for form, entry in reversed(list(gazetteer.forms.items()))
        if " " not in form and entry.place.caution != "common"
    }
    return _Knowledge(numbers.cases.lower() if numbers else "", re.compile(token, re.IGNORECASE), bases)


def _in_one_language(gazetteer: Gazetteer, place: Place) -> str:
    """Give a district one name for the index in all languages: the first that its table has."""
    if place.kind != "district" or " " in place.name or not place.districts:
        return place.name
    names = gazetteer.districts[place.districts[0]].names
    return next(iter(names.values())) if place.name in names.values() else place.name


def index_words(gazetteer: Gazetteer, text: str, lemma: Lemma) -> str:
    """Return the text to hand to `to_tsvector('finnish', ...)`, composed (NFC), without the null character that
    PostgreSQL refuses. Numbers stand there as they are written, too."""
    return _replaced(gazetteer, _plain(text), lemma, indexed=True)


def query_words(gazetteer: Gazetteer, text: str, lemma: Lemma) -> str:
    """Return the text to hand to `websearch_to_tsquery('finnish', ...)`. Its quotes, `or` and leading minus are kept;
    the quotation marks that phones and word processors write become plain ones."""
    plain = _plain(re.sub("[\u201c\u201d\u201e\u00ab\u00bb]", '"', text))
    return _replaced(gazetteer, plain, lemma, indexed=False)


def _replaced(gazetteer: Gazetteer, text: str, lemma: Lemma, *, indexed: bool) -> str:
    known = _knowledge(gazetteer)
    return known.token.sub(lambda found: _based(known, found, lemma, indexed=indexed), text)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).replace("\0", " ")


def _based(known: _Knowledge, found: re.Match[str], lemma: Lemma, *, indexed: bool) -> str:
    word: str | None = found["word"]
    if word is None:
        number = _number(known, found)
        return f"{number} {found[0]}" if indexed else number
    if word.lower() == "or" and not indexed:
        return word
    base = _base(known, word)
    if base is not None or "-" not in word:
        return base or lemma(word.lower())
    return "-".join(_base(known, half) or lemma(half.lower()) for half in word.split("-"))


def _number(known: _Knowledge, found: re.Match[str]) -> str:
    """Return `hel2014005812` for a case, `p22x701x5` for plot 5 of block 701 in district 22, however it is written."""
    if found["year"]:
        return f"{known.cases}{found['year']}{int(found['running']):06}"
    parts = (found["district"], found["block"], found["plot"])
    district, block, plot = parts if parts[0] else (found["town"], found["part"], found["lot"])
    return f"p{int(district)}x{int(block)}x{int(plot)}"


def _base(known: _Knowledge, word: str) -> str | None:
    return known.bases.get(word.lower()) or street(word)
