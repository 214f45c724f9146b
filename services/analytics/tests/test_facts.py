"""The fold: the same facts whatever the order, the copies and the batches; and as they were at any earlier position."""

import random
from collections.abc import Sequence

import pytest
from analytics.catalogue import metrics
from analytics.domain.position import Position
from analytics.store.facts import FOLDS
from analytics.store.figures import PositionAhead, figures, snapshot_at
from chassis import Service
from chassis.worker import Record
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from omatoimi_contracts.decisions import (
    DecisionPublished,
    FeedbackAnswered,
    FeedbackReceived,
)
from omatoimi_contracts.notices import NoticePublished, NoticeSubmitted
from omatoimi_contracts.tasks import TaskDone, TaskOpened

from tests.kits.analytics import OCTOBER, Town, a_month, all_figures, at, empty, placed, position_of, read, slot


async def facts_of(service: Service) -> dict[str, list[str]]:
    """All rows of all facts as text, but for the tally, whose offsets follow the order they came in."""
    async with service.pool.acquire() as conn:
        return {
            fold.table: sorted(
                row["told"] for row in await conn.fetch(f"select t::text as told from facts.{fold.table} t")
            )
            for fold in FOLDS
            if fold.table != "tally"
        }


def in_batches(records: Sequence[Record], chance: random.Random) -> list[list[Record]]:
    batches, at_ = [], 0
    while at_ < len(records):
        size = chance.choice([1, 2, 5, 50])
        batches.append(list(records[at_ : at_ + size]))
        at_ += size
    return batches


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.generate],
)
@given(seed=st.integers(0, 10_000), order=st.randoms(use_true_random=False))
async def test_any_order_and_any_copies_give_the_same_facts_and_figures(
    service: Service, seed: int, order: random.Random
) -> None:
    town = a_month(seed)
    await empty(service)
    await read(service, town.records)
    facts, told = await facts_of(service), await all_figures(service)

    shuffled = [*town.records, *order.choices(town.records, k=10)]
    order.shuffle(shuffled)
    await empty(service)
    for batch in in_batches(placed(shuffled), order):
        await read(service, batch)
    assert await facts_of(service) == facts, f"seed {seed}"
    again = await all_figures(service)
    assert again.pop("M52").whole.numerator == len(shuffled)
    told.pop("M52")
    assert again == told, f"seed {seed}"


async def test_the_facts_as_they_are_equal_the_ledger_folded_at_the_same_position(service: Service) -> None:
    for seed in range(3):
        await empty(service)
        town = a_month(seed)
        for batch in in_batches(town.records, random.Random(seed)):
            await read(service, batch)
        live, position = await all_figures(service), await position_of(service)
        await read(service, [town.show("later", at("2026-11-20 12:00"))])
        then = await all_figures(service, position=position)
        assert then == live, f"seed {seed}"


async def test_a_late_event_goes_to_its_own_period_and_an_old_position_keeps_the_old_figures(service: Service) -> None:
    town = a_month(1)
    town.book("late", slot("2026-10-31", "10:00", "12:00"))
    await read(service, town.records)
    before, old = await all_figures(service), await position_of(service)
    late = town.attend("late", at("2026-10-31 10:00"))
    await read(service, [late])
    after = await all_figures(service)
    assert after["M03"].whole.numerator == 120 + int(before["M03"].whole.numerator or 0)
    assert await all_figures(service, position=old) == before
    assert await all_figures(service, position=await position_of(service)) == after
    # The same connection, first in the past, then in the present again.
    assert await all_figures(service) == after
    assert await all_figures(service, position=old) == before


async def test_at_every_position_the_past_stays_what_it_was(service: Service) -> None:
    town = a_month(5)
    known = []
    for batch in in_batches(town.records, random.Random(5)):
        await read(service, batch)
        known.append((await position_of(service), await all_figures(service)))
    for position, told in known:
        assert await all_figures(service, position=position) == told


async def test_figures_that_are_looked_at_together_are_of_one_moment(service: Service) -> None:
    town = a_month(2)
    await read(service, town.records)
    before = await all_figures(service)
    async with snapshot_at(service.pool) as known:
        town.book("meanwhile", slot("2026-10-29", "10:00", "12:00"))
        await read(service, town.records[-1:])
        together = {one.metric: one for one in await figures(known, metrics().values(), OCTOBER, None)}
    assert together == before
    assert (await all_figures(service))["M01"] != before["M01"]


def the_whole_way(town: Town) -> None:
    """One of each thing that residents and staff do."""
    noon = at("2026-10-02 12:00")
    town.book("over http", slot("2026-10-05", "10:00", "12:00"), at=noon)
    town.book("refused", slot("2026-10-05", "10:00", "12:00"), refused="taken", session="s", at=noon)
    town.book("served", slot("2026-10-06", "10:00", "12:00"), session="s", at=at("2026-10-02 12:05"))
    town.book("moved", slot("2026-10-07", "10:00", "12:00"), at=noon)
    town.move("moved", slot("2026-10-08", "10:00", "12:00"), noon)
    for name, by in (("late", "user"), ("by the house", "house")):
        town.book(name, slot("2026-10-09", "10:00", "12:00"), at=noon)
        town.cancel(name, at("2026-10-09 09:00"), by=by)
    town.attend("over http")
    town.stay_away("served")
    town.walk_in("walk-in", slot("2026-10-10", "10:00", "12:00"))
    town.book("open to all", slot("2026-10-11", "10:00", "12:00"), space="hall", public=True, at=noon)
    town.attend("open to all")
    town.book("by the youth", slot("2026-10-12", "10:00", "12:00"), by="department", department="youth", at=noon)
    town.attend("by the youth")
    town.task("door", TaskOpened, noon, of="over http")
    town.task("door", TaskDone, at("2026-10-05 10:00"), of="over http")
    town.feedback("f", FeedbackReceived, at("2026-10-06 12:00"))
    town.feedback("f", FeedbackAnswered, at("2026-10-16 12:00"))
    town.notice("n", NoticeSubmitted, at("2026-10-01 12:00"))
    town.notice("n", NoticePublished, at("2026-10-02 12:00"))
    town.decision("d", DecisionPublished, at("2026-10-03 12:00"))
    town.show("d", at("2026-10-04 12:00"))
    town.visit(slot("2026-10-05", "10:00", "11:00"), 42)


async def test_each_event_of_the_whole_way_changes_a_figure(service: Service) -> None:
    town = Town()
    town.premises("library", "library", {"hall": ("hall-a", "hall-b"), "hall-a": (), "hall-b": (), "room": ()})
    register = len(town.records)
    the_whole_way(town)
    await read(service, town.records)
    whole = await all_figures(service)
    assert {id_: one.status for id_, one in whole.items()} == dict.fromkeys(whole, "known")
    for left_out in town.records[register:]:
        await empty(service)
        await read(service, placed(record for record in town.records if record is not left_out))
        without = await all_figures(service)
        changed = {
            id_ for id_ in whole if (without[id_].whole, without[id_].rows) != (whole[id_].whole, whole[id_].rows)
        }
        assert changed - {"M52"}, f"nothing tells that this is missing: {left_out.value!r}"


async def test_a_position_that_was_not_read_yet_has_no_figures(service: Service) -> None:
    await read(service, a_month(1).records)
    with pytest.raises(PositionAhead):
        async with snapshot_at(service.pool, Position.parse("booking.events.v1:1000000")):
            pass


async def test_the_beginning_knows_nothing(service: Service) -> None:
    await read(service, a_month(1).records)
    told = await all_figures(service, OCTOBER, position=Position.parse("0"))
    assert {one.status for one in told.values()} == {"silent", "empty"}


async def test_two_topics_may_be_read_one_long_after_the_other(service: Service) -> None:
    town = a_month(7)
    topics = sorted({record.topic for record in town.records})
    await read(service, town.records)
    told = await all_figures(service)
    for first in topics:
        await empty(service)
        await read(service, [record for record in town.records if record.topic == first])
        await read(service, [record for record in town.records if record.topic != first])
        assert await all_figures(service) == told
