"""Local days: of 23 and 25 hours, cut at midnight, whatever the clock of the session shows."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from analytics.domain.period import Period
from chassis import Service

from tests.kits.analytics import Town, all_figures, at, days, read, slot

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def day(of: date) -> Period:
    return days(of, of + timedelta(days=1))


async def open_minutes(service: Service, of: date, opens: str, closes: str) -> object:
    town = Town()
    town.premises("library", "library", {"room": ()}, since=at("2025-12-01 09:00"), opens=opens, closes=closes)
    await read(service, town.records)
    return (await all_figures(service, day(of)))["M02"].whole.denominator


@pytest.mark.parametrize(
    ("of", "opens", "closes", "minutes"),
    [
        (SPRING, "00:00", "24:00", 23 * 60),
        (AUTUMN, "00:00", "24:00", 25 * 60),
        (date(2026, 6, 1), "00:00", "24:00", 24 * 60),
        (SPRING, "02:00", "04:00", 60),
        (SPRING, "03:15", "03:45", 0),
        (SPRING, "03:30", "05:00", 60),
        (AUTUMN, "02:00", "05:00", 240),
        (AUTUMN, "03:30", "05:00", 150),
        (AUTUMN, "02:00", "03:30", 90),
    ],
)
async def test_opening_hours_follow_the_clock_on_the_days_it_changes(
    service: Service, of: date, opens: str, closes: str, minutes: int
) -> None:
    assert await open_minutes(service, of, opens, closes) == minutes


async def test_a_slot_over_midnight_is_cut_at_midnight(service: Service) -> None:
    town = Town()
    town.premises("library", "library", {"room": ()}, opens="00:00", closes="24:00")
    town.book("night", slot("2026-10-05", "22:00", "01:30", "2026-10-06"))
    town.attend("night")
    await read(service, town.records)
    first, second = date(2026, 10, 5), date(2026, 10, 6)
    for metric in ("M02", "M03", "M15"):
        assert (await all_figures(service, day(first)))[metric].whole.numerator == 120
        assert (await all_figures(service, day(second)))[metric].whole.numerator == 90
    both = await all_figures(service, days(first, second + timedelta(days=1)))
    assert {row.key: row.numerator for row in both["M02"].rows if row.dimension == "day"} == {
        "2026-10-05": 120,
        "2026-10-06": 90,
    }


async def test_a_booking_through_the_hour_that_comes_twice_is_an_hour_longer(service: Service) -> None:
    town = Town()
    town.premises("library", "library", {"room": ()}, opens="00:00", closes="24:00")
    town.book("night", slot("2026-10-25", "02:00", "05:00"))
    await read(service, town.records)
    assert (await all_figures(service, day(AUTUMN)))["M02"].whole.numerator == 240


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Helsinki", date(2026, 3, 29)),
        ("Europe/Helsinki", date(2026, 10, 25)),
        ("America/St_Johns", date(2026, 3, 8)),
        ("Asia/Beirut", date(2026, 3, 29)),  # at midnight
        ("Australia/Lord_Howe", date(2026, 4, 5)),  # by half an hour
        ("America/Havana", date(2026, 11, 1)),
        ("Pacific/Apia", date(2011, 12, 30)),  # a whole day
    ],
)
async def test_days_and_moments_are_of_the_zone_that_the_session_is_told(
    service: Service, zone: str, day: date
) -> None:
    """In every time zone, whenever and by how much its clock changes."""
    clock, midnight = ZoneInfo(zone), datetime.combine(day, time(), UTC)
    minutes = [midnight + n * timedelta(minutes=1) for n in range(-26 * 60, 51 * 60)]
    async with service.pool.acquire() as conn, conn.transaction():
        await conn.execute("select set_config('omatoimi.zone', $1, true)", zone)
        for hour, minute in product(range(24), (0, 30)):
            shows = datetime.combine(day, time(hour, minute))
            first = next(at for at in minutes if at.astimezone(clock).replace(tzinfo=None) >= shows)
            told = await conn.fetchrow(
                "select analytics.moment($1, $2) as at, analytics.day_of($3) as day", day, time(hour, minute), first
            )
            assert told is not None
            assert (told["at"], told["day"]) == (first, first.astimezone(clock).date())
