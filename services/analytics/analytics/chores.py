"""What the clock causes: this month's figures are told when they have changed."""

from datetime import timedelta

from chassis import Chore, Service, Transaction
from omatoimi_contracts.topics import ANALYTICS_METRICS

from analytics.catalogue import metrics
from analytics.documents import cells
from analytics.domain.period import local_day, month_of
from analytics.store import published
from analytics.store.figures import figures, known_at


def publishing(service: Service) -> Chore:
    """The chore that publishes the figures of the current month, at most once a minute."""

    async def publish_figures(tx: Transaction) -> int:
        """All at once, so there are never more to do: a month that changes all the time is told once a minute."""
        month = month_of(local_day(tx.now))
        looked_at = await published.looked_at(tx.conn, str(month))
        async with known_at(service.pool) as known:
            if str(known.position) == looked_at:
                return 0
            facts = [
                fact
                for unit in (None, *service.settings.units)
                for figure in await figures(known, metrics().values(), month, unit)
                for fact in cells(figure, month, unit, known.position)
            ]
        for cell in await published.change(tx.conn, str(month), facts, tx.now):
            tx.publish(ANALYTICS_METRICS.name, cell)
        await published.look_at(tx.conn, str(month), str(known.position))
        return 0

    return Chore(publish_figures.__name__, timedelta(minutes=1), publish_figures)
