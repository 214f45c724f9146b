"""Words of the pages (`locale/*.yaml`)."""

from pathlib import Path

from babel import Locale, UnknownLocaleError
from chassis.pages import LANGUAGES, Pages

PAGES = Pages(Path(__file__).parent)


def word(key: str, language: str) -> str:
    """Return the word for a key in a language of the pages."""
    return PAGES.words[language][key]


def of_list(group: str, code: str, language: str) -> str:
    """Return the word for a code of an open list; one that we do not know yet has the word for all others."""
    words = PAGES.words[language]
    return words.get(f"{group}.{code}", words[f"{group}.other"])


def codes(group: str) -> set[str]:
    """Return the codes of an open list that have a word."""
    words = PAGES.words[LANGUAGES[0]]
    return {key.removeprefix(f"{group}.") for key in words if key.startswith(f"{group}.")}


def name_of(language: str, reader: str) -> str:
    """Return a language's name in the reader's; its code where there is none."""
    try:
        return Locale.parse(language).get_display_name(reader) or language
    except (UnknownLocaleError, ValueError):
        return language
