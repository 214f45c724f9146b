"""What the clock causes: feedback that nobody answered in time (`handlers/feedback.py` decides it), and what a
migration left to be made anew."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chassis import Connection, ScheduledJob, Transaction, by_clock, due, scheduled
from chassis.locks import acquire

from decisions.handlers.feedback import LapseDue
from decisions.handlers.units import UnitOf
from decisions.reconciling import merge, reconcile
from decisions.store import feedback, publications, records, unreconciled
from decisions.tables import gazetteer_of

AT_ONCE_ANEW = 20
RANKS = ("record", "case", "feedback")
"""In this order locks are taken."""


@due(every=timedelta(seconds=1))
async def lapse(conn: Connection, now: datetime, limit: int, offset: int) -> Sequence[LapseDue]:
    """Find feedback whose `answer_by` has come."""
    found = await feedback.lapsed(conn, now, limit, offset)
    return [LapseDue(feedback=UUID(one.id), due=one.answer_by) for one in found]


def jobs(unit_of: UnitOf) -> list[ScheduledJob]:
    """Return all scheduled jobs; `unit_of` tells whose area a district is in."""

    @scheduled(every=timedelta(minutes=1))
    async def reconcile_anew(tx: Transaction) -> int:
        """Make anew what a migration has left to be made anew, in small batches beside the requests."""
        keys, cases = await unreconciled.some(tx.conn, AT_ONCE_ANEW)
        acts = await records.acts_of(tx.conn, keys)
        near = await records.near(tx.conn, {*keys, *acts})
        names = {name for others, _ in near for name in others} | keys | acts
        of_cases = {case for _, case in near if case} | cases
        await acquire(tx.conn, RANKS, {("record", name) for name in names} | {("case", case) for case in of_cases})
        told = set(keys)
        for act in acts:
            told |= set(await merge(tx, (act,)))
        for one in await reconcile(tx, told, of_cases):
            tx.emit(by_clock(one.fact(), unit=unit_of(one.publication.primary), time=tx.now))
        await unreconciled.done(tx.conn, keys, cases)
        return len(keys) + len(cases)

    @scheduled(every=timedelta(minutes=1))
    async def index_anew(tx: Transaction) -> int:
        """Index anew what was indexed before words were looked up in another way."""
        return await publications.index_anew(tx.conn, gazetteer_of(tx.installation), AT_ONCE_ANEW)

    return [lapse, reconcile_anew, index_anew]
