"""Filling in stands on nothing but the services' databases: no worker, relay or broker need be as fast as it."""

from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from chassis import Settings, demo
from chassis.clock import SettableClock, system_clock
from omatoimi.services import MAKERS
from omatoimi_contracts.requests import (
    HoursRequested,
    NoticeRequested,
    PremisesRequested,
    RecordRequested,
    SpaceRequested,
)
from omatoimi_example import fill
from omatoimi_example.acts import Act
from omatoimi_example.plan import plan
from pydantic import SecretStr

from tests.example_content.lived import DAY
from tests.kits.platform import Servers

FILLED = ("booking", "notices", "decisions")
REGISTER = (PremisesRequested, SpaceRequested, HoursRequested)


def _of_hearings(acts: list[Act]) -> Iterator[Act]:
    """The notices of hearings with all that they stand on: the register, the cases, the rooms that are booked."""
    rooms = {need.label for one in acts if one.kind is NoticeRequested and "case" in one.data for need in one.needs}
    for one in acts:
        of_hearing = one.kind is NoticeRequested and "case" in one.data
        if of_hearing or one.kind in (*REGISTER, RecordRequested) or one.label in rooms:
            yield one


async def test_what_one_service_needs_of_anothers_documents_is_there_when_it_asks(
    platform: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts = list(_of_hearings(plan(1, DAY)))
    monkeypatch.setattr(fill, "plan", lambda seed, day: acts)
    clock, databases = SettableClock(system_clock()), []
    async with AsyncExitStack() as stack:
        services = []
        for name in FILLED:
            databases.append(await platform.create_database())
            service = MAKERS[name](Settings(kafka="127.0.0.1:1", postgres=SecretStr(databases[-1]), pool_size=3))
            service.clock = clock
            await service.migrate()
            await service.connect()
            stack.push_async_callback(service.disconnect)
            async with service.pool.acquire() as conn:
                await demo.begin(conn, 1, DAY, fill.PERCENT)
            services.append(service)
        filling = await fill.fill(services, clock, lambda percent: None)
    for database in databases:
        await platform.drop_database(database)
    assert filling is not None
    assert filling.ends["notice.published", "notice.published"] >= 4
    assert fill.unexpected(filling) == {}
