"""Names and texts in several languages, as a form of the desk shows and reads them.

There is a field for each language of the installation, and for each other one that something is said in already: what a
form does not show it would take away.
"""

import re
from collections.abc import Iterable, Mapping

from chassis.installation import Installation
from chassis.local_time import LOCALES

from web.desk.acts import Fault
from web.visitors import Form

LANGUAGE = r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*"
"""A language's code, as the contract takes it."""
LONGEST_NAME = 300
LONGEST_TEXT = 2000


def fields(installation: Installation, lang: str, written: Iterable[Mapping[str, str]]) -> list[tuple[str, str]]:
    """Return the languages that a form has fields for, and what each is called in the page's language."""
    ours = installation.languages
    others = sorted({code for words in written for code in words} - set(ours))
    return [(code, str(LOCALES[lang].languages.get(code, code))) for code in (*ours, *others)]


def named(form: Form, first: str) -> dict[str, str]:
    """Read what something is called by language. Raises Fault where the `first` language has no name, or one is too
    long."""
    told = _read(form, "name")
    if first not in told:
        raise Fault(f"name-{first}", "name")
    for lang, name in told.items():
        if len(name) > LONGEST_NAME:
            raise Fault(f"name-{lang}", "name")
    return told


def texts(form: Form, name: str) -> dict[str, str]:
    """Read what a text says by language. Raises Fault where one is too long."""
    told = _read(form, name)
    for lang, text in told.items():
        if len(text) > LONGEST_TEXT:
            raise Fault(f"{name}-{lang}", "words.long")
    return told


def _read(form: Form, name: str) -> dict[str, str]:
    codes = (found[1] for field in form if (found := re.fullmatch(rf"{re.escape(name)}-({LANGUAGE})", field)))
    return {lang: words for lang in codes if (words := form.get(f"{name}-{lang}", "").strip())}
