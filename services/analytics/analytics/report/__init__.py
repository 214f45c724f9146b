"""The report (selvitys): a pure function of period, unit and log position, as HTML, JSON and CSV."""

from typing import Literal

import asyncpg

from analytics.catalogue import metrics
from analytics.domain.period import Period
from analytics.domain.position import Position
from analytics.report import html
from analytics.report.document import Document
from analytics.store.figures import Known, figures, names, snapshot

Form = Literal["html", "json", "csv"]
ALL = "all"
"""The word for all units together."""


async def make(
    dsn: str,
    period: Period,
    *,
    unit: str | None = None,
    position: Position | None = None,
    form: Form = "html",
    language: str = "fi",
) -> bytes:
    """The report's bytes, from the database of analytics at `dsn`; for all units together without one or with `all`; at
    the present position without one.

    Raises `analytics.store.figures.Ahead` when the position lies past what the ledger has read.
    """
    conn = await asyncpg.connect(dsn, timeout=10, server_settings={"timezone": "UTC"})
    try:
        async with snapshot(conn, position) as known:
            return render(await document(known, period, None if unit == ALL else unit), form, language)
    finally:
        await conn.close()


async def document(known: Known, period: Period, unit: str | None) -> Document:
    """The report's model of what is known."""
    found = await figures(known, metrics().values(), period, unit)
    return Document(period, unit, known.position, known.clock, found, metrics(), await names(known))


def render(document: Document, form: Form, language: str) -> bytes:
    """The bytes of one form."""
    if form == "json":
        return document.json
    return document.csv if form == "csv" else html.report(document, language)
