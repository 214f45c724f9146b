"""Facts folded anew from the ledger: equal by hash, different when a row of the ledger was altered, and taken then."""

import asyncio
import sys

import pytest
from analytics.catalogue import metrics
from analytics.rebuild import Rebuilt, rebuild
from analytics.store import anew, ledger
from analytics.store.figures import months, snapshot_at
from chassis import Connection, Service
from omatoimi_contracts.usage import VisitCounted

from tests.kits.analytics import Town, all_figures, at, read, slot
from tests.kits.platform import Servers as Platform
from tests.kits.process import own_environment

ALTER = """
update analytics.ledger set raw = convert_to(replace(convert_from(raw, 'UTF8'), $1, $2), 'UTF8')
where type = $3 and class = 'folded'
"""


def a_town() -> Town:
    town = Town()
    town.premises("library", "library", {"room": ()})
    for day in (5, 6, 7):
        town.book(f"b{day}", slot(f"2026-10-{day:02}", "12:00", "14:00"), public=True)
        town.attend(f"b{day}")
    town.book("november", slot("2026-11-05", "12:00", "14:00"))
    return town


async def test_facts_folded_anew_give_the_same_figures_by_hash(service: Service) -> None:
    town = a_town()
    town.again(town.records[3])
    town.raw("booking.events.v1", b"nonsense")
    await read(service, town.records)
    before = await all_figures(service)
    said: list[str] = []
    rebuilt = await rebuild(service, said.append)
    assert rebuilt.records == len(town.records)
    assert all(rebuilt.equal.values())
    assert rebuilt.equal.keys() == metrics().keys()
    assert rebuilt.changed == {}
    assert said[-1] == f"{len(metrics())} of {len(metrics())} metrics equal by hash."
    assert await all_figures(service) == before


async def test_a_row_of_the_ledger_altered_by_hand_changes_the_figures(service: Service) -> None:
    await read(service, a_town().records)
    async with service.pool.acquire() as conn:
        await conn.execute(ALTER, '"opentopublic":true', '"opentopublic":false', "omatoimi.booking.attended.v1")
    said: list[str] = []
    rebuilt = await rebuild(service, said.append)
    assert [metric for metric, equal in rebuilt.equal.items() if not equal] == ["M12"]
    assert rebuilt.changed == {"booking": 3}
    assert (await all_figures(service))["M12"].whole.value == 0
    assert any(line.startswith("M12 DIFFERS") for line in said)
    assert all((await rebuild(service, said.append)).equal.values())


async def test_facts_altered_by_hand_are_put_right(service: Service) -> None:
    await read(service, a_town().records)
    before = await all_figures(service)
    async with service.pool.acquire() as conn:
        await conn.execute("delete from facts.booking where booking in (select booking from facts.booking limit 1)")
        await conn.execute("update facts.booking set attended = false, leaves = '{}'")
        await conn.execute("update facts.tally set records = records + 1")
    assert await all_figures(service) != before
    rebuilt = await rebuild(service, lambda _: None)
    assert not rebuilt.equal["M01"]
    assert not rebuilt.equal["M52"]
    assert await all_figures(service) == before


async def test_a_lost_row_of_the_ledger_breaks_the_identity_of_the_log(service: Service) -> None:
    await read(service, a_town().records)
    async with service.pool.acquire() as conn:
        await conn.execute("delete from analytics.ledger where number = 4")
    await rebuild(service, lambda _: None)
    identity = (await all_figures(service))["M52"].whole
    assert (identity.numerator, identity.denominator) == (9, 10)


async def test_what_is_read_during_a_rebuild_is_neither_lost_nor_counted_twice(service: Service) -> None:
    town = a_town()
    await read(service, town.records)

    async def go_on_reading() -> None:
        for number in range(30):
            town.book(f"more {number}", slot("2026-10-20", "12:00", "14:00"))
            when = slot("2026-10-20", "12:00", "13:00")
            town.add(VisitCounted(counter="gate", slot=when, persons=number, method="gate"), at("2026-10-20 13:00"))
            await read(service, town.records[-2:])

    rebuilt, _ = await asyncio.gather(rebuild(service, lambda _: None), go_on_reading())
    assert all(rebuilt.equal.values())
    figures = await all_figures(service)
    assert figures["M01"].whole.value == 33
    assert figures["M52"].whole.numerator == figures["M52"].whole.denominator == len(town.records)
    assert all((await rebuild(service, lambda _: None)).equal.values())


KILLED = """
import asyncio, sys, time
from analytics.main import service
from analytics.rebuild import rebuild
from analytics.store import anew

def halt(done, _):
    if done >= int(sys.argv[1]):
        print("halted", flush=True)
        time.sleep(3600)

anew.AT_ONCE = 3
asyncio.run(rebuild(service(), lambda _: None, halt))
"""


async def killed_behind(platform: Platform, service: Service, row: int) -> None:
    """A rebuild in a process of its own, killed when so many rows are folded."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, str(row)),
        env=own_environment() | {"OMATOIMI_POSTGRES": service.settings.dsn("analytics")},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"halted\n"
    finally:
        process.kill()
        platform.killed(process.pid)
        await process.wait()


async def rebuilt_by_us(service: Service, said: list[str], told: list[int]) -> Rebuilt:
    """A rebuild, as soon as the database has noticed that the process before is gone."""
    while True:
        try:
            return await rebuild(service, said.append, lambda done, _: told.append(done))
        except anew.AlreadyFolding:
            await asyncio.sleep(0.05)


async def test_a_rebuild_that_is_killed_goes_on_where_it_was_and_gives_the_same_figures(
    platform: Platform, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anew, "AT_ONCE", 3)
    town = a_town()
    await read(service, town.records)
    await killed_behind(platform, service, 3)
    town.book("meanwhile", slot("2026-10-21", "12:00", "14:00"))
    await read(service, town.records[-1:])
    await killed_behind(platform, service, 6)
    figures = await all_figures(service)
    said: list[str] = []
    told: list[int] = []
    rebuilt = await rebuilt_by_us(service, said, told)
    assert said[0] == "Going on behind row 6 of the ledger."
    assert told[0] == 9
    assert all(rebuilt.equal.values())
    assert (rebuilt.changed, rebuilt.records) == ({}, len(town.records))
    assert await all_figures(service) == figures
    again = await rebuilt_by_us(service, said, told)
    assert again.after == rebuilt.after


async def test_a_rebuild_of_a_ledger_that_was_changed_meanwhile_begins_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the end of example content changes it."""
    monkeypatch.setattr(anew, "AT_ONCE", 3)
    await read(service, a_town().records)
    fold, folds = anew.fold_next, 0

    async def fold_and_change(conn: Connection) -> tuple[int, int]:
        nonlocal folds
        folds += 1
        if folds == 2:
            async with service.pool.acquire() as other, other.transaction():
                await ledger.begin(other)
                await other.execute(
                    ALTER, '"opentopublic":true', '"opentopublic":false', "omatoimi.booking.attended.v1"
                )
                await ledger.set_demo_aside(other)
        return await fold(conn)

    monkeypatch.setattr(anew, "fold_next", fold_and_change)
    said: list[str] = []
    rebuilt = await rebuild(service, said.append)
    assert said.count("Folding the ledger anew.") == 2
    assert rebuilt.changed == {"booking": 3}
    assert (await all_figures(service))["M12"].whole.value == 0


async def test_records_are_taken_in_while_the_figures_are_compared(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = a_town()
    await read(service, town.records)
    differences = anew.differences

    async def taking_in(conn: Connection) -> dict[str, int]:
        town.book("meanwhile", slot("2026-10-21", "12:00", "14:00"))
        await read(service, town.records[-1:])
        return await differences(conn)

    monkeypatch.setattr(anew, "differences", taking_in)
    rebuilt = await rebuild(service, lambda _: None)
    assert all(rebuilt.equal.values())
    assert rebuilt.records == len(town.records)
    assert (await all_figures(service))["M01"].whole.value == 4


async def test_a_reader_in_the_middle_sees_one_state_to_its_end_and_holds_nobody_up_for_long(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anew, "READERS_SECONDS", 0.05)
    town = a_town()
    await read(service, town.records)
    async with service.pool.acquire() as conn:
        await conn.execute("delete from facts.booking")
    refused = asyncio.Event()
    take = anew.take

    async def take_or_tell(conn: Connection) -> int | None:
        if (taken := await take(conn)) is None:
            refused.set()
        return taken

    monkeypatch.setattr(anew, "take", take_or_tell)
    async with snapshot_at(service.pool) as known:
        rebuilding = asyncio.create_task(rebuild(service, lambda _: None))
        await refused.wait()
        town.book("meanwhile", slot("2026-10-21", "12:00", "14:00"))
        await read(service, town.records[-1:])
        assert not rebuilding.done()
        assert await known.conn.fetchval("select count(*) from booking") == 0
        assert await months(known)
    assert (await rebuilding).changed["booking"] > 0
    assert (await all_figures(service))["M01"].whole.value == 4
