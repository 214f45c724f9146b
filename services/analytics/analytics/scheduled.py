"""What the clock causes: this month's figures are told when they have changed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chassis import Connection, ScheduledJob, Service, Transaction
from chassis.inbox import KEPT_DAYS
from chassis.schedule import alone, scheduled
from omatoimi_contracts.figures import FigureComputed
from omatoimi_contracts.topics import ANALYTICS_METRICS

from analytics.catalogue import metrics
from analytics.documents import cells
from analytics.domain.period import Period, local_day, month_of
from analytics.domain.position import Position
from analytics.kept import kept_by
from analytics.report import document
from analytics.report.document import ReportDocument
from analytics.store import begun, published
from analytics.store.figures import Snapshot, facts_version, snapshot_at


async def publish_figures(service: Service) -> int:
    """Publish the figures of the current month. All at once, so there are never more to do: a month that changes all
    the time is told once a minute. From then on the pages of this process show them, and the first who looks at one
    waits for nothing."""
    now, zone, kept = service.clock(), service.installation.time_zone, kept_by(service)
    month, begun_at = month_of(local_day(now, zone), zone), kept.seconds()
    async with snapshot_at(service.pool) as known:
        looked_at = await published.looked_at(known.conn, str(month))
        if str(known.position) == looked_at and kept.has(month, None):
            return 0
        found, of = await reports(service, known, month), await facts_version(known.conn)
    for one in found:
        kept.keep(of, one, begun_at)
    facts = computed(found, now)

    async def publish(tx: Transaction) -> int:
        # Another process may have published since, what it saw further on in the log.
        if await published.looked_at(tx.conn, str(month)) == looked_at:
            for cell in await tell(tx.conn, facts, month, known.position, now):
                tx.publish(ANALYTICS_METRICS.name, cell)
        return 0

    return await alone(service, publish_figures.__name__, publish)


PUBLISHING = ScheduledJob(publish_figures.__name__, timedelta(minutes=1), publish_figures)


@scheduled(every=timedelta(hours=1))
async def forget_begun(tx: Transaction) -> int:
    """Forget whose sessions and calls for help were, as long after as requests are known."""
    return await begun.forget(tx.conn, tx.now - timedelta(days=KEPT_DAYS))


async def reports(service: Service, known: Snapshot, period: Period) -> list[ReportDocument]:
    """Return the reports of all units together, and of each library."""
    return [await document(known, period, unit) for unit in (None, *service.installation.libraries)]


def computed(found: Sequence[ReportDocument], now: datetime) -> list[FigureComputed]:
    """Return the figures of a period's reports as they are to be published. Of another month than the present one in
    which nobody told anything, there are none."""
    period = found[0].period
    silent = all(one.status == "silent" or not metrics()[one.metric].counting.needs for one in found[0].figures)
    if silent and period != month_of(local_day(now, period.zone), period.zone):
        return []
    return [fact for of in found for figure in of.figures for fact in cells(figure, period, of.unit, of.position)]


async def tell(
    conn: Connection, facts: Sequence[FigureComputed], period: Period, position: Position, now: datetime
) -> list[str]:
    """Write down the figures of a period as what is published of it; returns the cells that changed or are no more."""
    changed = await published.change(conn, str(period), facts, now)
    await published.look_at(conn, str(period), str(position))
    return changed
