"""A service asks another with its own transaction: as a channel of it, by a record that proves its source."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from chassis import Registry, Service, Settings, channels
from chassis.access import by_channel
from chassis.outbox import write_all
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.requests import VisitRequested
from omatoimi_contracts.usage import VisitCounted
from omatoimi_contracts.vocabulary import Fact
from pydantic import SecretStr

from tests.kits.chassis import Harness, running
from tests.kits.facts import stated

from .conftest import Another
from .toys import gate
from .waiting import until
from .wire import SLOT

KEY = channels.new_key()
ASKS = ["usage.requests.v1"]


async def asker(another: Another, key: str = KEY) -> Service:
    """A service beside `gate`, which asks it."""
    settings = (await another()).model_copy(update={"channel_key": SecretStr(key)})
    return replace(gate(settings), name="asker", handlers=Registry(), asks=ASKS)


async def ask(service: Service, counter: str, after: FactEvent[Fact] | None = None, *, then_fail: bool = False) -> None:
    async with service.pool.acquire() as conn, conn.transaction():
        tx = service.transaction(conn)
        data = {"unit": "vallila", "counter": counter, "slot": SLOT, "persons": 1, "method": "gate"}
        tx.ask_of_another(VisitRequested.model_validate(data), after=after)
        await write_all(service, tx)
        if then_fail:
            raise LookupError


def counted(**attributes: Any) -> FactEvent[Fact]:
    fact = VisitCounted.model_validate({"counter": "c", "slot": SLOT, "persons": 1, "method": "gate"})
    return stated(fact, time=datetime(2026, 12, 1, tzinfo=UTC), sequence=1, **attributes)


async def knows(asked: Harness, key: str = KEY) -> None:
    """Register the service that asks as a channel of the one that is asked."""
    caller = by_channel("/helsinki/channels/asker", "asker", "vallila")
    async with asked.service.pool.acquire() as conn:
        await channels.register(conn, caller, key, asked.service.clock())


async def test_what_a_service_asks_of_another_is_done_once_its_transaction_is_committed(
    topics: Settings, another: Another
) -> None:
    cause = counted()
    async with running(gate(topics), ("worker",)) as asked, running(await asker(another), ("relay",)) as asking:
        await knows(asked)
        with pytest.raises(LookupError):
            await ask(asking.service, "taken-back", then_fail=True)
        await ask(asking.service, "door", cause)
        found = await until(lambda: asked.service.pool.fetch("select leaf from gate.leaf"), "it is counted")
        assert [row["leaf"] for row in found] == ["door"]
        told = "select convert_from(value, 'utf8')::jsonb #>> '{correlationid}' from chassis.outbox"
        assert await asked.service.pool.fetchval(told) == str(cause.correlationid or cause.id)


async def test_a_service_without_a_key_asks_nobody_and_example_content_asks_nobody_either(another: Another) -> None:
    example = counted(source="/helsinki/analytics/demo")
    async with running(await asker(another, key="")) as without, running(await asker(another)) as asking:
        await ask(without.service, "door")
        assert "usage.requests.v1" not in without.service.topics_written()
        await ask(asking.service, "door", example)
        for one in (without, asking):
            assert await one.service.pool.fetchval("select count(*) from chassis.outbox") == 0


async def test_who_asks_by_another_key_than_was_registered_is_not_believed(topics: Settings, another: Another) -> None:
    async with running(gate(topics), ("worker",)) as asked, running(await asker(another), ("relay",)) as asking:
        await knows(asked, key=channels.new_key())
        await ask(asking.service, "door")
        letter = "select reason from chassis.dead_letter"
        found = await until(lambda: asked.service.pool.fetch(letter), "it is a dead letter")
        assert found[0]["reason"].startswith("nothing proves that it comes from /helsinki/channels/asker")
