"""Learn from booking what rooms and houses are called: messages name them."""

from chassis import Transaction
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.premises import PremisesChanged, PremisesRegistered, SpaceChanged, SpaceRegistered

from people.handlers.registry import registry
from people.store import places


async def name_space(event: FactEvent[SpaceRegistered | SpaceChanged], tx: Transaction) -> None:
    """Keep what a room is called."""
    await places.keep(tx.conn, places.room(event.data.space), event.data.names, int(event.sequence))


async def name_premises(event: FactEvent[PremisesRegistered | PremisesChanged], tx: Transaction) -> None:
    """Keep what a house is called."""
    await places.keep(tx.conn, places.house(event.data.premises), event.data.names, int(event.sequence))


registry.on(SpaceRegistered)(name_space)
registry.on(SpaceChanged)(name_space)
registry.on(PremisesRegistered)(name_premises)
registry.on(PremisesChanged)(name_premises)
