"""Which districts (kaupunginosa) of the city a text concerns, with the evidence.

Records of decisions have no place. The gazetteer's closed table of inflected names finds all forms of the names it
knows, where a lemmatiser turns *Vallilassa* into *valli*; numbers are read by `plots`. Names are told from parties by
`proper_names`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from decisions.domain.language import language
from decisions.domain.plots import numbered
from decisions.domain.proper_names import WINDOW, names_a_party, names_an_association
from decisions.gazetteer import Gazetteer, NameForm


@dataclass(frozen=True, slots=True)
class Match:
    """One district found: its code and the words text[start:end] that say so.

    `method` is `name`, `part` (a sub-district or everyday name), `street` (a street, bridge or station that bears the
    name), `association` (one that bears it), `plot`, `block`, `property` or `district-number`. `part` of a record is
    where the words stand. `primary` says that the matter concerns the district;
    otherwise it is only mentioned.
    """

    district: str
    start: int
    end: int
    text: str
    method: str
    primary: bool
    part: str = "title"


HINTS = frozenset({"street", "association"})
"""Methods that only count as primary where nothing plainer is said."""

MANY = 5
"""A text that names so many districts speaks of the city: none of them is primary (a statute lists them all)."""

LONG = 50_000
"""Characters of a text that are looked through; what is longer speaks of the whole city, or its title says of where."""

MOST = 100
"""Words of a text that may be names and are looked at closely, which is what costs; the city's records have 15."""

_CAPITALS = "".join(letter for letter in map(chr, range(ord("A"), 0x180)) if letter.isupper())
_WORD = re.compile(rf"[{_CAPITALS}]\w+(?:-\w+){{0,5}}")
_SENTENCE_START = re.compile(r"[.!?:]\s+$")
_CAPITALISED_BEFORE = re.compile(r"[A-ZÅÄÖ][\w-]{0,40}\s$")
_CLITICS = ("kin", "kaan", "kään", "han", "hän", "ko", "kö")
_SIDE_WORDS = "Itä Länsi Etelä Pohjois Keski Etu Taka Ylä Ala Uusi Vanha Koillis Luoteis Kaakkois Lounais"
_SIDES = frozenset(_SIDE_WORDS.split())
"""Words that tell a side of a place when they are joined to its name, as the city's own name does."""
_WAY = re.compile(
    r"\s+(?![A-ZÅÄÖ])(?:\w*(?:tie|tien|tiellä|tielle|katu|kadun|kadulla|kadulle|polku|polun|polulla|kuja|kujan|kujalla|raitti|raitin"
    r"|kaari|kaaren|aukio|aukion|väylä|väylän|silta|sillan|sillalla|tunneli|tunnelin)|(?:metro|rautatie)?asema(?:n|lla|lle|lta|ssa|sta|a)?)\b"
)


@dataclass(frozen=True, slots=True)
class _Table:
    forms: dict[str, NameForm]
    capitals: dict[str, NameForm]
    first_words: dict[str, tuple[str, ...]]
    beginnings: frozenset[str]
    sides: frozenset[str]


@lru_cache(maxsize=16)
def _table(gazetteer: Gazetteer) -> _Table:
    known = {form: entry for form, entry in gazetteer.forms.items() if entry.place.districts}
    first_words: dict[str, tuple[str, ...]] = {}
    for form in sorted((form for form in known if " " in form), key=len, reverse=True):
        first = form.split(" ", 1)[0]
        first_words[first] = (*first_words.get(first, ()), form)
    capitals = {form.upper(): entry for form, entry in known.items()}
    sides = _SIDES.union(gazetteer.numbers.own_names if gazetteer.numbers else ())
    return _Table(known, capitals, first_words, frozenset({*known, *capitals, *first_words}), sides)


def find(gazetteer: Gazetteer, text: str) -> tuple[Match, ...]:
    """Return the districts that a title or a sentence concerns, in reading order."""
    text = text[:LONG]
    matches = [
        Match(district, start, end, text[start:end], method, True)
        for district, start, end, method in numbered(gazetteer, text)
    ]
    matches += _named(_table(gazetteer), text)
    matches.sort(key=lambda match: (match.start, match.end))
    return tuple(_without_overlaps(matches))


def of_document(
    gazetteer: Gazetteer, title: str, decision: Iterable[str], rest: Iterable[str] = ()
) -> tuple[Match, ...]:
    """Return the districts of a record: primary are those of the title, else those of the paragraphs that decide; what
    stands in the rest is mentioned. Spans count from the start of the title or paragraph, `part` says which it is:
    `title`, `decision/0`, `rest/3`."""
    found = list(find(gazetteer, title))
    decides = [replace(match, part=f"decision/{n}") for n, match in _looked_through(gazetteer, decision)]
    named = {match.district for match in decides if match.primary}
    if any(match.primary for match in found) or len(named) >= MANY:
        decides = [replace(match, primary=False) for match in decides]
    others = [replace(match, part=f"rest/{n}", primary=False) for n, match in _looked_through(gazetteer, rest)]
    return tuple(found + decides + others)


def _looked_through(gazetteer: Gazetteer, paragraphs: Iterable[str]) -> Iterator[tuple[int, Match]]:
    room, words = LONG, MOST
    for n, text in enumerate(paragraphs):
        if room <= 0 or words <= 0:
            return
        beginning = text[:room]
        yield from ((n, match) for match in find(gazetteer, beginning))
        room -= len(beginning)
        words -= sum(1 for _ in _worth_a_look(_table(gazetteer), beginning))


def primary(matches: Iterable[Match]) -> tuple[str, ...]:
    """Return the codes of the primary districts, each once, sorted."""
    return tuple(sorted({match.district for match in matches if match.primary}))


def mentioned(matches: Iterable[Match]) -> tuple[str, ...]:
    """Return the codes of the districts that are mentioned and not primary, each once, sorted."""
    matches = tuple(matches)
    return tuple(sorted({match.district for match in matches} - set(primary(matches))))


def _named(table: _Table, text: str) -> Iterator[Match]:
    end = 0
    for word in islice(_worth_a_look(table, text), MOST):
        if word.start() < end:
            continue
        for start, end, form in _entries(table, text, word):
            if _is_place(text, start, end, form):
                method = _method(text, start, end, form)
                for district in form.place.districts:
                    yield Match(district, start, end, text[start:end], method, True)
        end = max(end, word.end())


def _worth_a_look(table: _Table, text: str) -> Iterator[re.Match[str]]:
    """Yield the words that may be names, or begin one."""
    for word in _WORD.finditer(text):
        if word[0] in table.beginnings or "-" in word[0] or word[0].endswith(_CLITICS):
            yield word


def _method(text: str, start: int, end: int, form: NameForm) -> str:
    if form.case == "genitive" and _WAY.match(text, end):
        return "street"
    if names_an_association(text, start, end):
        return "association"
    return "name" if form.place.kind == "district" else "part"


def _entries(table: _Table, text: str, word: re.Match[str]) -> Iterator[tuple[int, int, NameForm]]:
    """Yield the forms that begin at this word: a name of two words, the word, or the halves of a compound."""
    start, token = word.start(), word[0]
    for phrase in table.first_words.get(token, ()):
        if text.startswith(phrase, start) and not text[start + len(phrase) : start + len(phrase) + 1].isalnum():
            yield start, start + len(phrase), table.forms[phrase]
            return
    entry = table.forms.get(token)
    if entry is None and len(token) > 4:
        entry = table.capitals.get(token)
    if entry is None:
        clitic = next(filter(token.endswith, _CLITICS), "")
        entry = table.forms.get(token.removesuffix(clitic))
    if entry is not None:
        yield start, word.end(), entry
    elif "-" in token:
        yield from _halves(table, start, token)


def _halves(table: _Table, start: int, token: str) -> Iterator[tuple[int, int, NameForm]]:
    """Part a compound in its halves. *Vallila-Kumpula* is two places, *Vallila-hanke* and *Pohjois-Vallila* are one;
    *Kallio-Kokko* is a person."""
    halves, at, found = token.split("-"), start, []
    for half in halves:
        entry = table.forms.get(half)
        if entry is not None:
            found.append((at, at + len(half), entry))
        elif not (
            half in table.sides or half[:1].islower() or half == "Seura" or (found and found[0][2].case == "genitive")
        ):
            return
        at += len(half) + 1
    yield from found


def _is_place(text: str, start: int, end: int, form: NameForm) -> bool:
    around = text[max(0, start - WINDOW) : end + WINDOW]
    if form.place.caution == "surname" and (
        language(around) != "sv" or _CAPITALISED_BEFORE.search(text, max(0, start - WINDOW), start)
    ):
        return False
    if form.place.is_word and form.case != "genitive" and _SENTENCE_START.search(text, max(0, start - 4), start):
        return False
    return not names_a_party(text, start, end, form)


def _without_overlaps(matches: list[Match]) -> Iterator[Match]:
    """Settle what overlaps. A street is a hint, and so is a name that lies in two districts: what is said plainly
    elsewhere in the text decides, and the weak one is mentioned."""
    by_span: dict[tuple[int, int], set[str]] = {}
    for match in matches:
        by_span.setdefault((match.start, match.end), set()).add(match.district)
    plain = {
        match.district for match in matches if match.method not in HINTS and len(by_span[match.start, match.end]) == 1
    }
    for match in matches:
        of_two = by_span[match.start, match.end]
        weak = match.method in HINTS or (len(of_two) > 1 and bool(of_two & plain))
        yield replace(match, primary=False) if weak and plain and match.district not in plain else match
