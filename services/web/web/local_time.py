"""How days and times of day are told on the installation's own pages: in local time, in the reader's language."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

LOCALES = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}


def now(zone: ZoneInfo) -> datetime:
    return datetime.now(zone)


def moment(told: str, zone: ZoneInfo) -> datetime:
    """A moment in local time, from its text with an offset."""
    return datetime.fromisoformat(told).astimezone(zone)


def clock(at: datetime, lang: str) -> str:
    """16.00 in Finnish, 16:00 elsewhere, of a local moment."""
    return str(format_time(at, "short", locale=LOCALES[lang]))


def day(on: date, lang: str) -> str:
    """14. toukokuuta 2014."""
    return str(format_date(on, "long", locale=LOCALES[lang]))


def weekday(on: date, lang: str) -> str:
    """A day as a heading: Perjantai 27. marraskuuta."""
    told = str(format_date(on, "cccc d. MMMM" if lang == "fi" else "cccc d MMMM", locale=LOCALES[lang]))
    return told[:1].upper() + told[1:]


def span(start: str, end: str, lang: str, zone: ZoneInfo) -> str:
    """From and until on one day: 16.00–18.00."""
    return f"{clock(moment(start, zone), lang)}–{clock(moment(end, zone), lang)}"


def on_day(start: str, end: str, lang: str, zone: ZoneInfo) -> str:
    """Day and span within a sentence: perjantaina 27. marraskuuta klo 16.00–18.00."""
    form, between = {"fi": ("EEEE d. MMMM", " klo "), "sv": ("EEEE d MMMM", " kl. "), "en": ("EEEE d MMMM", ", ")}[lang]
    return f"{format_date(moment(start, zone), form, locale=LOCALES[lang])}{between}{span(start, end, lang, zone)}"


def month_name(of: date, lang: str) -> str:
    """marraskuu 2026."""
    return str(format_date(of, "LLLL y", locale=LOCALES[lang]))


def month(of: date) -> tuple[str, str]:
    """The first local day of a month, and the one before which it ends."""
    first = of.replace(day=1)
    return first.isoformat(), (first + timedelta(days=32)).replace(day=1).isoformat()
