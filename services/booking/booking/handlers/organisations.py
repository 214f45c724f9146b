"""Keep what notices tells of organisations: who they are is not for a channel to say."""

from chassis import Transaction
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.organisations import OrganisationVerified, OrganisationWithdrawn

from booking.handlers.registry import registry
from booking.store import organisations


@registry.on(OrganisationVerified)
async def verified(event: FactEvent[OrganisationVerified], tx: Transaction) -> None:
    """Let it book from now on, under the class that was verified."""
    fact = event.data
    await organisations.apply(
        tx.conn, fact.organisation, fact.class_, fact.department, verified=True, sequence=int(event.sequence)
    )


@registry.on(OrganisationWithdrawn)
async def withdrawn(event: FactEvent[OrganisationWithdrawn], tx: Transaction) -> None:
    """Let it book no more from now on; what it has booked stands."""
    fact = event.data
    await organisations.apply(
        tx.conn, fact.organisation, fact.class_, None, verified=False, sequence=int(event.sequence)
    )
