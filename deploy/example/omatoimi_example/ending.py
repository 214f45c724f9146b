"""Takes the example content out of the state, pages and figures of all services, and of the compacted topics.

Its events stay on the event topics and in the ledger, known by their source.
"""

from collections.abc import Collection, Sequence

from chassis import Service, demo
from omatoimi_platform.errors import PlatformError

PATIENCE = 120.0
"""Seconds that one service may take."""


async def subjects(services: Sequence[Service]) -> set[str]:
    """Tell what the example content is about. Raises PlatformError where there is none, or it is not all there yet."""
    found: set[str] = set()
    states: set[str | None] = set()
    for service in services:
        async with service.pool.acquire() as conn:
            present = await demo.look(conn)
            states.add(present.state if present else None)
            found.update(await demo.subjects(conn))
    if "filling" in states:
        raise PlatformError(
            "The example content still fills in: wait until it is there (omatoimi status), then take it out."
        )
    if "shown" not in states:
        raise PlatformError("There is no example content in this installation.")
    return found


async def take_out(services: Sequence[Service], found: Collection[str]) -> dict[str, int]:
    """Take it out of each service in a transaction of its own; what was broken off is gone on with. Returns how many
    subjects each had."""
    return {service.name: await demo.take_out(service, found) for service in services}
