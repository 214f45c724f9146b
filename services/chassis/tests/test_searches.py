"""Searches are told in batches, of those who have a session or a key, and wait for no commit."""

import asyncpg
import pytest
from chassis import Settings
from chassis.access import by_channel
from chassis.searches import AT_ONCE
from omatoimi_contracts.codec import read
from omatoimi_contracts.outcomes import SearchPerformed
from uuid_utils.compat import UUID, uuid7

from tests.kits.chassis import Harness, running

from .toys import gate

KIOSK = by_channel("/helsinki/channels/kiosk", "kiosk", "vallila")


def search(r: Harness, session: UUID | None, *, key: bool = False, hits: int = 0) -> None:
    fact = SearchPerformed(search=session or uuid7(), session=session, hits=hits)
    by = KIOSK if key else None
    r.service.searches.performed(fact, by, at=r.service.clock(), unit="vallila", language="fi", assisted=False)


async def told(r: Harness) -> list[tuple[int, str]]:
    rows = await r.service.pool.fetch("select value from chassis.outbox order by seq")
    return [(event.data.hits, event.channel) for row in rows for event in [read(row["value"])]]  # type: ignore[union-attr]


async def test_who_has_neither_a_session_nor_a_key_leaves_nothing(lonely: Settings) -> None:
    async with running(gate(lonely)) as r:
        search(r, None, hits=1)
        search(r, uuid7(), hits=2)
        search(r, None, key=True, hits=3)
        await r.service.searches.write(r.service)
        assert await told(r) == [(2, "web"), (3, "kiosk")]


async def test_many_are_one_transaction_and_each_is_written_once(lonely: Settings) -> None:
    async with running(gate(lonely), ()) as r:
        session = uuid7()
        for n in range(AT_ONCE + 1):
            search(r, session, hits=n)
        await r.service.searches.write(r.service)
        await r.service.searches.write(r.service)
        assert await told(r) == [(n, "web") for n in range(AT_ONCE + 1)]
        transactions = "select count(distinct xmin::text) from chassis.outbox"
        assert await r.service.pool.fetchval(transactions) == 2


async def test_what_the_database_does_not_take_is_written_later_and_the_last_at_the_end(lonely: Settings) -> None:
    async with running(gate(lonely), ("api",)) as r:
        await r.service.pool.execute("alter table chassis.outbox rename to away")
        search(r, uuid7(), hits=1)
        with pytest.raises(asyncpg.UndefinedTableError):
            await r.service.searches.write(r.service)
        await r.service.pool.execute("alter table chassis.away rename to outbox")
        search(r, uuid7(), hits=2)
    async with running(gate(lonely), ()) as r:
        assert sorted(await told(r)) == [(1, "web"), (2, "web")]
