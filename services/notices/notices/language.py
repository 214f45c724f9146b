"""The words of the pages in three languages (`locale/*.toml`), and moments as people write them, in Helsinki's time."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, format_time
from omatoimi_contracts.vocabulary import Slot

LANGUAGES = ("fi", "sv", "en")
HELSINKI = ZoneInfo("Europe/Helsinki")

_FOLDER = Path(__file__).parent / "locale"
_WORDS: dict[str, dict[str, Any]] = {
    language: tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8")) for language in LANGUAGES
}
_LOCALES = {"fi": Locale("fi", "FI"), "sv": Locale("sv", "FI"), "en": Locale("en", "GB")}


def words(language: str) -> Mapping[str, Any]:
    """The words of the pages in one of `LANGUAGES`."""
    return _WORDS[language]


def of_list(group: str, code: str, language: str) -> str:
    """The word for a code of an open list; one that we do not know yet has the word for all others."""
    known: dict[str, str] = _WORDS[language][group]
    return known.get(code, known["other"])


def preferred(asked: str | None, accepted: str | None) -> str:
    """The language to speak: the one asked for, else the best of an Accept-Language header, else Finnish."""
    if asked in LANGUAGES:
        return asked
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate((accepted or "").split(",")):
        tag, _, quality = part.strip().partition(";q=")
        ranked.append((-_quality(quality), position, tag.strip().lower().partition("-")[0]))
    return next((tag for weight, _, tag in sorted(ranked) if tag in LANGUAGES and weight < 0), "fi")


def _quality(text: str) -> float:
    try:
        return float(text or "1")
    except ValueError:
        return 0.0


def name_of(language: str, reader: str) -> str:
    """A language's name in the reader's; its code where there is none."""
    try:
        return Locale(language).get_display_name(reader) or language
    except (UnknownLocaleError, ValueError):
        return language


def day(when: date, language: str) -> str:
    return str(format_skeleton("yMMMEd", _as_datetime(when), locale=_LOCALES[language]))


def moment(when: datetime, language: str) -> str:
    """A moment in Helsinki's time, with its day."""
    return f"{day(when.astimezone(HELSINKI).date(), language)} {clock(when, language)}"


def clock(when: datetime, language: str) -> str:
    return str(format_time(when, "short", tzinfo=HELSINKI, locale=_LOCALES[language]))


def span(slot: Slot, language: str) -> str:
    """From when to when, in Helsinki's time; the day once where it is the same."""
    same_day = slot.start.astimezone(HELSINKI).date() == slot.end.astimezone(HELSINKI).date()
    end = clock(slot.end, language) if same_day else moment(slot.end, language)
    return f"{moment(slot.start, language)} – {end}"


def _as_datetime(when: date) -> datetime:
    return datetime(when.year, when.month, when.day, 12, tzinfo=HELSINKI)
