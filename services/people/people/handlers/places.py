"""Learn from booking what rooms and houses are called: messages name them."""

from chassis import Transaction
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.premises import PremisesChanged, PremisesRegistered, SpaceChanged, SpaceRegistered, SpaceState

from people.handlers.registry import registry
from people.store import places


@registry.on(PremisesRegistered)
@registry.on(PremisesChanged)
@registry.on(SpaceRegistered)
@registry.on(SpaceChanged)
async def follow(event: FactEvent[PremisesRegistered | PremisesChanged | SpaceState], tx: Transaction) -> None:
    """Keep what it is called now."""
    fact = event.data
    await places.keep(tx.conn, places.place(fact.SUBJECT, fact.subject()), fact.names, int(event.sequence))
