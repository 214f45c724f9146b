"""What a reader asks for: period, unit and position, from a query."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from chassis import Problem, Service, service_of
from fastapi import Query
from fastapi import Request as HttpRequest
from omatoimi_contracts.primitives import CODE, Day

from analytics.domain.period import NoPeriod, Period, local_day, month_of
from analytics.domain.position import NoPosition, Position
from analytics.kept import MadeReport, kept_by, within
from analytics.report import ALL, document
from analytics.report.document import ReportDocument
from analytics.store.figures import FactsVersion, PositionAhead, Snapshot, facts_version, snapshot_at, units


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """A period, a unit (None: all of them together) and a position (None: the present one)."""

    period: Period
    unit: str | None
    position: Position | None

    async def document(self, http: HttpRequest) -> ReportDocument:
        """Return all figures as they are asked for; those of the present are computed once for all who ask."""
        service = service_of(http)
        if self.position is not None:
            return (await self._make(service))[1]
        now = await _now(service)
        made = await kept_by(service).present((self.period, self.unit), now, lambda: self._make(service))
        return made.document

    async def latest(self, http: HttpRequest) -> tuple[MadeReport, dict[str, str]]:
        """Return all figures for people to look at, and the headers that tell how old they are: those that were made
        last, where neither the address nor the reader asks for others."""
        service = service_of(http)
        if self.position is not None:
            version, as_known = await self._make(service)
            return MadeReport(as_known, version, 0, 0), {}
        now, kept, takes = await _now(service), kept_by(service), within(http.headers.get("cache-control", ""))
        made = await kept.latest((self.period, self.unit), now, lambda: self._make(service), takes)
        age = int(kept.age(made, now))
        return made, {"Age": str(age)} if age else {}

    async def _make(self, service: Service) -> tuple[FactsVersion, ReportDocument]:
        async with self.snapshot(service) as known:
            return await facts_version(known.conn), await document(known, self.period, self.unit)

    @asynccontextmanager
    async def snapshot(self, service: Service) -> AsyncIterator[Snapshot]:
        """Provide what is known at the position; a problem when that lies ahead of what was read, or when nothing is
        known of the unit, which would be told as a library in which nothing happens."""
        try:
            async with snapshot_at(service.pool, self.position) as known:
                await check_units(known, service, [self.unit] if self.unit else [])
                yield known
        except PositionAhead:
            raise Problem(
                409,
                "not-yet-read",
                "The ledger has not read the log that far yet: ask again, or leave the position out.",
                pointer="/position",
            ) from None


async def _now(service: Service) -> FactsVersion:
    async with service.pool.acquire() as conn:
        return await facts_version(conn)


async def check_units(known: Snapshot, service: Service, wanted: Iterable[str]) -> None:
    """Raise a problem for a unit that is neither in the pilot nor told of by any fact."""
    if not set(wanted) <= set(service.installation.libraries):
        there = sorted({*service.installation.libraries, *await units(known)})
        for unit in wanted:
            if unit not in there:
                detail = f"There is no library {unit}; there are {', '.join(there)}."
                raise Problem(422, "no-unit", detail, pointer="/unit")


async def figure_query(
    http: HttpRequest,
    first: Annotated[
        Day | None, Query(alias="from", description="First local day; this month's when left out.")
    ] = None,
    end: Annotated[Day | None, Query(alias="to", description="Local day before which it ends.")] = None,
    unit: Annotated[str, Query(pattern=CODE, description="A library, or `all`.")] = ALL,
    position: Annotated[
        str | None, Query(max_length=20_000, description="As known at this place of the log; now when left out.")
    ] = None,
) -> FigureQuery:
    """Tell what is asked for. Only what is left out is filled in by the clock."""
    try:
        period = _period(first, end, service_of(http))
    except (NoPeriod, OverflowError) as fault:
        raise Problem(422, "no-period", f"This is no period: {fault}.", pointer="/from") from None
    try:
        return FigureQuery(
            period, None if unit == ALL else unit, Position.parse(position) if position is not None else None
        )
    except NoPosition as fault:
        raise Problem(422, "no-position", f"This is no position: {fault}.", pointer="/position") from None


def _period(first: date | None, end: date | None, service: Service) -> Period:
    """Return the period between two days; where one is left out, within the other one's month; without both, this
    month."""
    zone = service.installation.time_zone
    if first and end:
        return Period(first, end, zone)
    today = local_day(service.clock(), zone)
    month = month_of(first or (end - timedelta(days=1) if end else today), zone)
    return Period(first or month.first, end or month.end, zone)
