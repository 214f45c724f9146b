"""Reports that were made already. Who asks for the present has one of the present, made once for all who ask at a time.
A page for people shows the last one that was made, at once, while a newer one is made behind: with many bookings a
report takes seconds, and each search and each visit is news."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from chassis import Service

from analytics.domain.period import Period
from analytics.report.document import ReportDocument
from analytics.report.formatter import Formatter
from analytics.report.html import ShownFigure, shown
from analytics.store.figures import FactsVersion

log = logging.getLogger("omatoimi")

AT_MOST = 32
"""Reports of one process; the start page, the dashboard and the months beside them ask for a few."""
OLDEST = 120.0
"""Seconds after which no page shows what is no more the present; this month's figures are made each minute anyhow."""
BREATH = 30
"""Newer ones are made behind after so many times the seconds that the last took: looking takes a thirtieth of a
core."""

Asked = tuple[Period, str | None]
"""Period and unit of a report."""
Make = Callable[[], Awaitable[tuple[FactsVersion, ReportDocument]]]
"""Makes a report of the present, with the version of the facts it was made of."""


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report, the version of the facts it was made of, when its making began (in seconds), and how long it took."""

    document: ReportDocument
    version: FactsVersion
    at: float
    took: float
    _said: dict[str, Mapping[str, ShownFigure]] = field(default_factory=dict, compare=False, repr=False)

    def said(self, fmt: Formatter) -> Mapping[str, ShownFigure]:
        """Return its figures in a language, by metric; they are put into words once."""
        if fmt.language not in self._said:
            self._said[fmt.language] = shown(self.document, fmt)
        return self._said[fmt.language]


class KeptReports:
    """The reports that were looked at last, one for each period and unit; `seconds` is what their age is told by."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._last: OrderedDict[Asked, MadeReport] = OrderedDict()
        self._making: dict[Asked, asyncio.Task[MadeReport]] = {}

    async def present(self, asked: Asked, now: FactsVersion, make: Make) -> MadeReport:
        """Return the report of what is known `now`, or of what came after."""
        for _ in range(2):  # what is being made already may know less; what is begun after that knows enough
            last = self._last.get(asked)
            if last is not None and last.version == now:
                break
            last = await asyncio.shield(self._begin(asked, make))  # who hangs up does not end it for the others
        assert last is not None
        self._last.move_to_end(asked)
        return last

    async def latest(self, asked: Asked, now: FactsVersion, make: Make, within: float) -> MadeReport:
        """Return the report that was made last, if it is not as old as `within` seconds; else that of the present.
        Newer ones are made behind, one at a time."""
        last = self._last.get(asked)
        if last is None or not last.version.shows_as(now) or self.age(last, now) >= min(within, OLDEST):
            return await self.present(asked, now, make)
        if self.age(last, now) > BREATH * last.took and not self._making:
            self._begin(asked, make)
        self._last.move_to_end(asked)
        return last

    def age(self, made: MadeReport, now: FactsVersion) -> float:
        """Tell how many seconds old a report is; none as long as there is nothing newer."""
        return 0.0 if made.version == now else self.seconds() - made.at

    def keep(self, version: FactsVersion, document: ReportDocument, at: float) -> MadeReport:
        """Keep a report, the making of which began then."""
        asked = document.period, document.unit
        last = self._last.get(asked)
        if last is None or last.at <= at:
            self._last[asked] = last = MadeReport(document, version, at, self.seconds() - at)
        self._last.move_to_end(asked)
        while len(self._last) > AT_MOST:
            self._last.popitem(last=False)
        return last

    def has(self, period: Period, unit: str | None) -> bool:
        """Tell whether such a report was made."""
        return (period, unit) in self._last

    def _begin(self, asked: Asked, make: Make) -> asyncio.Task[MadeReport]:
        """Make a report in a task of its own, or join whoever makes it."""
        if asked not in self._making:
            self._making[asked] = asyncio.create_task(self._make(make))
            self._making[asked].add_done_callback(lambda done: self._ended(asked, done))
        return self._making[asked]

    async def _make(self, make: Make) -> MadeReport:
        at = self.seconds()
        return self.keep(*await make(), at)

    def _ended(self, asked: Asked, done: asyncio.Task[MadeReport]) -> None:
        del self._making[asked]
        if not done.cancelled() and (why := done.exception()):
            log.info("the figures of %s of %s could not be made: %r", *asked, why)


@dataclass
class Analytics(Service):
    """The service, with the reports that it keeps."""

    kept: KeptReports = field(init=False, default_factory=KeptReports)


def kept_by(service: Service) -> KeptReports:
    """Return the reports that this service keeps."""
    assert isinstance(service, Analytics)
    return service.kept


def within(cache_control: str) -> float:
    """Tell how many seconds old an answer may be for whoever sends such a header: none for who wants the present
    (`no-cache`, as a browser sends when a page is loaded anew), any for who says nothing."""
    seconds = [float("inf")]
    for directive in cache_control.lower().split(","):
        name, _, told = directive.strip().partition("=")
        if name == "no-cache":
            seconds.append(0.0)
        elif name == "max-age" and told.isdecimal():
            seconds.append(float(told))
    return min(seconds)
