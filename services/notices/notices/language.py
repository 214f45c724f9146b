"""Words of the pages (`locale/*.json`), and moments as people write them, in local time."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, format_time
from chassis.pages import Pages
from omatoimi_contracts.vocabulary import Slot

PAGES = Pages(Path(__file__).parent)

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
    noon = datetime(when.year, when.month, when.day, 12, tzinfo=UTC)
    return str(format_skeleton("yMMMEd", noon, tzinfo=UTC, locale=_LOCALES[language]))


def clock(when: datetime, language: str, zone: ZoneInfo) -> str:
    return str(format_time(when, "short", tzinfo=zone, locale=_LOCALES[language]))


def moment(when: datetime, language: str, zone: ZoneInfo) -> str:
    """A moment in local time, with its day."""
    return f"{day(when.astimezone(zone).date(), language)} {clock(when, language, zone)}"


def span(slot: Slot, language: str, zone: ZoneInfo) -> str:
    """From when to when, in local time; the day once where it is the same."""
    same_day = slot.start.astimezone(zone).date() == slot.end.astimezone(zone).date()
    end = clock(slot.end, language, zone) if same_day else moment(slot.end, language, zone)
    return f"{moment(slot.start, language, zone)} – {end}"
