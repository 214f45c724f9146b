"""Deadlines that a decision sets inside its sentences: until when, what, and who."""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Deadline:
    """`date` is the last local day. `what` is said in the base form where the sentence lets it be known, else as it
    stands; `who` is None where nobody is named."""

    date: date
    what: str
    who: str | None


MONTHS = ("tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka", "marras", "joulu")

_DAY = r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})"
_MONTH_END = rf"(?P<name>{'|'.join(MONTHS)})kuun\s+(?:vuoden\s+)?(?P<month_year>\d{{4}})\s+loppuun"
_YEAR_END = r"vuoden\s+(?P<end_year>\d{4})\s+loppuun"
_UNTIL = re.compile(
    rf"(?:(?:{_DAY}|{_MONTH_END}|{_YEAR_END})\s+mennessä|viimeistään\s+{_DAY.replace('?P<', '?P<at_')})", re.IGNORECASE
)
_ASKED = re.compile(
    r"\b(?:kehot|velvoit|pyytä|pyysi|edellyt)\w*\s+(?P<who>(?:\w[\w:-]*\s+){1,6}?)(?P<act>\w+(?:maan|mään))\s+(?P<rest>.+)$"
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÅÄÖ])")
LONGEST = 2_000
"""Characters of a sentence that may set a deadline: a longer one is a table or a list, and would be told once for each
of its dates."""


def deadlines(paragraphs: Iterable[str], since: date) -> Iterator[Deadline]:
    """Yield the deadlines of the paragraphs that decide, in reading order; days before `since`, the day of the
    decision, are history and no deadline."""
    for paragraph in paragraphs:
        for sentence in _SENTENCE.split(paragraph):
            if len(sentence) > LONGEST:
                continue
            for until in _UNTIL.finditer(sentence):
                day = _last_day(until)
                if day and day >= since:
                    yield _deadline(day, sentence, until)


def _last_day(until: re.Match[str]) -> date | None:
    try:
        if until["year"]:
            return date(int(until["year"]), int(until["month"]), int(until["day"]))
        if until["at_year"]:
            return date(int(until["at_year"]), int(until["at_month"]), int(until["at_day"]))
        if until["end_year"]:
            return date(int(until["end_year"]), 12, 31)
        year, month = int(until["month_year"]), MONTHS.index(until["name"].lower()) + 1
        return date(year, month, monthrange(year, month)[1])
    except ValueError:
        return None


def _deadline(day: date, sentence: str, until: re.Match[str]) -> Deadline:
    asked = _ASKED.search(sentence[: until.start()].rstrip())
    if not asked:
        rest = f"{sentence[: until.start()].strip()} {sentence[until.end() :].strip()}"
        return Deadline(day, re.sub(r"\s+([.,;:!?])", r"\1", rest).strip(" .,"), None)
    words = asked["rest"].split()
    thing = _base_of_object(words[-1])
    if thing is None:
        return Deadline(day, f"{asked['act']} {asked['rest']}", _base_of_asked(asked["who"]))
    first = next((n for n in range(len(words) - 1, 0, -1) if not _belongs_to_next(words[n - 1])), 0)
    own, beside = words[first:-1], words[:first]
    return Deadline(day, " ".join([*map(_agreeing, own), thing, *beside]), _base_of_asked(asked["who"]))


def _belongs_to_next(word: str) -> bool:
    """Tell whether a word belongs to the noun after it, as a genitive (one vowel and n) does; a doubled vowel is the
    illative: where to."""
    return bool(re.search(r"[^aeiouyäö][aeiouyäö]n$|[uyi]on$|[ie]an$", word))


def _agreeing(word: str) -> str:
    """Give the base form of what agrees. *kirjallisen selvityksen*: an adjective in *-nen* takes the base form with its
    noun, one in *-minen* does not."""
    return word[:-3] + "nen" if word.endswith("sen") and not word.endswith("misen") else word


_OBJECTS = (
    ("ksen", "s"),
    ("lausunnon", "lausunto"),
    ("raportin", "raportti"),
    ("budjetin", "budjetti"),
    ("innin", "inti"),
    ("vedon", "veto"),
    ("teon", "teko"),
    ("tiedon", "tieto"),
    ("palautteen", "palaute"),
    ("lman", "lma"),
    ("ion", "io"),
    ("luettelon", "luettelo"),
    ("mallin", "malli"),
)
"""Genitive endings of what authorities ask for, and the base form."""


def _base_of_object(word: str) -> str | None:
    for genitive, base in _OBJECTS:
        if word.endswith(genitive):
            return word.removesuffix(genitive) + base
    return None


def _base_of_asked(words: str) -> str:
    """Give the base form of who is asked. *kaupunginkirjastoa*, *hallitusta*, *säätiötä*: who is asked stands in the
    partitive; its attributes stay."""
    *own, last = words.split()
    stem = re.sub(r":?(?:(?<=s)t[aä]|(?<=io)ta|(?<=iö)tä|(?<=[aeiouyäö])[aä]|(?<=:)[\w]+)$", "", last)
    return " ".join([*own, stem.removesuffix(":")])
