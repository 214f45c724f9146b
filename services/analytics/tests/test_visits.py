"""M14, the people that counters counted: what counts, what a broken counter is, and that no small number gets out."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
import pytest_asyncio
from analytics.documents import cells
from analytics.domain.figures import Figure
from analytics.domain.period import Period
from analytics.main import service as make
from analytics.report.formatter import PAGES
from analytics.store.figures import snapshot_at
from chassis import Service, Settings
from pydantic import SecretStr

from tests.kits.analytics import OCTOBER, Town, all_figures, at, days, empty, read, row, slot, values
from tests.kits.chassis import Harness, running

ASKED = {"from": "2026-10-01", "to": "2026-11-01"}
QUARTER = days(date(2026, 10, 1), date(2027, 1, 1))


async def visits(service: Service, period: Period = OCTOBER, unit: str | None = None) -> Figure:
    return (await all_figures(service, period, unit))["M14"]


def kept_back(figure: Figure, dimension: str) -> dict[str, str | None]:
    return {row.key: row.suppressed for row in figure.rows if row.dimension == dimension and row.suppressed}


async def test_people_count_by_library_day_hour_and_way_of_counting(service: Service, town: Town) -> None:
    town.visit(slot("2026-10-05", "10:00", "11:00"), 20)
    town.visit(slot("2026-10-05", "11:00", "12:00"), 30)
    town.visit(slot("2026-10-06", "10:00", "10:30"), 40)
    town.visit(slot("2026-10-06", "12:00", "14:00"), 50, counter="desk", method="estimated")
    town.visit(slot("2026-10-05", "10:00", "11:00"), 60, counter="gate", unit="kallio")
    town.visit(slot("2026-11-01", "00:00", "01:00"), 70)
    await read(service, town.records)
    figure = await visits(service)
    assert figure.whole.value == 200
    assert values(figure, "unit") == {"vallila": 140, "kallio": 60}
    assert values(figure, "day") == {"2026-10-05": 110, "2026-10-06": 90}
    assert values(figure, "hour") == {"10": 120, "11": 30, "longer": 50}
    assert values(figure, "method") == {"gate": 150, "estimated": 50}
    assert values(await visits(service, unit="vallila"), "hour") == {"10": 60, "11": 30, "longer": 50}


async def test_the_last_word_of_a_counter_on_a_span_counts(service: Service, town: Town) -> None:
    span = slot("2026-10-05", "10:00", "11:00")
    town.visit(span, 400)
    town.visit(span, 40, at=at("2026-11-20 12:00"))
    town.visit(slot("2026-10-05", "11:00", "12:00"), 8)
    await read(service, town.records)
    assert (await visits(service)).whole.value == 48
    assert (await visits(service, days(date(2026, 11, 1), date(2026, 12, 1)))).whole.value is None


async def test_a_day_on_which_the_counter_told_nothing_is_no_day_without_visits(service: Service, town: Town) -> None:
    """The library is open on all days of October; the counter has been there since the 5th."""
    for day in (5, 6, 7, 20):
        town.visit(slot(f"2026-10-{day:02}", "10:00", "11:00"), 20)
    town.visit(slot("2026-10-08", "10:00", "11:00"), 0)
    await read(service, town.records)
    figure = await visits(service)
    assert figure.whole.parts == {"days": 4, "missing": 11, "still": 1, "impossible": 0}
    assert "2026-10-08" not in values(figure, "day")
    town.show("x", at("2026-11-05 12:00"))
    await read(service, town.records[-1:])
    assert (await visits(service)).whole.parts["missing"] == 27 - 5
    november = await visits(service, days(date(2026, 11, 1), date(2026, 12, 1)))
    assert (november.status, november.whole.value, november.whole.parts["missing"]) == ("empty", None, 4)


async def test_while_one_counter_stands_still_the_other_one_counts(service: Service, town: Town) -> None:
    town.visit(slot("2026-10-05", "10:00", "11:00"), 20, counter="front")
    town.visit(slot("2026-10-05", "10:00", "11:00"), 0, counter="back")
    await read(service, town.records)
    whole = (await visits(service)).whole
    assert (whole.value, whole.parts["days"], whole.parts["still"]) == (20, 1, 1)


@pytest.mark.parametrize(
    ("spans", "counted"),
    [
        ([("10:00", "11:00", 3600)], 3600),
        ([("10:00", "11:00", 3601)], None),
        ([("10:00", "11:00", 20), ("11:00", "12:00", 30)], 50),
        ([("10:00", "11:00", 20), ("10:30", "11:30", 30)], None),
        ([("10:00", "20:00", 20), ("11:00", "12:00", 30), ("12:00", "13:00", 5)], None),
    ],
)
async def test_a_counter_that_told_the_impossible_counts_for_nothing_that_day(
    service: Service, town: Town, spans: list[tuple[str, str, int]], counted: int | None
) -> None:
    for start, end, persons in spans:
        town.visit(slot("2026-10-05", start, end), persons)
    await read(service, town.records)
    whole = (await visits(service)).whole
    assert (whole.value, whole.parts["impossible"]) == (counted, counted is None)


async def test_a_small_number_is_kept_back_with_the_one_that_would_give_it_away(service: Service, town: Town) -> None:
    few(town, 3, 97)
    await read(service, town.records)
    figure = await visits(service)
    assert figure.whole.value == 360
    assert kept_back(figure, "hour") == {"07": "primary", "10": "complementary"}
    assert row(figure, "hour", "07").numerator is row(figure, "hour", "07").value is None
    assert values(figure, "hour") == {"07": None, "10": None, "11": 110, "12": 150}
    assert kept_back(await visits(service, unit="vallila"), "hour") == kept_back(figure, "hour")


async def test_a_longer_span_tells_only_what_its_months_tell(service: Service, town: Town) -> None:
    few(town, 3, 97)
    town.visit(slot("2026-11-05", "07:00", "08:00"), 60)
    town.visit(slot("2026-11-05", "11:00", "12:00"), 70)
    await read(service, town.records)
    figure = await visits(service, QUARTER)
    assert figure.whole.value == 490
    assert values(figure, "hour") == {"07": None, "10": None, "11": 180, "12": 150}


async def test_a_library_whose_total_is_small_takes_the_total_of_all_with_it(service: Service, town: Town) -> None:
    few(town, 3, 97)
    town.visit(slot("2026-10-05", "10:00", "11:00"), 2, unit="kallio")
    await read(service, town.records)
    figure = await visits(service)
    assert (figure.status, figure.whole.value, figure.whole.parts) == ("suppressed", None, {})
    assert kept_back(figure, "unit") == {"kallio": "primary"}
    assert {row.dimension for row in figure.rows} == {"unit"}
    kallio = await visits(service, unit="kallio")
    assert (kallio.whole.suppressed, kallio.whole.parts, len(kallio.rows)) == ("primary", {}, 1)


@pytest.mark.parametrize(("first", "end"), [((2026, 10, 1), (2026, 10, 31)), ((2026, 10, 5), (2026, 11, 1))])
async def test_a_period_that_cuts_a_month_tells_nothing_of_persons(
    service: Service, town: Town, first: tuple[int, int, int], end: tuple[int, int, int]
) -> None:
    """Two such periods would be subtracted to one day, and to one hour of it."""
    few(town, 3, 97)
    await read(service, town.records)
    figure = await visits(service, days(date(*first), date(*end)))
    assert (figure.status, figure.whole.value, figure.whole.parts, figure.rows) == ("off-grid", None, {}, ())


# -- and nowhere else ----------------------------------------------------------------------------------------------


def few(town: Town, at_seven: int, at_ten: int) -> Town:
    """One quiet morning of October at the side door, among busy hours."""
    town.visit(slot("2026-10-06", "07:00", "08:00"), at_seven, counter="side")
    town.visit(slot("2026-10-06", "10:00", "11:00"), at_ten)
    town.visit(slot("2026-10-06", "11:00", "12:00"), 110)
    town.visit(slot("2026-10-07", "12:00", "13:00"), 150)
    return town


@pytest_asyncio.fixture
async def bench(database: str) -> AsyncIterator[Harness]:
    settings = Settings(postgres=SecretStr(database))
    async with running(make(settings, clock=lambda: datetime(2026, 10, 20, 12, tzinfo=UTC)), roles={"api"}) as started:
        yield started


PAGES_ABOUT = (
    "/",
    "/metrics/M14",
    "/metrics/M14/events",
    "/metrics/M14/events?dimension=hour&key=07",
    "/metrics/M14/events?dimension=hour&key=11",
    "/metrics/M14/events?subject=gate",
    "/v1/report.html",
    "/v1/report.json",
    "/v1/report.csv",
    "/v1/figures/M14",
    "/v1/explain/M14",
    "/v1/explain/M14?dimension=hour&key=07",
    "/v1/explain/M14?dimension=hour&key=07&subject=gate",
    "/v1/explain/M14?subject=gate",
    "/v1/explain/M14?subject=side",
    "/v1/explain/M14?from=2026-10-06&to=2026-10-07",
)


async def everything(bench: Harness, town: Town) -> list[str]:
    await empty(bench.service)
    await read(bench.service, town.records)
    told = []
    for address in PAGES_ABOUT:
        path, _, query = address.partition("?")
        answer = await bench.http.get(path, params=ASKED | dict(part.split("=") for part in query.split("&") if part))
        assert answer.status_code == 200, answer.text
        told.append(answer.text)
    async with snapshot_at(bench.service.pool) as known:
        figure = await visits(bench.service)
        told += [cell.model_dump_json() for cell in cells(figure, OCTOBER, None, known.position)]
    return told


async def test_no_page_no_form_and_no_topic_tells_a_small_number_from_another(bench: Harness) -> None:
    """Three at seven and 97 at ten, or one and 99: all that is told is the same, byte for byte."""
    assert await everything(bench, few(Town(), 3, 97)) == await everything(bench, few(Town(), 1, 99))


async def test_of_one_counter_behind_a_figure_no_number_is_told(bench: Harness) -> None:
    await read(bench.service, few(Town(), 3, 97).records)
    whole = (await bench.http.get("/v1/explain/M14", params=ASKED)).json()
    one = (await bench.http.get("/v1/explain/M14", params=ASKED | {"subject": "gate"})).json()
    assert (whole["subjects"]["number"], whole["subjects"]["numerator"]) == (2, 360)
    assert (one["subjects"]["number"], one["subjects"]["numerator"]) == (1, None)
    assert {row["subject"] for row in one["rows"]} == {"gate"}
    assert {row["numerator"] for row in one["rows"] + whole["rows"]} == {None}


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_what_is_kept_back_says_so(bench: Harness, language: str) -> None:
    await read(bench.service, few(Town(), 3, 97).records)
    words = PAGES.words[language]
    report = (await bench.http.get("/v1/report.html", params=ASKED | {"lang": language})).text
    assert "&lt; 5" in report
    assert words["suppressed.complementary"] in report
    cell = {"dimension": "hour", "key": "07", "lang": language}
    assert words["behind.kept-back"] in (await bench.http.get("/metrics/M14/events", params=ASKED | cell)).text
    day = {"from": "2026-10-06", "to": "2026-10-07", "lang": language}
    assert words["off-grid"] in (await bench.http.get("/metrics/M14", params=day)).text


async def test_the_topic_and_the_table_say_why_there_is_no_number(bench: Harness) -> None:
    await read(bench.service, few(Town(), 3, 97).records)
    async with snapshot_at(bench.service.pool) as known:
        told = {cell.cell: cell for cell in cells(await visits(bench.service), OCTOBER, None, known.position)}
    cell = told["M14/2026-10-01..2026-11-01/unit=all,hour=07"]
    assert (cell.value, cell.numerator, cell.suppressed) == (None, None, "primary")
    csv = (await bench.http.get("/v1/report.csv", params=ASKED)).text.splitlines()
    assert [line for line in csv if line.startswith("M14,1,known,hour,07,")] == [
        "M14,1,known,hour,07,suppressed,primary"
    ]
