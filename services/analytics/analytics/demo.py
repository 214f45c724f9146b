"""Example content in the figures: it counts while this installation shows it, and never else."""

from collections.abc import Sequence

from chassis import Service, Transaction
from omatoimi_contracts.topics import ANALYTICS_METRICS

from analytics import scheduled
from analytics.domain.period import local_day, month_of
from analytics.store import ledger, published, queries, shadow
from analytics.store.figures import known


async def take_out(service: Service, tx: Transaction, _: Sequence[str]) -> None:
    """Take the example content out of facts and figures, and out of what was published. Its records stay in the ledger,
    in a class of their own, and are known there by their source, whatever their subject."""
    await ledger.hold(tx.conn)
    await ledger.set_demo_aside(tx.conn)
    await shadow.refold(tx.conn)
    await tx.conn.execute(f"set local search_path = {queries.LIVE}")
    without = await known(tx.conn)
    zone = tx.installation.time_zone
    for period in {month_of(local_day(tx.now, zone), zone), *await published.periods(tx.conn, zone)}:
        facts = await scheduled.computed(service, without, period, tx.now)
        for cell in await scheduled.tell(tx.conn, facts, period, without.position, tx.now):
            tx.publish(ANALYTICS_METRICS.name, cell)
