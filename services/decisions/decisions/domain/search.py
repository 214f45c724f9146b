"""Words for full-text search in Finnish.

PostgreSQL's `finnish` stems most words well, but not the names of places (*Sörnäisten*, *Meilahdessa*, *Kruununhaan*).
So their forms are replaced by the base form, in what is indexed and in what is asked alike, whatever the case of their
letters; the stemmer then sees the same word on both sides.
"""

import re
import unicodedata
from functools import cache

from decisions.gazetteer import forms

_WORD = re.compile(r"\w+(?:-\w+)*")
_NEVER = frozenset({"Linjat"})
"""*Linjat* is a sub-district, but *linjoja* in a text are mostly lines: the stemmer serves them better."""


def index_words(text: str) -> str:
    """The text to hand to `to_tsvector('finnish', ...)`: each inflected place name in its base form, composed (NFC),
    without the null character that PostgreSQL refuses."""
    plain = unicodedata.normalize("NFC", text).replace("\0", " ")
    return _WORD.sub(_based, plain)


def query_words(text: str) -> str:
    """The text to hand to `websearch_to_tsquery('finnish', ...)`. Its quotes, `or` and leading minus are kept; the
    quotation marks that phones and word processors write become plain ones."""
    return index_words(re.sub("[\u201c\u201d\u201e\u00ab\u00bb]", '"', text))


def _based(word: re.Match[str]) -> str:
    base = _bases().get(word[0].lower())
    if base is not None or "-" not in word[0]:
        return base or word[0]
    return "-".join(_bases().get(half.lower(), half) for half in word[0].split("-"))


@cache
def _bases() -> dict[str, str]:
    """Base form by form in lower case; single words only, since words are looked up one by one."""
    return {
        form.lower(): entry.place.name
        for form, entry in reversed(forms().items())
        if " " not in form and entry.place.name not in _NEVER
    }
