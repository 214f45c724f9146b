"""Words of the pages (`locale/*.json`), and moments as people write them, in Helsinki's time."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, format_time
from chassis.pages import Pages
from omatoimi_contracts.vocabulary import Slot

PAGES = Pages(Path(__file__).parent)
HELSINKI = ZoneInfo("Europe/Helsinki")

_LOCALES = {"fi": Locale("fi", "FI"), "sv": Locale("sv", "FI"), "en": Locale("en", "GB")}


def word(key: str, language: str) -> str:
    """The word for a key in a language of the pages."""
    return PAGES.words[language][key]


def of_list(group: str, code: str, language: str) -> str:
    """The word for a code of an open list; one that we do not know yet has the word for all others."""
    words = PAGES.words[language]
    return words.get(f"{group}.{code}", words[f"{group}.other"])


def name_of(language: str, reader: str) -> str:
    """A language's name in the reader's; its code where there is none."""
    try:
        return Locale.parse(language).get_display_name(reader) or language
    except (UnknownLocaleError, ValueError):
        return language


def day(when: date, language: str) -> str:
    noon = datetime(when.year, when.month, when.day, 12, tzinfo=HELSINKI)
    return str(format_skeleton("yMMMEd", noon, tzinfo=HELSINKI, locale=_LOCALES[language]))


def clock(when: datetime, language: str) -> str:
    return str(format_time(when, "short", tzinfo=HELSINKI, locale=_LOCALES[language]))


def moment(when: datetime, language: str) -> str:
    """A moment in Helsinki's time, with its day."""
    return f"{day(when.astimezone(HELSINKI).date(), language)} {clock(when, language)}"


def span(slot: Slot, language: str) -> str:
    """From when to when, in Helsinki's time; the day once where it is the same."""
    same_day = slot.start.astimezone(HELSINKI).date() == slot.end.astimezone(HELSINKI).date()
    end = clock(slot.end, language) if same_day else moment(slot.end, language)
    return f"{moment(slot.start, language)} – {end}"
