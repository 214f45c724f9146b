"""This month's figures on their compacted topic: told when they change, and only then."""

from datetime import UTC, datetime

import pytest
from analytics import scheduled
from analytics.documents import present
from analytics.domain.period import Period
from analytics.main import service as make
from analytics.report import document
from analytics.report.document import ReportDocument
from analytics.store.figures import Snapshot
from chassis import Service, Settings
from omatoimi_contracts.codec import read as read_event
from omatoimi_contracts.codec import write
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.figures import FigureComputed
from pydantic import SecretStr

from tests.kits.analytics import Town, at, read, slot

CELL = "M01/2026-11-01..2026-12-01/unit=vallila"


async def keys(service: Service) -> list[str]:
    """What the relay would send, and forget it."""
    async with service.pool.acquire() as conn:
        rows = await conn.fetch("select key from chassis.outbox where value is null order by seq")
        await conn.execute("truncate chassis.outbox")
    return [row["key"] for row in rows]


async def tell(service: Service) -> list[str]:
    await scheduled.PUBLISHING.run(service)
    return await keys(service)


async def figure(service: Service, cell: str = CELL) -> FactEvent[FigureComputed] | None:
    async with service.pool.acquire() as conn:
        event = await present(service, conn, cell)
    if event is None:
        return None
    again = read_event(write(event))
    assert isinstance(again, FactEvent)
    assert isinstance(again.data, FigureComputed)
    return again  # type: ignore[return-value]


def a_town() -> Town:
    town = Town()
    town.premises("library", "library", {"room": ()})
    town.book("b", slot("2026-11-05", "12:00", "14:00"))
    return town


async def test_a_figure_is_told_when_it_changed_and_with_a_higher_version(service: Service) -> None:
    town = a_town()
    await read(service, town.records)
    assert CELL in await tell(service)
    first = await figure(service)
    assert first is not None
    assert (first.data.value, first.data.of_unit, first.sequence) == (1.0, "vallila", "0000000001")
    assert first.data.position == {"booking.events.v1/0": 4}
    assert await tell(service) == []
    await read(service, [town.book("c", slot("2026-11-06", "12:00", "14:00"))])
    told = await tell(service)
    assert CELL in told
    assert "M06/2026-11-01..2026-12-01/unit=vallila,class=house" in told
    assert "M32/2026-11-01..2026-12-01/unit=vallila" not in told
    second = await figure(service)
    assert second is not None
    assert (second.data.value, second.sequence) == (2.0, "0000000002")
    assert second.id != first.id


async def test_a_figure_without_data_has_no_value(service: Service) -> None:
    await read(service, a_town().records)
    await tell(service)
    silent = await figure(service, "M27/2026-11-01..2026-12-01/unit=all")
    assert silent is not None
    assert (silent.data.value, silent.data.numerator, silent.unit) == (None, None, "none")


async def test_a_cell_that_is_no_more_is_forgotten(service: Service) -> None:
    town = a_town()
    await read(service, town.records)
    await tell(service)
    gone = "M01/2026-11-01..2026-12-01/unit=all,organiser=association"
    assert await figure(service, gone) is not None
    await read(service, [town.move("b", slot("2026-12-05", "12:00", "14:00"), at("2026-11-01 12:00"))])
    assert gone in await tell(service)
    assert await figure(service, gone) is None


async def test_a_new_month_is_told_beside_the_old_one(service: Service) -> None:
    await read(service, a_town().records)
    await tell(service)
    december = make(
        Settings(postgres=SecretStr(service.settings.dsn("analytics"))),
        clock=lambda: datetime(2026, 12, 1, 12, tzinfo=UTC),
    )
    december.pool = service.pool
    assert "M01/2026-12-01..2027-01-01/unit=vallila" in await tell(december)
    assert await figure(service) is not None


async def test_figures_are_computed_while_no_transaction_waits_for_them(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But the snapshot that they are computed from: PostgreSQL ends a transaction that idles."""
    await read(service, a_town().records)
    others = """
        select count(*) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
    """
    seen = set()

    async def looked(known: Snapshot, period: Period, unit: str | None) -> ReportDocument:
        seen.add(await known.conn.fetchval(others))
        return await document(known, period, unit)

    monkeypatch.setattr(scheduled, "document", looked)
    assert CELL in await tell(service)
    assert seen == {0}


async def test_what_another_process_published_meanwhile_stands(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = a_town()
    await read(service, town.records)
    by_the_other: list[str] = []

    async def overtaken(known: Snapshot, period: Period, unit: str | None) -> ReportDocument:
        found = await document(known, period, unit)
        monkeypatch.setattr(scheduled, "document", document)
        if not by_the_other:
            await read(service, [town.book("c", slot("2026-11-06", "12:00", "14:00"))])
            by_the_other.extend(await tell(service))
        return found

    monkeypatch.setattr(scheduled, "document", overtaken)
    assert await tell(service) == []
    assert CELL in by_the_other
    stands = await figure(service)
    assert stands is not None
    assert stands.data.value == 2.0
