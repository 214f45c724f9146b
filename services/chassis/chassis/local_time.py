"""How days and times of day are told to people: in local time, in Finnish, Swedish or English, by CLDR and never by the
machine's own locale. Moments come with an offset; `zone` is the installation's."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time

LOCALES = {"fi": Locale("fi", "FI"), "sv": Locale("sv", "FI"), "en": Locale("en", "GB")}


def clock(when: datetime, lang: str, zone: ZoneInfo) -> str:
    """Tell the time of day: 16.00 in Finnish, 16:00 elsewhere."""
    return str(format_time(when, "short", tzinfo=zone, locale=LOCALES[lang]))


def hours(start: datetime, end: datetime, lang: str, zone: ZoneInfo) -> str:
    """Tell from when until when within one day: 16.00–18.00."""
    return f"{clock(start, lang, zone)}–{clock(end, lang, zone)}"


def day(on: date, lang: str) -> str:
    """Tell a day: 14. toukokuuta 2014."""
    return str(format_date(on, "long", locale=LOCALES[lang]))


def short_day(on: date, lang: str) -> str:
    """Tell a day with its weekday, in short: ke 14.5.2014."""
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    return str(format_skeleton("yMMMEd", noon, tzinfo=UTC, locale=LOCALES[lang]))


def heading(on: date, lang: str) -> str:
    """Tell a day of these weeks as a heading: Perjantai 27. marraskuuta."""
    told = str(format_date(on, "cccc d. MMMM" if lang == "fi" else "cccc d MMMM", locale=LOCALES[lang]))
    return told[:1].upper() + told[1:]


def full_heading(on: date, lang: str) -> str:
    """Tell a day as a heading, with its year: Perjantai 27. marraskuuta 2026."""
    told = str(format_date(on, "full", locale=LOCALES[lang]))
    return told[:1].upper() + told[1:]


def moment(when: datetime, lang: str, zone: ZoneInfo) -> str:
    """Tell a moment: its day in short, and the time."""
    return f"{short_day(when.astimezone(zone).date(), lang)} {clock(when, lang, zone)}"


def span(start: datetime, end: datetime, lang: str, zone: ZoneInfo) -> str:
    """Tell from when until when; the day once where it is the same."""
    if start.astimezone(zone).date() == end.astimezone(zone).date():
        return f"{moment(start, lang, zone)}–{clock(end, lang, zone)}"
    return f"{moment(start, lang, zone)} – {moment(end, lang, zone)}"


def within_a_sentence(start: datetime, end: datetime, lang: str, zone: ZoneInfo) -> str:
    """Tell day and hours within a sentence: perjantaina 27. marraskuuta klo 16.00–18.00."""
    form, between = {"fi": ("EEEE d. MMMM", " klo "), "sv": ("EEEE d MMMM", " kl. "), "en": ("EEEE d MMMM", ", ")}[lang]
    on = format_date(start.astimezone(zone), form, locale=LOCALES[lang])
    return f"{on}{between}{hours(start, end, lang, zone)}"


def month(of: date, lang: str) -> str:
    """Tell a month: marraskuu 2026."""
    return str(format_date(of, "LLLL y", locale=LOCALES[lang]))
