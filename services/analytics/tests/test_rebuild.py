"""Facts folded anew from the ledger: equal by hash, different when a row of the ledger was altered, and taken then."""

import asyncio

from analytics.rebuild import rebuild
from chassis import Service
from omatoimi_contracts.usage import VisitCounted

from tests.kits.analytics import Town, all_figures, at, read, slot

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
    assert len(rebuilt.equal) == 14
    assert rebuilt.changed == {}
    assert said[-1] == "14 of 14 metrics equal by hash."
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
