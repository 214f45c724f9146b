"""Fold the facts anew from the ledger, compare every figure by hash, and take what was folded anew.

The ledger is the truth: where the facts differ from it, the facts change. All of it goes in batches while the service
goes on reading, which waits for no more than one of them.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from chassis import Service
from chassis.database import Connection
from omatoimi_contracts.canonical import canonical

from analytics.catalogue import metrics
from analytics.domain.period import month_of
from analytics.report.document import ReportDocument
from analytics.store import anew, queries
from analytics.store.figures import figures, months, read_snapshot, units

Progress = Callable[[str], None]
Tell = Callable[[int, int], object]


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


async def rebuild(service: Service, progress: Progress = print, tell: Tell | None = None) -> Rebuilt:
    """Fold anew and take the result. `progress` is told each step, and for each metric whether its figures are equal by
    hash; `tell` how many rows of the ledger are folded, of how many. Whoever was killed goes on where it was. Raises
    `anew.AlreadyFolding`."""
    conn = await service.connection(lock_timeout="60s")
    try:
        while True:
            try:
                rebuilt = await _rebuild(service, conn, progress, tell)
            except anew.Overtaken:
                progress("Example content was taken out of the ledger meanwhile: beginning again.")
                continue
            for line in _told(rebuilt):
                progress(line)
            return rebuilt
    finally:
        await conn.close()


async def _rebuild(service: Service, conn: Connection, progress: Progress, tell: Tell | None) -> Rebuilt:
    begun = await anew.begin(conn)
    progress(f"Going on behind row {begun} of the ledger." if begun else "Folding the ledger anew.")
    found: Rebuilt | None = None
    while found is None:
        await _catch_up(conn, tell)
        await anew.analyze(conn)
        async with anew.in_step(conn) as folded:
            if folded is not None:
                progress(f"Folded {folded} records; comparing the figures of every month and library.")
                changed = await anew.differences(conn)
                before, after = [await _hashes(service, conn, path) for path in (queries.LIVE, anew.COMPARED)]
                found = Rebuilt(folded, changed, before, after)
    while (taken := await anew.take(conn)) is None:
        await _catch_up(conn, tell)
    return replace(found, records=taken)


async def _catch_up(conn: Connection, tell: Tell | None) -> None:
    """Fold batch after batch until there is no more."""
    folded, end = 0, 1
    while folded < end:
        folded, end = await anew.fold_next(conn)
        if tell is not None:
            tell(folded, end)


async def _hashes(service: Service, conn: Connection, search_path: str) -> dict[str, str]:
    """Return the hash over all cells of each metric: each month that something happened in, each unit and all
    together."""
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
                cells[one["metric"]].append(canonical(one))
    return {metric: hashlib.sha256(b"\n".join(told)).hexdigest() for metric, told in cells.items()}


def _told(rebuilt: Rebuilt) -> Iterator[str]:
    for table, rows in rebuilt.changed.items():
        yield f"facts.{table}: {rows} rows were not what the ledger says."
    for metric, equal in rebuilt.equal.items():
        yield f"{metric} {'equal' if equal else 'DIFFERS'} {rebuilt.after[metric][:16]}"
    yield f"{sum(rebuilt.equal.values())} of {len(rebuilt.equal)} metrics equal by hash."
