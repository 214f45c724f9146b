"""What the clock causes: this month's figures are told when they have changed."""

from datetime import datetime, timedelta

from chassis import Connection, ScheduledJob, Service, Transaction, scheduled
from omatoimi_contracts.topics import ANALYTICS_METRICS

from analytics.catalogue import metrics
from analytics.documents import cells
from analytics.domain.period import Period, local_day, month_of
from analytics.store import published
from analytics.store.figures import Known, figures, known_at


def publishing(service: Service) -> ScheduledJob:
    """The job that publishes the figures of the current month, at most once a minute."""

    @scheduled(every=timedelta(minutes=1))
    async def publish_figures(tx: Transaction) -> int:
        """All at once, so there are never more to do: a month that changes all the time is told once a minute."""
        month = month_of(local_day(tx.now))
        looked_at = await published.looked_at(tx.conn, str(month))
        async with known_at(service.pool) as known:
            if str(known.position) == looked_at:
                return 0
            for cell in await tell(service, tx.conn, known, month, tx.now):
                tx.publish(ANALYTICS_METRICS.name, cell)
        return 0

    return publish_figures


async def tell(service: Service, conn: Connection, known: Known, period: Period, now: datetime) -> list[str]:
    """Write down the figures of a period as what is published of it; returns the cells that changed or are no more. Of
    another month than the present one in which nobody told anything, nothing is published."""
    found = {unit: await figures(known, metrics().values(), period, unit) for unit in (None, *service.settings.units)}
    silent = all(one.status == "silent" or not metrics()[one.metric].counting.needs for one in found[None])
    facts = [
        fact
        for unit, of_unit in found.items()
        for figure in of_unit
        for fact in cells(figure, period, unit, known.position)
        if not silent or period == month_of(local_day(now))
    ]
    changed = await published.change(conn, str(period), facts, now)
    await published.look_at(conn, str(period), str(known.position))
    return changed
