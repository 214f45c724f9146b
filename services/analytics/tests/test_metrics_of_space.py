"""Each metric of the rooms against a small neighbourhood that was counted by hand."""

from datetime import date, timedelta
from decimal import Decimal

from chassis import Service
from omatoimi_contracts.premises import SpaceRegistered, SpaceRetired

from tests.kits.analytics import Town, all_figures, at, days, read, row, slot, values


async def test_m01_counts_confirmed_bookings_by_the_day_of_their_last_slot(service: Service, town: Town) -> None:
    town.book("kept", slot("2026-10-05", "12:00", "14:00"))
    town.book("cancelled", slot("2026-10-05", "15:00", "16:00"), channel="kiosk")
    town.cancel("cancelled", at("2026-10-01 12:00"))
    town.book("moved", slot("2026-09-30", "12:00", "14:00"), space="hall", by="private")
    town.move("moved", slot("2026-10-06", "12:00", "14:00"), at("2026-09-20 12:00"))
    town.book("moved away", slot("2026-10-30", "12:00", "14:00"))
    town.move("moved away", slot("2026-11-02", "12:00", "14:00"), at("2026-09-20 12:00"))
    town.book("programme", slot("2026-10-07", "12:00", "14:00"), by="library", department="library")
    town.book("beside", slot("2026-10-06", "18:00", "19:00"), by="library", department="library")
    town.book("refused", slot("2026-10-07", "12:00", "14:00"), refused="taken")
    await read(service, town.records)
    figure = (await all_figures(service))["M01"]
    assert figure.whole.value == 3
    assert figure.whole.parts == {"moved": 1, "programmes": 2}
    (sixth,) = [row for row in figure.rows if row.key == "2026-10-06"]
    assert sixth.parts == {"moved": 1, "programmes": 1}
    # On the 7th there was the library's own programme alone: a day without bookings, as all the others.
    assert values(figure, "day") == {"2026-10-05": 2, "2026-10-06": 1}
    assert values(figure, "organiser") == {"association": 2, "library": 0, "private": 1}
    assert values(figure, "channel") == {"web": 2, "kiosk": 1}


async def test_m01_counts_a_booking_over_midnight_once_a_day(service: Service, town: Town) -> None:
    town.book("night", slot("2026-10-31", "22:00", "02:00", "2026-11-01"))
    town.book("until midnight", slot("2026-10-10", "22:00", "00:00", "2026-10-11"))
    await read(service, town.records)
    assert (await all_figures(service))["M01"].whole.value == 2
    november = days(date(2026, 11, 1), date(2026, 12, 1))
    assert (await all_figures(service, november))["M01"].whole.value == 1


async def test_m02_divides_booked_by_open_minutes_on_the_smallest_spaces(service: Service, town: Town) -> None:
    town.book("hall", slot("2026-10-05", "12:00", "14:00"), space="hall")
    town.book("room", slot("2026-10-05", "12:00", "13:30"))
    town.book("cancelled", slot("2026-10-06", "12:00", "14:00"))
    town.cancel("cancelled", at("2026-10-01 12:00"))
    town.block("repair", slot("2026-10-05", "10:00", "12:00"))
    town.block("repair too", slot("2026-10-05", "11:00", "12:30"))
    town.block("lifted", slot("2026-10-05", "18:00", "20:00"), space="hall")
    town.block("lifted", slot("2026-10-05", "18:00", "20:00"), space="hall", lifted=True)
    await read(service, town.records)
    monday = days(date(2026, 10, 5), date(2026, 10, 6))
    figure = (await all_figures(service, monday))["M02"]
    # Four leaves of 600 minutes, less two and a half blocked hours; the hall takes two leaves.
    assert (figure.whole.numerator, figure.whole.denominator) == (2 * 120 + 90, 4 * 600 - 150)
    assert figure.whole.value == Decimal("0.146667")
    assert row(figure, "space", "room").denominator == 450
    assert row(figure, "space", "hall-a").numerator == 120
    assert (await all_figures(service))["M02"].whole.denominator == 31 * 4 * 600 - 150


async def test_m02_changes_the_past_only_from_the_date_of_the_hours(service: Service, town: Town) -> None:
    await read(service, town.records)
    before = (await all_figures(service))["M02"].whole.denominator
    changed = town.hours("library", date(2026, 10, 16), "10:00", "18:00")
    await read(service, [changed])
    after = (await all_figures(service))["M02"].whole.denominator
    assert before == 31 * 4 * 600
    assert after == before - 16 * 3 * 120


async def test_m02_counts_a_space_from_the_day_it_was_registered_until_it_was_retired(
    service: Service, town: Town
) -> None:
    attic = SpaceRegistered(premises="library", space="attic", leaves=("attic",), capacity=5)
    town.add(attic, at("2026-10-05 15:00"))
    town.add(SpaceRetired(premises="library", space="attic"), at("2026-10-07 12:00"))
    await read(service, town.records)
    figure = (await all_figures(service))["M02"]
    assert row(figure, "space", "attic").denominator == 2 * 600 + 120


async def test_m03_counts_what_was_used_with_and_without_a_booking(service: Service, town: Town) -> None:
    town.book("came", slot("2026-10-05", "12:00", "14:00"), space="hall")
    town.attend("came")
    town.book("stayed away", slot("2026-10-05", "15:00", "16:00"))
    town.stay_away("stayed away")
    town.book("not known", slot("2026-10-05", "16:00", "16:30"))
    town.book("to come", slot("2026-10-30", "16:00", "17:00"))
    town.book("corrected", slot("2026-10-06", "10:00", "11:00"))
    town.attend("corrected")
    town.stay_away("corrected")
    town.walk_in("w1", slot("2026-10-06", "12:00", "13:00"))
    # Seen during a booking that was attended: a minute is used once.
    town.walk_in("w2", slot("2026-10-05", "13:30", "14:30"), space="hall-a")
    await read(service, town.records)
    figure = (await all_figures(service))["M03"]
    assert figure.whole.numerator == 2 * 120 + 60 + 30
    assert figure.whole.denominator == 31 * 4 * 600
    assert figure.whole.parts == {
        "attended": 240,
        "walk-ins": 90,
        "unattended": 120,
        "unknown": 30,
        "to-come": 60,
    }
    assert values(figure, "day")["2026-10-05"] == Decimal("0.112500")


async def test_m06_tells_cancellations_by_how_late_they_came(service: Service, town: Town) -> None:
    for hour, name in enumerate(["a day before", "an hour less", "after the start", "by the house", "kept"]):
        town.book(name, slot("2026-10-05", f"{10 + hour}:00", f"{11 + hour}:00"))
    town.cancel("a day before", at("2026-10-04 10:00"))
    town.cancel("an hour less", at("2026-10-04 11:00") + timedelta(seconds=1))
    town.cancel("after the start", at("2026-10-05 12:00"))
    town.cancel("by the house", at("2026-10-05 09:00"), by="house", reason="closure")
    await read(service, town.records)
    figure = (await all_figures(service))["M06"]
    assert (figure.whole.numerator, figure.whole.denominator) == (3, 5)
    assert figure.whole.parts == {"early": 1, "late": 1, "after-start": 1, "house": 1}
    assert {row.key: (row.numerator, row.denominator) for row in figure.rows if row.dimension == "class"} == {
        "early": (1, 5), "late": (1, 5), "after-start": (1, 5), "house": (1, 5),
    }  # fmt: skip
    assert (figure.whole.low, figure.whole.high) == (Decimal("0.2307"), Decimal("0.8824"))


async def test_m06_takes_the_class_from_the_last_slot(service: Service, town: Town) -> None:
    town.book("moved", slot("2026-10-05", "12:00", "14:00"))
    town.move("moved", slot("2026-10-20", "12:00", "14:00"), at("2026-10-05 09:00"))
    town.cancel("moved", at("2026-10-05 10:00"))
    await read(service, town.records)
    assert (await all_figures(service))["M06"].whole.parts["early"] == 1


async def test_m10_counts_a_session_once_and_who_was_served_later_not_at_all(service: Service, town: Town) -> None:
    noon, later = at("2026-10-05 12:00"), at("2026-10-05 12:05")
    wanted = slot("2026-10-10", "12:00", "14:00")
    town.book("r1", wanted, refused="taken", session="keeps trying", at=noon)
    town.book("r2", wanted, refused="taken", session="keeps trying", at=later)
    town.book("r3", wanted, refused="taken", session="served later", at=noon)
    town.book("c3", slot("2026-10-11", "12:00", "14:00"), session="served later", at=later)
    town.book("c4", slot("2026-10-12", "12:00", "14:00"), session="wanted a second one", at=noon)
    town.book("r4", wanted, refused="taken", session="wanted a second one", at=later)
    town.search(0, noon, session="found nothing")
    town.search(3, noon, session="only looked")
    town.search(0, noon, session="found in the end")
    town.book("c5", slot("2026-10-13", "12:00", "14:00"), session="found in the end", at=later)
    town.book("r5", wanted, refused="taken", at=noon)
    town.book("r6", wanted, refused="taken", at=noon)
    town.book("r7", wanted, refused="quota", session="too many", at=noon)
    town.book("r8", wanted, refused="taken", at=at("2026-09-30 23:59"))
    await read(service, town.records)
    figure = (await all_figures(service))["M10"]
    assert (figure.whole.numerator, figure.whole.denominator) == (5, 9)
    assert figure.whole.parts == {"refused": 5, "empty": 2, "served-later": 2, "requests": 13}
    assert {row.key: row.numerator for row in figure.rows if row.dimension == "rule"} == {"taken": 5, "quota": 1}


async def test_m10_leaves_out_searches_of_notices_and_decisions(service: Service, town: Town) -> None:
    found = town.search(0, at("2026-10-05 12:00"))
    town.records.pop()
    town.ends["booking.events.v1", 0] -= 1
    town.raw("decisions.events.v1", (found.value or b"").replace(b"/helsinki/booking", b"/helsinki/decisions"))
    town.book("c", slot("2026-10-10", "12:00", "14:00"), at=at("2026-10-05 12:00"))
    await read(service, town.records)
    assert (await all_figures(service))["M10"].whole.denominator == 1


async def test_m12_counts_open_events_that_were_attended_by_the_national_triple(service: Service, town: Town) -> None:
    events = [
        ("story hour", "library", "library", True),
        ("hearing", "department", "chancellery", True),
        ("concert", "association", None, True),
        ("reading circle", "private", None, True),
        ("board meeting", "association", None, False),
    ]
    for day, (name, by, department, public) in enumerate(events, start=5):
        town.book(name, slot(f"2026-10-{day:02}", "12:00", "14:00"), by=by, department=department, public=public)
        town.attend(name)
    town.book("nobody came", slot("2026-10-20", "12:00", "14:00"), public=True)
    town.stay_away("nobody came")
    town.book("not known", slot("2026-10-21", "12:00", "14:00"), public=True)
    town.book("library by its department", slot("2026-10-22", "12:00", "14:00"), by="department", department="library",
              public=True)  # fmt: skip
    town.attend("library by its department")
    await read(service, town.records)
    figure = (await all_figures(service))["M12"]
    assert figure.whole.value == 5
    assert values(figure, "sector") == {"library": 2, "other-municipal": 1, "external": 2}
    nobody = (await all_figures(service, days(date(2026, 11, 1), date(2026, 12, 1))))["M12"]
    assert values(nobody, "sector") == {"library": 0, "other-municipal": 0, "external": 0}


async def test_m15_is_the_share_of_used_minutes_that_went_to_others(service: Service, town: Town) -> None:
    town.book("library in its own", slot("2026-10-05", "10:00", "11:00"), by="library", department="library")
    town.book("school in its own", slot("2026-10-05", "10:00", "12:00"), space="gym", by="department",
              department="school")  # fmt: skip
    town.book("library at school", slot("2026-10-06", "10:00", "11:00"), space="gym", by="library")
    town.book("association", slot("2026-10-06", "10:00", "11:00"), space="hall")
    town.book("stayed away", slot("2026-10-07", "10:00", "11:00"), space="hall")
    for name in ("library in its own", "school in its own", "library at school", "association"):
        town.attend(name)
    town.walk_in("walk-in", slot("2026-10-08", "10:00", "11:00"))
    await read(service, town.records)
    figure = (await all_figures(service))["M15"]
    assert (figure.whole.numerator, figure.whole.denominator) == (60 + 2 * 60, 60 + 120 + 60 + 2 * 60)
    assert (row(figure, "owner", "school").numerator, row(figure, "owner", "school").denominator) == (60, 180)
