"""The services, each with a channel for every role, library and nearness, and with things to act on."""

import secrets
from collections.abc import AsyncIterator

import analytics.main
import booking.main
import decisions.main
import notices.main
import people.main
import pytest
import pytest_asyncio
from chassis import channels
from chassis.access import by_channel
from omatoimi_platform import topics

from tests.access.cells import cases
from tests.access.things import Things
from tests.exchanges.town import ConnectedServices, town_of
from tests.kits.chassis import Client
from tests.kits.platform import Servers


@pytest_asyncio.fixture(scope="package")
async def things(platform: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Things]:
    await platform.heal()
    prefix = f"t{secrets.token_hex(3)}."
    await topics.create(platform.kafka, prefix=prefix)
    parts = (booking.main, notices.main, decisions.main, analytics.main, people.main)
    makers = {part.__name__.partition(".")[0]: part.service for part in parts}
    try:
        async with town_of(platform, prefix, tmp_path_factory.mktemp("access"), **makers) as town:
            made = Things(town, await _clients(town))
            await made.furnish()
            yield made
    finally:
        await platform.heal()
        await platform.delete_topics(prefix)


async def _clients(town: ConnectedServices) -> dict[tuple[str, str], Client]:
    """A client for each channel at each service, by service and name."""
    made = {}
    for case in cases():
        if case.role is not None:
            for name, neighbour in town.neighbours.items():
                source = f"/helsinki/channels/{case.channel}"
                unit = "vallila" if case.there else "kallio"
                client = Client(
                    neighbour.endpoints.http, by_channel(source, case.channel, unit, case.role), channels.new_key()
                )
                if (name, case.channel) not in made:
                    async with neighbour.endpoints.service.pool.acquire() as conn:
                        await channels.register(conn, client.caller, client.key, neighbour.endpoints.service.clock())
                    made[name, case.channel] = client
    return made
