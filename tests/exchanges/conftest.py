"""One town for all exchanges: booking, notices and decisions, with one club room."""

import secrets
from collections.abc import AsyncIterator

import booking.main
import decisions.main
import notices.main
import pytest
import pytest_asyncio
from omatoimi_platform import topics

from tests.exchanges.town import ConnectedServices, town_of
from tests.kits.platform import Servers


@pytest_asyncio.fixture(scope="package")
async def town(platform: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ConnectedServices]:
    await platform.heal()
    prefix = f"t{secrets.token_hex(3)}."
    await topics.create(platform.kafka, prefix=prefix)
    makers = {part.__name__.partition(".")[0]: part.service for part in (booking.main, notices.main, decisions.main)}
    try:
        async with town_of(platform, prefix, tmp_path_factory.mktemp("town"), **makers) as made:
            await furnish(made)
            yield made
    finally:
        await platform.heal()
        await platform.delete_topics(prefix)


async def furnish(town: ConnectedServices) -> None:
    """A library with a club room."""
    staff = town["booking"].endpoints.staff
    week = [
        {"weekday": day, "spans": [{"opens": "08:00", "closes": "22:00", "kind": "staffed"}]} for day in range(1, 8)
    ]
    for path, body in (
        ("premises", {"premises": "kirjasto", "owner": "library", "unit": "vallila"}),
        ("hours", {"premises": "kirjasto", "valid_from": "2014-01-01", "week": week}),
        ("spaces", {"premises": "kirjasto", "space": "kerhohuone", "capacity": 16}),
    ):
        answer = await staff.post(f"/v1/{path}", body)
        assert answer.status_code == 201, answer.text
