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
from analytics.store import begun, published
from analytics.store.figures import Snapshot, figures, snapshot_at


async def publish_figures(service: Service) -> int:
    """Publish the figures of the current month. All at once, so there are never more to do: a month that changes all
    the time is told once a minute."""
    now, zone = service.clock(), service.installation.time_zone
    month = month_of(local_day(now, zone), zone)
    async with snapshot_at(service.pool) as known:
        looked_at = await published.looked_at(known.conn, str(month))
        if str(known.position) == looked_at:
            return 0
        facts = await computed(service, known, month, now)

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


async def computed(service: Service, known: Snapshot, period: Period, now: datetime) -> list[FigureComputed]:
    """Return the figures of a period as they are to be published. Of another month than the present one in which nobody
    told anything, there are none."""
    units = (None, *service.installation.libraries)
    found = {unit: await figures(known, metrics().values(), period, unit) for unit in units}
    silent = all(one.status == "silent" or not metrics()[one.metric].counting.needs for one in found[None])
    return [
        fact
        for unit, of_unit in found.items()
        for figure in of_unit
        for fact in cells(figure, period, unit, known.position)
        if not silent or period == month_of(local_day(now, period.zone), period.zone)
    ]


async def tell(
    conn: Connection, facts: Sequence[FigureComputed], period: Period, position: Position, now: datetime
) -> list[str]:
    """Write down the figures of a period as what is published of it; returns the cells that changed or are no more."""
    changed = await published.change(conn, str(period), facts, now)
    await published.look_at(conn, str(period), str(position))
    return changed
