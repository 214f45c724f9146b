"""Keep the names that the city gives its premises and spaces, for where something is on."""

from chassis import Transaction
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.premises import PremisesChanged, PremisesRegistered, SpaceChanged, SpaceRegistered, SpaceState

from notices.handlers.registry import registry
from notices.store import names

Named = PremisesRegistered | PremisesChanged | SpaceState


@registry.on(PremisesRegistered)
@registry.on(PremisesChanged)
@registry.on(SpaceRegistered)
@registry.on(SpaceChanged)
async def follow(event: FactEvent[Named], tx: Transaction) -> None:
    """Keep what it is called now."""
    fact = event.data
    await names.apply(tx.conn, fact.SUBJECT, fact.subject(), fact.names, int(event.sequence))
