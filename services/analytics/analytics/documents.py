"""Figures as everybody may follow them, on the compacted topic `analytics.metrics.v1`: one document a cell."""

import re
from collections.abc import Iterator

from chassis import Connection, Service
from chassis.documents import document
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.figures import FigureComputed
from omatoimi_contracts.vocabulary import Fact

from analytics.domain.figures import Figure, Number, Row
from analytics.domain.period import Period
from analytics.domain.position import Position
from analytics.report import ALL
from analytics.store import published

_SLUG = re.compile(r"[a-z0-9-]+")


async def present(service: Service, conn: Connection, cell: str) -> FactEvent[Fact] | None:
    """Return the figure of a cell as it was last computed; None when the cell is no more."""
    found = await published.read(conn, cell)
    if found is None:
        return None
    fact = FigureComputed.model_validate_json(found.fact)
    unit = "none" if fact.of_unit == ALL else fact.of_unit
    return document(service, fact, unit=unit, version=found.version, time=found.told_at)


def cells(figure: Figure, period: Period, unit: str | None, position: Position) -> Iterator[FigureComputed]:
    """Yield the documents of a figure: the whole, and the rows by code; days and numbers of registers have none."""
    offsets = {f"{log}/{partition}": at for (log, partition), at in position.next_offsets.items()}
    for row in (figure.whole, *figure.rows):
        key = row.key.replace(".", "-")
        if row.dimension == "day" or (row.dimension and not _SLUG.fullmatch(key)):
            continue
        among = f",{row.dimension}={key}" if row.dimension else ""
        yield FigureComputed(
            cell=f"{figure.metric}/{period}/unit={unit or ALL}{among}",
            metric=figure.metric,
            definition=figure.definition,
            period_start=period.first,
            period_end=period.end,
            of_unit=unit or ALL,
            position=offsets,
            suppressed=row.suppressed,
            **_numbers(row),
        )


def _numbers(row: Row) -> dict[str, float | None]:
    def told(number: Number | None) -> float | None:
        return None if number is None else float(number)

    return {"value": told(row.value), "numerator": told(row.numerator), "denominator": told(row.denominator)}
