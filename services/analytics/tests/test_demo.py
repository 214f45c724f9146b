"""Example content counts while it is shown, and never else; taken out, it stays in the ledger, known by its source."""

from collections import Counter
from datetime import date

import pytest
from analytics import report, scheduled
from analytics.documents import present
from analytics.domain.figures import Figure
from analytics.domain.period import Period
from analytics.rebuild import rebuild
from analytics.store.figures import snapshot_at
from chassis import Service, demo

from tests.kits.analytics import OCTOBER, Town, all_figures, at, days, empty, position_of, read, slot

NOVEMBER = days(date(2026, 11, 1), date(2026, 12, 1))


def example(town: Town | None = None) -> Town:
    """A library with two bookings, a search, a visit and a notice of example content."""
    town = town or Town()
    town.demo = True
    town.premises("library", "library", {"room": ()})
    town.book("d1", slot("2026-10-05", "12:00", "14:00"), public=True)
    town.attend("d1")
    town.book("d2", slot("2026-11-06", "12:00", "14:00"))
    town.search(0, at("2026-10-06 12:00"))
    town.show("d1", at("2026-10-06 12:00"))
    town.demo = False
    return town


def real(town: Town | None = None) -> Town:
    """A school with one booking of its own."""
    town = town or Town()
    town.premises("school", "school", {"gym": ()}, unit="kallio")
    town.book("r1", slot("2026-11-05", "12:00", "14:00"), space="gym", by="firm")
    return town


async def show(service: Service) -> None:
    async with service.pool.acquire() as conn:
        await demo.begin(conn, seed=1, day=date(2026, 11, 24), total=1)
        await demo.end(service.transaction(conn))


async def classes(service: Service) -> Counter[str]:
    async with service.pool.acquire() as conn:
        return Counter({r["class"]: r["n"] for r in await conn.fetch("""
            select class, count(*) as n from analytics.ledger group by class
        """)})  # fmt: skip


async def counted(service: Service) -> dict[tuple[str, Period], Figure]:
    """All figures but M52, which tells of the records themselves."""
    return {
        (id_, period): one
        for period in (OCTOBER, NOVEMBER)
        for id_, one in (await all_figures(service, period)).items()
        if id_ != "M52"
    }


async def test_example_content_counts_while_it_is_shown(service: Service) -> None:
    await show(service)
    await read(service, real(example()).records)
    assert (await classes(service)).keys() == {"folded"}
    october = await all_figures(service)
    assert (october["M01"].whole.value, october["M10"].whole.numerator) == (1, 1)
    assert (await all_figures(service, NOVEMBER))["M01"].whole.value == 2


async def test_a_report_says_whether_example_content_counts_in_it(service: Service) -> None:
    await read(service, real(example()).records)

    async def says() -> tuple[bool, bool, bool]:
        async with snapshot_at(service.pool) as known:
            made = await report.document(known, OCTOBER, None)
        page = report.render(made, "html", "en").decode()
        return made.content["example"], b"report,,,,,example,True" in made.csv, "Example content counts in this" in page

    assert await says() == (False, False, False)
    await show(service)
    assert await says() == (True, True, True)
    await demo.take_out(service)
    assert await says() == (False, False, False)


@pytest.mark.parametrize("began", [True, False])
async def test_figures_without_it_are_those_of_a_log_in_which_it_never_stood(service: Service, began: bool) -> None:
    await read(service, real().records)
    expected = await counted(service)
    await empty(service)
    if began:
        await show(service)
    town = real(example())
    await read(service, town.records)
    if began:
        assert await counted(service) != expected
        assert await demo.take_out(service) == 0
    assert await counted(service) == expected
    assert await classes(service) == {"demo": 8, "folded": 4}


async def test_every_record_is_accounted_for_also_when_it_is_taken_out(service: Service) -> None:
    await show(service)
    town = real(example())
    town.again(town.records[3])
    town.raw("booking.events.v1", b"nonsense")
    await read(service, town.records)
    await demo.take_out(service)
    identity = (await all_figures(service))["M52"].whole
    assert identity.numerator == identity.denominator == len(town.records)
    assert identity.parts == {"folded": 4, "doubled": 1, "unknown": 0, "quarantined": 1, "demo": 8}


async def test_what_comes_later_or_again_stays_out(service: Service) -> None:
    await show(service)
    town = real(example())
    await read(service, town.records)
    await demo.take_out(service)
    without, position = await counted(service), await position_of(service)
    await read(service, town.records)
    assert await position_of(service) == position
    town.demo = True
    late = [town.cancel("d2", at("2026-11-01 12:00")), town.again(town.records[3])]
    await read(service, late)
    assert await classes(service) == {"demo": 9, "folded": 4, "doubled": 1}
    assert await counted(service) == without
    rebuilt = await rebuild(service, lambda _: None)
    assert (rebuilt.changed, all(rebuilt.equal.values())) == ({}, True)
    assert await counted(service) == without


async def test_what_is_told_anew_of_the_same_subject_counts(service: Service) -> None:
    await show(service)
    town = example()
    await read(service, town.records)
    await demo.take_out(service)
    told = len(town.records)
    town.premises("library", "library", {"room": ()}, since=at("2026-11-01 09:00"))
    await read(service, town.records[told:])
    (first, *_) = [
        row.key
        for row in (await all_figures(service, NOVEMBER))["M02"].rows
        if row.dimension == "day" and row.value == 0
    ]
    assert first == "2026-11-01"
    assert (await all_figures(service, OCTOBER))["M02"].status == "silent"


async def test_published_figures_follow_and_those_of_a_month_without_anything_else_are_forgotten(
    service: Service,
) -> None:
    await show(service)
    await read(service, real(example()).records)
    await scheduled.PUBLISHING.run(service)
    august = "M01/2026-08-01..2026-09-01/unit=all"
    async with service.pool.acquire() as conn:
        await conn.execute(
            "insert into analytics.figure select $1, '2026-08-01..2026-09-01', 1, fact, told_at from analytics.figure"
            " where cell = 'M01/2026-11-01..2026-12-01/unit=all'",
            august,
        )
        await conn.execute("truncate chassis.outbox")
    await demo.take_out(service)
    async with service.pool.acquire() as conn:
        told = {row["key"] for row in await conn.fetch("select key from chassis.outbox where value is null")}
        now = await present(service, conn, "M01/2026-11-01..2026-12-01/unit=all")
        gone = [august, "M01/2026-11-01..2026-12-01/unit=all,organiser=association"]
        assert [await present(service, conn, cell) for cell in gone] == [None, None]
    assert {*gone, "M01/2026-11-01..2026-12-01/unit=all"} <= told
    assert now is not None
    assert now.data.model_dump()["value"] == 1
