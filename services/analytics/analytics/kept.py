"""Reports that were made already: as long as the ledger has read nothing new, and the facts were not rebuilt, a figure
is computed once, however many look at it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

from fastapi import FastAPI

from analytics.domain.period import Period
from analytics.report.document import ReportDocument

AT_MOST = 32
"""Reports of one process; the start page, the dashboard and the months beside them ask for a few."""

Asked = tuple[Period, str | None, str, int, bool]
"""All that a report hangs on: period, unit, the text of the position, which fold of the facts it is from, and whether
example content counts there."""


class KeptReports:
    """The reports that were looked at last. Who asks for one that is being made waits for it."""

    def __init__(self) -> None:
        self._made: OrderedDict[Asked, ReportDocument] = OrderedDict()
        self._making: WeakValueDictionary[Asked, asyncio.Lock] = WeakValueDictionary()

    async def of(self, asked: Asked, make: Callable[[], Awaitable[ReportDocument]]) -> ReportDocument:
        """Return the report that is asked for, made only where it is not there yet."""
        lock = self._making.setdefault(asked, asyncio.Lock())
        async with lock:
            if asked not in self._made:
                self._made[asked] = await make()
                while len(self._made) > AT_MOST:
                    self._made.popitem(last=False)
            self._made.move_to_end(asked)
            return self._made[asked]


def kept_by(app: FastAPI) -> KeptReports:
    """Return the reports that this application keeps."""
    if not hasattr(app.state, "kept_reports"):
        app.state.kept_reports = KeptReports()
    kept = app.state.kept_reports
    assert isinstance(kept, KeptReports)
    return kept
