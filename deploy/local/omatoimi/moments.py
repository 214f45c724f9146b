"""How days and times of day are told on the installation's own pages: in Helsinki's time, in the reader's language."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

HELSINKI = ZoneInfo("Europe/Helsinki")
LOCALES = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}


def now() -> datetime:
    return datetime.now(HELSINKI)


def moment(told: str) -> datetime:
    """A moment from its text with an offset."""
    return datetime.fromisoformat(told).astimezone(HELSINKI)


def clock(at: datetime, lang: str) -> str:
    """16.00 in Finnish, 16:00 elsewhere."""
    return str(format_time(at, "short", tzinfo=HELSINKI, locale=LOCALES[lang]))


def day(on: date, lang: str) -> str:
    """14. toukokuuta 2014."""
    return str(format_date(on, "long", locale=LOCALES[lang]))


def weekday(on: date, lang: str) -> str:
    """A day as a heading: Perjantai 27. marraskuuta."""
    told = str(format_date(on, "cccc d. MMMM" if lang == "fi" else "cccc d MMMM", locale=LOCALES[lang]))
    return told[:1].upper() + told[1:]


def span(start: str, end: str, lang: str) -> str:
    """From and until on one day: 16.00–18.00."""
    return f"{clock(moment(start), lang)}–{clock(moment(end), lang)}"


def on_day(start: str, end: str, lang: str) -> str:
    """Day and span within a sentence: perjantaina 27. marraskuuta klo 16.00–18.00."""
    form, between = {"fi": ("EEEE d. MMMM", " klo "), "sv": ("EEEE d MMMM", " kl. "), "en": ("EEEE d MMMM", ", ")}[lang]
    return f"{format_date(moment(start), form, locale=LOCALES[lang])}{between}{span(start, end, lang)}"


def month_name(of: date, lang: str) -> str:
    """marraskuu 2026."""
    return str(format_date(of, "LLLL y", locale=LOCALES[lang]))


def month(of: date) -> tuple[str, str]:
    """The first local day of a month, and the one before which it ends."""
    first = of.replace(day=1)
    return first.isoformat(), (first + timedelta(days=32)).replace(day=1).isoformat()
