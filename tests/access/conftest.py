"""The services, each with a channel for every role, library and nearness, with persons likewise, and with things to act
on."""

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
from chassis.access import Role, RoleAt, by_channel
from omatoimi_platform import topics

from tests.access.cells import cases
from tests.access.things import ANOTHER, OWNER, Things
from tests.exchanges.town import ConnectedServices, Neighbour, town_of
from tests.kits.chassis import Client
from tests.kits.persons import Issuer, issuer, trust
from tests.kits.platform import Servers


@pytest_asyncio.fixture(scope="package")
async def things(platform: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Things]:
    await platform.heal()
    prefix = f"t{secrets.token_hex(3)}."
    await topics.create(platform.kafka, prefix=prefix)
    parts = (booking.main, notices.main, decisions.main, analytics.main, people.main)
    makers = {part.__name__.partition(".")[0]: part.service for part in parts}
    try:
        async with (
            issuer() as persons,
            town_of(platform, prefix, tmp_path_factory.mktemp("access"), **makers) as town,
        ):
            made = Things(town, await _clients(town, persons))
            await made.furnish()
            yield made
    finally:
        await platform.heal()
        await platform.delete_topics(prefix)


async def _clients(town: ConnectedServices, persons: Issuer) -> dict[tuple[str, str], Client]:
    """A client for each channel and each person at each service, by service and name. Persons sign in at one channel,
    which is itself staff of Vallila: nothing of that passes to them."""
    made = {}
    for name, neighbour in town.neighbours.items():
        trust(neighbour.endpoints.service, persons)
        portal = await _channel(neighbour, "portal", "vallila", Role.RESIDENT, Role.STAFF)
        made[name, ANOTHER] = persons.signs_in(portal, now=town.clock.now)
        for case in cases():
            if case.role is None or (name, case.caller) in made:
                continue
            unit = "vallila" if case.there else "kallio"
            if case.person:
                at = [_place(case.role, case.there)] if case.role is not Role.RESIDENT else []
                made[name, case.caller] = persons.signs_in(portal, now=town.clock.now, at=at)
            else:
                made[name, case.caller] = await _channel(neighbour, case.caller, unit, case.role)
    return made


def _place(role: Role, there: bool) -> RoleAt:
    """What somebody is, and where: at the library or the department of the things that are tried, or elsewhere."""
    match role:
        case Role.STAFF:
            return RoleAt(role, unit="vallila" if there else "kallio")
        case Role.DEPARTMENT:
            return RoleAt(role, department=OWNER if there else "youth")
    return RoleAt(role)


async def _channel(neighbour: Neighbour, name: str, unit: str, *roles: Role) -> Client:
    client = Client(
        neighbour.endpoints.http, by_channel(f"/helsinki/channels/{name}", name, unit, *roles), channels.new_key()
    )
    async with neighbour.endpoints.service.pool.acquire() as conn:
        await channels.register(conn, client.caller, client.key, neighbour.endpoints.service.clock())
    return client
