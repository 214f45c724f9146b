"""A key is taken as long as it lives and not a moment longer, by whatever process."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest_asyncio
from chassis import Service, Settings, channels
from chassis.channels import key_hash
from chassis.clock import SettableClock

from tests.kits.chassis import Client, Harness, running

from .toys import gate

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest_asyncio.fixture
async def clock() -> SettableClock:
    return SettableClock(NOW)


@pytest_asyncio.fixture
async def bench(lonely: Settings, clock: SettableClock) -> AsyncIterator[Harness]:
    async with running(gate(lonely, clock=clock)) as made:
        yield made


async def another_key(bench: Harness, expires_at: datetime | None = None) -> Client:
    """A second key of the web channel."""
    key = channels.new_key()
    async with bench.service.pool.acquire() as conn:
        await channels.register(conn, bench.web.caller, key, bench.service.clock(), expires_at)
    return Client(bench.http, bench.web.caller, key)


async def taken(client: Client) -> bool:
    """Whether the key opens: what it asks for is not there."""
    status = (await client.get(f"/v1/requests/{uuid4()}")).status_code
    assert status in (401, 404)
    return status == 404


async def test_two_keys_of_a_channel_live_at_once_and_one_is_revoked_for_itself(bench: Harness) -> None:
    second = await another_key(bench)
    assert [await taken(bench.web), await taken(second)] == [True, True]
    async with bench.service.pool.acquire() as conn:
        await channels.revoke(conn, [key_hash(bench.web.key)], NOW)
    assert [await taken(bench.web), await taken(second)] == [False, True]
    # Who registers it again, as every start does, brings nothing back.
    async with bench.service.pool.acquire() as conn:
        await channels.register(conn, bench.web.caller, bench.web.key, NOW)
    assert not await taken(bench.web)


async def test_no_process_takes_a_key_from_the_moment_it_is_revoked(lonely: Settings) -> None:
    """Two processes, which both have just taken it, and clients that never stop asking."""
    async with running(gate(lonely)) as first, running(gate(lonely)) as second:
        processes = [first.service, second.service]
        for _ in range(20):
            key, revoked = channels.new_key(), asyncio.Event()
            async with first.service.pool.acquire() as conn:
                await channels.register(conn, first.web.caller, key, NOW)

            async def opens(service: Service, key: str = key) -> bool:
                return await service.keys.holder(service.pool, key, service.clock) is not None

            async def never_stops(service: Service, revoked: asyncio.Event = revoked) -> list[bool]:
                after: list[bool] = []
                while len(after) < 3:
                    late = revoked.is_set()
                    opened = await opens(service)
                    if late:
                        after.append(opened)
                return after

            asking = [asyncio.create_task(never_stops(service)) for service in processes for _ in range(4)]
            assert all([await opens(service) for service in processes])
            async with first.service.pool.acquire() as conn:
                await channels.revoke(conn, [key_hash(key)], NOW)
            revoked.set()
            assert not any(opened for after in await asyncio.gather(*asking) for opened in after)


async def test_a_key_is_taken_until_it_expires(bench: Harness, clock: SettableClock) -> None:
    second = await another_key(bench, NOW + timedelta(days=1))
    clock.now = NOW + timedelta(days=1) - timedelta(seconds=1)
    assert await taken(second)
    clock.now = NOW + timedelta(days=1)
    assert [await taken(second), await taken(bench.web)] == [False, True]


async def test_the_key_before_lives_on_for_the_overlap_alone(bench: Harness, clock: SettableClock) -> None:
    second, source = await another_key(bench), bench.web.caller.channel.source
    async with bench.service.pool.acquire() as conn:
        await channels.expire_others(conn, source, second.key, NOW + timedelta(hours=1), NOW)
    assert [await taken(bench.web), await taken(second)] == [True, True]
    clock.now = NOW + timedelta(hours=1)
    assert [await taken(bench.web), await taken(second)] == [False, True]


async def test_the_last_use_of_a_key_is_written_once_a_minute_at_most(bench: Harness, clock: SettableClock) -> None:
    async def last_use() -> datetime | None:
        async with bench.service.pool.acquire() as conn:
            (key,) = await channels.keys_of(conn, bench.web.caller.channel.source)
        return key.last_used_at

    assert await last_use() is None
    for seconds, written in ((0, 0), (30, 0), (59, 0), (60, 60), (90, 60), (121, 121)):
        clock.now = NOW + timedelta(seconds=seconds)
        assert await taken(bench.web)
        assert await last_use() == NOW + timedelta(seconds=written)


async def test_who_hangs_up_while_its_key_is_looked_up_takes_no_others_answer_away(bench: Harness) -> None:
    keys, pool, clock = bench.service.keys, bench.service.pool, bench.service.clock
    both = [asyncio.create_task(keys.holder(pool, bench.web.key, clock)) for _ in range(2)]
    await asyncio.sleep(0)
    both[0].cancel()
    assert await both[1] == bench.web.caller


async def test_those_that_come_at_the_same_time_share_one_look_up(bench: Harness) -> None:
    """A hundred at once cost two statements: the one on its way when they came, and one for all of them."""
    clients = [bench.web, bench.staff, await another_key(bench)]
    asked: list[int] = []
    pool, clock = bench.service.pool, bench.service.clock

    class Counted:
        """The pool, and how many keys each look-up asked for."""

        async def fetch(self, statement: str, hashes: list[bytes], now: datetime) -> object:
            asked.append(len(hashes))
            return await pool.fetch(statement, hashes, now)

        async def execute(self, statement: str, *values: object) -> object:
            return await pool.execute(statement, *values)

    counted = Counted()
    found = await asyncio.gather(
        *(bench.service.keys.holder(counted, client.key, clock) for _ in range(40) for client in clients)  # type: ignore[arg-type]
    )
    assert [one.channel.name if one else None for one in found] == ["web", "staff", "web"] * 40
    assert asked == [3]
