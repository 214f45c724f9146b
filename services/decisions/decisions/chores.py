"""What the clock causes. A reader never waits for it: whether feedback has lapsed is asked of the clock itself."""

from datetime import timedelta

from chassis import Chore, Transaction, chore, falls_due
from omatoimi_contracts.decisions import FeedbackLapsed

from decisions.handlers.feedback import stated
from decisions.handlers.units import UnitOf
from decisions.store import feedback, publications

AT_ONCE = 200


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

    return [lapse]
