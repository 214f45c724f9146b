"""What the clock causes. A reader never waits for it: whether feedback has lapsed is asked of the clock itself."""

from datetime import timedelta

from chassis import Chore, Transaction, chore, falls_due
from chassis.locks import hold
from omatoimi_contracts.decisions import FeedbackLapsed

from decisions.handlers.feedback import stated
from decisions.handlers.units import UnitOf
from decisions.settling import gather, settle
from decisions.store import feedback, publications, records, unsettled

AT_ONCE = 200
AT_ONCE_ANEW = 20
RANKS = ("record", "case", "feedback")
"""In this order locks are taken."""


def chores(unit_of: UnitOf) -> list[Chore]:
    """All chores; `unit_of` tells whose area a district is in."""

    @chore(every=timedelta(seconds=1))
    async def lapse(tx: Transaction) -> int:
        """Record each feedback that nobody answered in time; its time is `answer_by`, however late the record."""
        due = await feedback.lapsed(tx.conn, tx.now, AT_ONCE)
        cases = {p.key: p for p in await publications.of_keys(tx.conn, ("case",), {one.case for one in due})}
        await feedback.record_lapses(tx.conn, (one.id for one in due))
        for one in due:
            case = cases[one.case]
            fact = stated(FeedbackLapsed, one, case)
            tx.emit(falls_due(fact, unit=unit_of(case.primary), time=one.answer_by))
        return len(due)

    @chore(every=timedelta(minutes=1))
    async def settle_anew(tx: Transaction) -> int:
        """Make anew what a migration has left to be made anew, in small batches beside the requests."""
        keys, cases = await unsettled.some(tx.conn, AT_ONCE_ANEW)
        acts = await records.acts_of(tx.conn, keys)
        near = await records.near(tx.conn, {*keys, *acts})
        names = {name for others, _ in near for name in others} | keys | acts
        of_cases = {case for _, case in near if case} | cases
        await hold(tx.conn, RANKS, {("record", name) for name in names} | {("case", case) for case in of_cases})
        told = set(keys)
        for act in acts:
            told |= set(await gather(tx, (act,)))
        for one in await settle(tx, told, of_cases):
            tx.emit(falls_due(one.fact(), unit=unit_of(one.publication.primary), time=tx.now))
        await unsettled.done(tx.conn, keys, cases)
        return len(keys) + len(cases)

    return [lapse, settle_anew]
