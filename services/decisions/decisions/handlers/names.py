"""Keep the names that the city gives its premises and spaces, for where residents are heard."""

from chassis import Registry, Transaction
from chassis.installation import Installation
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.premises import PremisesChanged, PremisesRegistered, SpaceChanged, SpaceRegistered, SpaceState

from decisions.store import names

Named = PremisesRegistered | PremisesChanged | SpaceState


def register(registry: Registry, _: Installation) -> None:
    """Let the registry follow booking's register."""

    @registry.on(PremisesRegistered)
    @registry.on(PremisesChanged)
    @registry.on(SpaceRegistered)
    @registry.on(SpaceChanged)
    async def follow(event: FactEvent[Named], tx: Transaction) -> None:
        """Keep what it is called now."""
        fact = event.data
        await names.apply(tx.conn, fact.SUBJECT, fact.subject(), fact.names, int(event.sequence))
