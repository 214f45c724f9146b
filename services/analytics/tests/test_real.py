"""Real records: citizens' reports of Alessandria as service tasks, a hotel's bookings as ours.

They are read from `../shared/data` beside the checkout, or from `OMATOIMI_DATA`; a test fails when they are missing.
"""

import calendar
import csv
import os
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from analytics.domain.survival import MEDIAN, P90, LifeTableRow, quantile
from chassis import Service
from omatoimi_contracts.tasks import TaskCancelled, TaskDone, TaskOpened
from omatoimi_contracts.vocabulary import Slot

from tests.kits.analytics import Town, all_figures, at, read
from tests.kits.analytics import days as period_of

DATA = Path(os.environ.get("OMATOIMI_DATA", Path(__file__).parents[4] / "shared" / "data")) / "analytics"
AT_ONCE = 500


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


async def read_all(service: Service, town: Town) -> None:
    for first in range(0, len(town.records), AT_ONCE):
        await read(service, town.records[first : first + AT_ONCE])


def by_definition(durations: Sequence[tuple[int, bool]], share: float) -> int | None:
    """The product-limit estimate from its definition, case by case and in plain numbers."""
    for days in sorted({d for d, done in durations if done}):
        left = 1.0
        for earlier in sorted({d for d, done in durations if done and d <= days}):
            ended = sum(1 for d, done in durations if done and d == earlier)
            left *= 1 - ended / sum(1 for d, _ in durations if d >= earlier)
        if left <= 1 - share + 1e-12:
            return days
    return None


def citizen_reports() -> list[tuple[date, date | None, bool]]:
    """When each was opened and closed, and whether it was dropped without being done."""
    return [
        (
            date.fromisoformat(row["Creato"]),
            date.fromisoformat(row["Chiusa"]) if row["Chiusa"] else None,
            row["Stato"] in ("annullata", "eliminata"),
        )
        for row in rows("citizen_reports_alessandria_2023-05_2024-06.csv")
    ]


def last_day(reports: Sequence[tuple[date, date | None, bool]]) -> date:
    """When the reports were last looked at: nothing is known after it."""
    return max(end or start for start, end, _ in reports)


def test_the_known_answers_of_the_citizens_reports() -> None:
    reports = citizen_reports()
    assert len(reports) == 2701
    closed = sorted((end - start).days for start, end, _ in reports if end)
    assert len(closed) == 1857
    assert closed[len(closed) // 2] == 9
    assert closed[int(len(closed) * 0.9)] == 90
    last = last_day(reports)
    durations = [((end or last) - start, end is not None) for start, end, _ in reports]
    ended = [LifeTableRow(Decimal(d.days), int(done), int(not done)) for d, done in durations]
    plain = [(d.days, done) for d, done in durations]
    assert quantile(ended, MEDIAN) == by_definition(plain, 0.5)
    assert quantile(ended, P90) == by_definition(plain, 0.9)
    median = quantile(ended, MEDIAN)
    assert median is not None
    assert median > 9


async def test_m17_of_the_citizens_reports_does_not_drop_the_open_ones(service: Service) -> None:
    town = Town()
    town.premises("library", "library", {"room": ()})
    slot_ = Slot(start=at("2024-06-01 10:00"), end=at("2024-06-01 12:00"))
    town.book("b", slot_, at=at("2023-05-01 08:00"))
    told = []
    reports = citizen_reports()
    last = last_day(reports)
    for number, (start, end, dropped) in enumerate(reports):
        opened = at(f"{start} 12:00")
        town.task(f"t{number}", TaskOpened, opened, of="b", sort="cleaning", due=opened)
        if dropped:
            town.task(f"t{number}", TaskCancelled, opened, of="b", sort="cleaning", due=opened)
        elif end:
            town.task(f"t{number}", TaskDone, opened + (end - start), of="b", sort="cleaning", due=opened)
        if not dropped:
            told.append(((end or last) - start, end is not None))
    town.show("the-end", at(f"{last} 12:00"))
    await read_all(service, town)
    figure = (await all_figures(service, period_of(date(2023, 5, 1), date(2025, 7, 1))))["M17"]
    days = [(d.days, done) for d, done in told]
    expected = by_definition(days, 0.5)
    assert expected is not None
    assert figure.whole.value == expected * 1440
    assert (figure.whole.parts["done"], figure.whole.parts["open"]) == (
        sum(done for _, done in days),
        sum(not done for _, done in days),
    )


MONTHS = {name: number for number, name in enumerate(calendar.month_name) if name}


@pytest.mark.parametrize("month", [date(2015, 8, 1), date(2015, 12, 1), date(2016, 2, 1)])
async def test_m01_and_m06_of_a_hotels_bookings(service: Service, month: date) -> None:
    """Stays as bookings: each night's day counts once, and a cancellation is early or late by its own date."""
    town = Town()
    town.premises("library", "library", {"room": ()}, since=at("2012-01-01 12:00"))
    days: Counter[date] = Counter()
    begun: Counter[str] = Counter()
    for number, row in enumerate(rows("hotel_bookings_arrivals_to_2016-04.csv")):
        arrival = date(
            int(row["arrival_date_year"]), MONTHS[row["arrival_date_month"]], int(row["arrival_date_day_of_month"])
        )
        nights = int(row["stays_in_weekend_nights"]) + int(row["stays_in_week_nights"])
        if nights == 0:
            continue
        stay = Slot(start=at(f"{arrival} 15:00"), end=at(f"{arrival + timedelta(days=nights)} 11:00"))
        name = f"b{number}"
        town.book(name, stay, at=at(f"{arrival - timedelta(days=int(row['lead_time']))} 09:00"))
        days.update(arrival + timedelta(days=day) for day in range(nights + 1))
        ended = "kept"
        if row["reservation_status"] == "Canceled":
            on = datetime.strptime(row["reservation_status_date"], "%m/%d/%Y").date()  # noqa: DTZ007
            ended = "early" if on < arrival else "late"
            town.cancel(name, at(f"{on} 15:00") if on < arrival else at(f"{on} 14:59"))
        if (arrival.year, arrival.month) == (month.year, month.month):
            begun[ended] += 1
    await read_all(service, town)
    period = period_of(month, (month + timedelta(days=32)).replace(day=1))
    figures = await all_figures(service, period)
    assert figures["M01"].whole.value == sum(n for day, n in days.items() if period.first <= day < period.end)
    assert figures["M06"].whole.denominator == begun.total() > 100
    assert figures["M06"].whole.parts == {"early": begun["early"], "late": begun["late"], "after-start": 0, "house": 0}
