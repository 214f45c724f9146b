"""Format figures: words, numbers, days and moments in one language, from CLDR and the locale files, never from
the machine's own locale."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from chassis import local_time
from chassis.pages import Pages, called, readable, said

from analytics.catalogue import Card, Metric
from analytics.domain import small_cells
from analytics.domain.figures import Figure, Number, Row
from analytics.domain.period import Period
from analytics.domain.proportion import SMALL

PAGES = Pages(Path(__file__).parent.parent)

_ALIKE = {"owner": "department"}
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Formatter:
    """One language: `fi`, `sv` or `en`; `zone` is where its moments are told for; `names` is what the city calls its
    spaces, by code and language."""

    language: str
    zone: ZoneInfo
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def locale(self) -> Locale:
        return local_time.LOCALES[self.language]

    @property
    def words(self) -> Mapping[str, str]:
        return PAGES.words[self.language]

    def t(self, key: str, /, **fields: object) -> str:
        """Return the word for a key."""
        return said(self.words, self.language, key, **fields)

    def code(self, dimension: str, key: str) -> str:
        """Return a code of a dimension in words; a day as a day, a space by its name; a code that has no word as
        readable as can be."""
        if dimension == "space":
            return called(self.names.get(key, {}), self.language, key)
        if dimension == "day":
            return self.day(date.fromisoformat(key))
        if dimension == "hour" and key.isdigit():
            return self.t("hour", first=int(key), last=int(key) + 1)
        other = key if dimension == "topic" else readable(key)
        return self.words.get(f"{_ALIKE.get(dimension, dimension)}.{key}", other or NOTHING)

    def part(self, metric: str, part: str) -> str:
        return self.words.get(f"part.{metric}.{part}") or self.words[f"part.{part}"]

    def counted_beside(self, part: str, told: Number | None) -> str:
        """Tell what stands beside a figure: a length of time, else a number."""
        return self.duration(Decimal(told)) if part == "p90" and told is not None else self.number(told)

    def number(self, told: Number | None) -> str:
        return NOTHING if told is None else str(format_decimal(told, locale=self.locale))

    def percent(self, share: Decimal, numerator: Number, denominator: Number) -> str:
        """Return a share with one decimal; what is not all is never told as 100 %, and what is not nothing never as 0
        %."""
        if Decimal("0.9995") <= share < 1 or (share == 1 and numerator != denominator):
            return f"> {self._percent(Decimal('0.999'))}"
        if 0 < share < Decimal("0.0005") or (share == 0 and numerator):
            return f"< {self._percent(Decimal('0.001'))}"
        return self._percent(share)

    def _percent(self, share: Decimal) -> str:
        return str(format_percent(share, "#,##0.0 %" if share not in (0, 1) else "#,##0 %", locale=self.locale))

    def value(self, metric: Metric, row: Row) -> str:
        """Return a value with its unit: a share of few cases as "7 / 12" (R15), an unknown one as a dash (R16), a small
        number of persons as such, and what would give it away not at all (R13)."""
        if row.suppressed:
            return self.t(f"suppressed.{row.suppressed}", small=small_cells.SMALL)
        if row.value is None:
            return NOTHING
        if metric.counting.kind == "duration":
            return self.duration(Decimal(row.value))
        if metric.counting.kind == "count" or row.numerator is None or row.denominator is None:
            return self.number(row.value)
        if metric.counting.cases and row.denominator < SMALL:
            return self.fraction(row)
        return self.percent(Decimal(row.value), row.numerator, row.denominator)

    def duration(self, minutes: Decimal) -> str:
        """Return a length of time as people tell it: nobody is helped by hundredths of a minute, or by the minutes of
        days."""
        if 0 < minutes < 1:
            return self.t("under-a-minute")
        hours, rest = divmod(minutes.quantize(Decimal(1)), 60)
        told = [("hours", hours), ("minutes", rest)]
        if hours >= 24:
            days, hours = divmod((minutes / 60).quantize(Decimal(1)), 24)
            told = [("days", days), ("hours", hours)]
        return " ".join(self.t(word, value=self.number(n)) for word, n in told if n) or self.t("minutes", value=0)

    def fraction(self, row: Row) -> str:
        return f"{self.number(row.numerator)} / {self.number(row.denominator)}"

    def measure(self, metric: Metric, row: Row, value: str) -> str:
        """Tell what a number counts, in the form that goes with it; nothing where the value tells its own unit."""
        if metric.counting.kind == "count" and row.value is not None:
            return self.counted(metric, row.value)
        return self.counted(metric, row.denominator) if row.denominator and value == self.fraction(row) else ""

    def made_of(self, metric: Metric, row: Row, value: str) -> str:
        """Tell what a percentage is made of, with its unit; nothing for all other values."""
        if metric.counting.kind != "share" or row.denominator is None or value == self.fraction(row):
            return ""
        return f"{self.fraction(row)} {self.counted(metric, row.denominator)}"

    def counted(self, metric: Metric, number: Number) -> str:
        """Return the word for so many of what a metric counts."""
        return self.t(f"measure.{metric.measure}", count=number)

    def interval(self, row: Row) -> str:
        """Return the 95 % interval of a share of few cases, else nothing."""
        if row.low is None or row.high is None:
            return ""
        return self.t("interval", low=self._percent(row.low), high=self._percent(row.high))

    def finding(self, figure: Figure, metric: Metric) -> str:
        """Tell what the figure says, in one sentence made from its numbers."""
        if figure.status == "silent":
            if figure.first_heard is None:
                return self.t("silent.never")
            return self.t("silent.since", since=self.moment(figure.first_heard))
        if figure.status != "known":
            return self.t(figure.status, small=small_cells.SMALL)
        whole = figure.whole
        value = self.value(metric, whole)
        numbers = {"numerator": whole.numerator, "denominator": whole.denominator, **whole.parts}
        told = {name: self.number(number) for name, number in numbers.items()}
        return self.card(metric).finding.format(value=value, **told)

    def card(self, metric: Metric) -> Card:
        return metric.cards[self.language]

    def day(self, day: date) -> str:
        return str(format_date(day, "short" if self.language == "fi" else "medium", locale=self.locale))

    def moment(self, at: datetime) -> str:
        """Return a moment in local time, to the second."""
        local = at.astimezone(self.zone)
        return str(
            format_datetime(local, "d.M.y H.mm.ss" if self.language == "fi" else "d MMM y HH:mm:ss", locale=self.locale)
        )

    def span(self, start: datetime, end: datetime) -> str:
        """Return a span of local time: day and hours, or two moments where it is over a day's end."""
        first, last = start.astimezone(self.zone), end.astimezone(self.zone)
        if first.date() != last.date():
            return f"{self.moment(start)} – {self.moment(end)}"
        return f"{self.day(first.date())} {local_time.hours(first, last, self.language, self.zone)}"

    def event(self, type_: str) -> str:
        """Return an event type in words; one that has none as readable as it can be."""
        name = ".".join(type_.split(".")[1:-1])
        return self.words.get(f"event.{name}", name.replace(".", " ").replace("-", " ").capitalize())

    def period(self, period: Period) -> str:
        """Tell the first day and the last, both included, as people say it."""
        return f"{self.day(period.first)} – {self.day(period.end - timedelta(days=1))}"
