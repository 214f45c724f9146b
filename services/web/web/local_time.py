"""Days and times of day as the services tell them over HTTP, for the installation's own pages."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chassis import local_time
from chassis.local_time import day
from chassis.local_time import heading as weekday
from chassis.local_time import month as month_name

__all__ = ["at", "clock", "day", "moment", "month", "month_name", "now", "on_day", "span", "weekday"]


def now(zone: ZoneInfo) -> datetime:
    """Tell the local time now."""
    return datetime.now(zone)


def moment(told: str, zone: ZoneInfo) -> datetime:
    """Read a moment from its text with an offset, in local time."""
    return datetime.fromisoformat(told).astimezone(zone)


def clock(at: datetime, lang: str) -> str:
    """Tell the time of day of a local moment."""
    assert isinstance(at.tzinfo, ZoneInfo)
    return local_time.clock(at, lang, at.tzinfo)


def span(start: str, end: str, lang: str, zone: ZoneInfo) -> str:
    """Tell from when until when on one day: 16.00–18.00."""
    return local_time.hours(moment(start, zone), moment(end, zone), lang, zone)


def on_day(start: str, end: str, lang: str, zone: ZoneInfo) -> str:
    """Tell day and hours within a sentence."""
    return local_time.within_a_sentence(moment(start, zone), moment(end, zone), lang, zone)


def at(told: str, lang: str, zone: ZoneInfo) -> str:
    """Tell a moment within a text: its day in short, and the time."""
    return local_time.moment(moment(told, zone), lang, zone)


def month(of: date) -> tuple[str, str]:
    """Tell the first local day of a month, and the one before which it ends."""
    first = of.replace(day=1)
    return first.isoformat(), (first + timedelta(days=32)).replace(day=1).isoformat()
