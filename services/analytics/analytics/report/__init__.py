"""The report (selvitys): a pure function of period, unit and log position, as HTML, JSON and CSV."""

from typing import Literal

import asyncpg
from chassis.installation import Installation

from analytics.catalogue import metrics
from analytics.domain.period import Period
from analytics.domain.position import Position
from analytics.report import html
from analytics.report.document import ReportDocument
from analytics.store.figures import Snapshot, counts_example, figures, names, snapshot, units

ReportFormat = Literal["html", "json", "csv"]
ALL = "all"
"""The word for all units together."""


class NoUnit(Exception):
    """There is no such unit; the sentence says which there are."""


async def make(
    dsn: str,
    installation: Installation,
    period: Period,
    *,
    unit: str | None = None,
    position: Position | None = None,
    form: ReportFormat = "html",
    language: str = "fi",
) -> bytes:
    """Return the report's bytes, from the database of analytics at `dsn`; for all units together without one or with
    `all`; at the present position without one.

    Raises `analytics.store.figures.Ahead` when the position lies past what the ledger has read, and `NoUnit` for a unit
    that is neither of the installation nor told of by any fact.
    """
    conn = await asyncpg.connect(dsn, timeout=10, server_settings=installation.session)
    try:
        async with snapshot(conn, position) as known:
            if unit not in (None, ALL, *installation.libraries):
                there = sorted({*installation.libraries, *await units(known)})
                if unit not in there:
                    raise NoUnit(f"There is no library {unit}; there are {', '.join(there)}.")
            return render(await document(known, period, None if unit == ALL else unit), form, language)
    finally:
        await conn.close()


async def document(known: Snapshot, period: Period, unit: str | None) -> ReportDocument:
    """Return the report's model of what is known."""
    found = await figures(known, metrics().values(), period, unit)
    called, example = await names(known), await counts_example(known)
    return ReportDocument(period, unit, known.position, known.clock, found, metrics(), called, example)


def render(document: ReportDocument, form: ReportFormat, language: str) -> bytes:
    """Return the bytes of one form."""
    if form == "json":
        return document.json
    return document.csv if form == "csv" else html.report(document, language)
