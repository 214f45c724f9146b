"""Show on a case when and where residents are heard, from the booking of the room."""

from collections.abc import Sequence

from chassis import LockKey, Registry, Transaction, follows
from chassis.installation import Installation
from omatoimi_contracts.booking import BookingCancelled, BookingConfirmed, BookingFact, BookingMoved
from omatoimi_contracts.event import FactEvent

from decisions.domain.hearing import PURPOSE, Hearing
from decisions.reconciling import reconcile
from decisions.store import hearings


def _case(fact: BookingFact) -> str | None:
    return fact.case if fact.purpose == PURPOSE else None


async def keys(_: Transaction, events: Sequence[FactEvent[BookingFact]]) -> set[LockKey]:
    """Name the cases on which residents are heard."""
    return {("case", case) for event in events if (case := _case(event.data))}


def register(registry: Registry, installation: Installation) -> None:
    """Let the registry follow bookings."""
    unit_of = installation.library_of

    @registry.on(BookingConfirmed, locks=keys)
    @registry.on(BookingMoved, locks=keys)
    @registry.on(BookingCancelled, locks=keys)
    async def follow(event: FactEvent[BookingFact], tx: Transaction) -> None:
        """Keep where the hearing stands, also for a case that is not known yet, and tell its case's new state."""
        fact, case = event.data, _case(event.data)
        if case is None:
            return
        hearing = Hearing(
            booking=str(fact.booking),
            case=case,
            premises=fact.premises,
            spaces=(fact.space,),
            starts=fact.slot.start,
            ends=fact.slot.end,
            sequence=int(event.sequence),
            cancelled=isinstance(fact, BookingCancelled),
        )
        if await hearings.apply(tx.conn, hearing):
            for change in await reconcile(tx, (), (case,)):
                tx.emit(follows(event, change.fact(), unit=unit_of(change.publication.primary)))
