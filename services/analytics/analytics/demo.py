"""Example content in the figures: it counts while this installation shows it, and never else."""

from collections.abc import Sequence

from chassis import Service, Transaction
from omatoimi_contracts.topics import ANALYTICS_METRICS

from analytics import scheduled
from analytics.domain.period import local_day, month_of
from analytics.store import as_of, begun, ledger, published, queries
from analytics.store.figures import read_snapshot


async def take_out(service: Service, tx: Transaction, _: Sequence[str]) -> None:
    """Take the example content out of facts and figures, and out of what was published. Its records stay in the ledger,
    in a class of their own, and are known there by their source, whatever their subject."""
    await ledger.lock(tx.conn)
    await ledger.set_demo_aside(tx.conn)
    await begun.take_out_example(tx.conn)
    await as_of.refold(tx.conn)
    await tx.conn.execute(f"set local search_path = {queries.LIVE}")
    without = await read_snapshot(tx.conn)
    zone = tx.installation.time_zone
    for period in {month_of(local_day(tx.now, zone), zone), *await published.periods(tx.conn, zone)}:
        facts = scheduled.computed(await scheduled.reports(service, without, period), tx.now)
        for cell in await scheduled.tell(tx.conn, facts, period, without.position, tx.now):
            tx.publish(ANALYTICS_METRICS.name, cell)
