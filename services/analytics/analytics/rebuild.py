"""Fold the facts anew from the ledger, compare every figure by hash, and take what was folded anew.

The ledger is the truth: where the facts differ from it, the facts change. The bulk is folded while the service goes on
reading; only what came meanwhile is folded while it waits.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import rfc8785
from chassis import Service
from chassis.database import Connection

from analytics.catalogue import metrics
from analytics.domain.period import month_of
from analytics.report.document import ReportDocument
from analytics.store import as_of, ledger, queries
from analytics.store.figures import figures, months, read_snapshot, units

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of it: the records folded, the rows of facts that changed by table, and for each metric the hash over
    all its cells before and after."""

    records: int
    changed: dict[str, int]
    before: dict[str, str]
    after: dict[str, str]

    @property
    def equal(self) -> dict[str, bool]:
        """For each metric, whether its figures stayed what they were."""
        return {metric: self.before[metric] == after for metric, after in self.after.items()}


async def rebuild(service: Service, progress: Progress = print) -> Rebuilt:
    """Fold anew and take the result, in one transaction; `progress` is told each step, and for each metric whether its
    figures are equal by hash."""
    conn = await service.connection(lock_timeout="60s")
    try:
        progress("Folding the ledger anew.")
        async with conn.transaction():
            since = await as_of.fold_present(conn)
        async with conn.transaction():
            await ledger.lock(conn)
            records = await as_of.fold_the_rest(conn, since)
            progress(f"Folded {records} records; comparing the figures of every month and library.")
            after = await _hashes(service, conn, queries.AS_OF)
            before = await _hashes(service, conn, queries.LIVE)
            changed = {table: rows for table, rows in (await as_of.take(conn)).items() if rows}
        rebuilt = Rebuilt(records, changed, before, after)
        for line in _told(rebuilt):
            progress(line)
        return rebuilt
    finally:
        await conn.close()


async def _hashes(service: Service, conn: Connection, search_path: str) -> dict[str, str]:
    """The hash over all cells of each metric: each month that something happened in, each unit and all together."""
    await conn.execute(f"set local search_path = {search_path}")
    here = await read_snapshot(conn)
    cells: dict[str, list[bytes]] = {id_: [] for id_ in metrics()}
    units_ = await units(here)
    for month in await months(here):
        for unit in (None, *units_):
            period = month_of(month, service.installation.time_zone)
            found = await figures(here, metrics().values(), period, unit)
            document = ReportDocument(period, unit, here.position, here.clock, found, metrics())
            for one in document.content["figures"]:
                cells[one["metric"]].append(rfc8785.dumps(one))
    return {metric: hashlib.sha256(b"\n".join(told)).hexdigest() for metric, told in cells.items()}


def _told(rebuilt: Rebuilt) -> Iterator[str]:
    for table, rows in rebuilt.changed.items():
        yield f"facts.{table}: {rows} rows were not what the ledger says."
    for metric, equal in rebuilt.equal.items():
        yield f"{metric} {'equal' if equal else 'DIFFERS'} {rebuilt.after[metric][:16]}"
    yield f"{sum(rebuilt.equal.values())} of {len(rebuilt.equal)} metrics equal by hash."
