"""From a figure to its events: what is shown behind each cell explains the cell."""

import pytest
from analytics.catalogue import metrics
from analytics.store.drill_down import Cell, LedgerRow, rows, total
from analytics.store.figures import figures, snapshot_at
from chassis import Service
from omatoimi_contracts.decisions import DecisionPublished
from omatoimi_contracts.notices import NoticePublished

from tests.kits.analytics import OCTOBER, Town, a_month, at, named, position_of, read

ABOVE_ONLY = {("M06", "class"), ("M10", "rule")}
"""These stand for a part of the numerator; what is below is the whole's."""


@pytest.mark.parametrize("unit", [None, "vallila", "kallio"])
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_subjects_behind_each_cell_of_each_metric_come_to_its_figure(
    service: Service, seed: int, unit: str | None
) -> None:
    await read(service, a_month(seed).records)
    seen = set()
    async with snapshot_at(service.pool) as known:
        for figure in await figures(known, metrics().values(), OCTOBER, unit):
            metric = metrics()[figure.metric]
            if metric.subjects is None or figure.status == "silent":
                continue
            for row in (figure.whole, *figure.rows):
                assert row.suppressed is None
                cell = Cell(row.dimension, row.key)
                found = await total(known, metric, OCTOBER, unit, cell)
                assert found is not None
                above, below = row.numerator, row.denominator
                if metric.counting.kind == "duration":
                    above, below = row.parts.get("done"), row.parts.get("tasks")
                if (metric.id, row.dimension) in ABOVE_ONLY:
                    below = None
                assert ((found.numerator or 0), (found.denominator or 0)) == (above or 0, below or 0), (metric.id, cell)
                told = await rows(known, metric, OCTOBER, unit, cell, after=0, at_most=1000)
                assert (
                    len({one.subject for one in told if one.type in (metric.events or metric.named)}) == found.subjects
                )
                assert {one.type for one in told} <= {*metric.events, *metric.named}
                seen.add(metric.id)
    if unit is None:
        assert seen == {id_ for id_ in metrics() if id_ != "M52"}


async def test_behind_a_decision_that_was_shown_stands_the_event_of_its_first_showing(
    service: Service, town: Town
) -> None:
    for name in ("shown", "by-its-case", "by-a-notice", "not-shown"):
        town.decision(name, DecisionPublished, at("2026-10-05 10:00"))
    town.notice("tells", NoticePublished, at("2026-10-05 11:00"), decision="by-a-notice")
    town.show("shown", at("2026-10-07 10:00"))
    first = {
        "shown": town.show("shown", at("2026-10-06 10:00")),
        "by-its-case": town.show("case-by-its-case", at("2026-10-06 10:00"), kind="case"),
        "by-a-notice": town.show(str(named("tells")), at("2026-10-06 10:00"), kind="notice"),
    }
    town.show("shown", at("2026-10-06 09:00"), unit="kallio")
    await read(service, town.records)
    async with snapshot_at(service.pool) as known:
        for decision in (*first, "not-shown"):
            cell = Cell(subject=decision)
            told = await rows(known, metrics()["M32"], OCTOBER, None, cell, after=0, at_most=9)
            showings = [one.raw for one in told if one.type == "omatoimi.item.shown.v1"]
            assert showings == [record.value for name, record in first.items() if name == decision]
            assert {(one.numerator, one.denominator) for one in told} == {(int(decision in first), 1)}


async def test_behind_the_completeness_stand_the_records_themselves(service: Service) -> None:
    town = a_month(1)
    town.raw("booking.events.v1", b"nonsense")
    await read(service, town.records)
    async with snapshot_at(service.pool) as known:
        everything = await rows(known, metrics()["M52"], OCTOBER, None, Cell(), after=0, at_most=1000)
        bad = await rows(known, metrics()["M52"], OCTOBER, None, Cell("reason", "malformed"), after=0, at_most=1000)
    assert len(everything) == len(town.records)
    assert [one.offset for one in bad] == [town.records[-1].offset]


async def test_what_stands_behind_a_figure_is_told_as_it_was_known(service: Service) -> None:
    town = a_month(2)
    half = len(town.records) // 2
    await read(service, town.records[:half])
    then = await position_of(service)
    metric = metrics()["M01"]
    async with snapshot_at(service.pool) as known:
        before = await rows(known, metric, OCTOBER, None, Cell(), after=0, at_most=1000)
    await read(service, town.records[half:])
    async with snapshot_at(service.pool, then) as known:
        assert await rows(known, metric, OCTOBER, None, Cell(), after=0, at_most=1000) == before
    async with snapshot_at(service.pool) as known:
        assert await rows(known, metric, OCTOBER, None, Cell(), after=0, at_most=1000) != before


async def test_pages_of_rows_follow_one_another(service: Service) -> None:
    await read(service, a_month(3).records)
    metric, after = metrics()["M01"], 0
    told: list[LedgerRow] = []
    async with snapshot_at(service.pool) as known:
        everything = await rows(known, metric, OCTOBER, None, Cell(), after=0, at_most=1000)
        while page := await rows(known, metric, OCTOBER, None, Cell(), after=after, at_most=3):
            told += page
            after = page[-1].number
    assert told == everything
