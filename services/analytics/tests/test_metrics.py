"""Each metric against a small neighbourhood that was counted by hand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from analytics.domain.figures import Figure, Row
from analytics.domain.period import Period
from analytics.testing import OCTOBER, REGISTERED, Town, all_figures, at, named, read, slot
from chassis import Service
from omatoimi_contracts.booking import AttendanceCounted
from omatoimi_contracts.decisions import (
    DecisionPublished,
    DecisionRemoved,
    FeedbackAnswered,
    FeedbackLapsed,
    FeedbackReceived,
)
from omatoimi_contracts.notices import NoticePublished, NoticeSubmitted, NoticeWithdrawn
from omatoimi_contracts.premises import SpaceRegistered, SpaceRetired
from omatoimi_contracts.tasks import TaskCancelled, TaskDone, TaskOpened, TaskReopened
from omatoimi_contracts.vocabulary import Organiser


@pytest.fixture
def town() -> Town:
    """A library with a hall of two parts and a room, a school with a gym, both open from 10 to 20."""
    made = Town()
    made.premises("library", "library", {"hall": ("hall-a", "hall-b"), "hall-a": (), "hall-b": (), "room": ()})
    made.premises("school", "school", {"gym": ()})
    return made


def row(figure: Figure, dimension: str, key: str) -> Row:
    return next(row for row in figure.rows if (row.dimension, row.key) == (dimension, key))


def keys(figure: Figure, dimension: str) -> dict[str, object]:
    return {row.key: row.value for row in figure.rows if row.dimension == dimension}


async def test_m01_counts_confirmed_bookings_by_the_day_of_their_last_slot(service: Service, town: Town) -> None:
    town.book("kept", slot("2026-10-05", "12:00", "14:00"))
    town.book("cancelled", slot("2026-10-05", "15:00", "16:00"), channel="kiosk")
    town.cancel("cancelled", at("2026-10-01 12:00"))
    town.book("moved", slot("2026-09-30", "12:00", "14:00"), space="hall", by="private")
    town.move("moved", slot("2026-10-06", "12:00", "14:00"), at("2026-09-20 12:00"))
    town.book("moved away", slot("2026-10-30", "12:00", "14:00"))
    town.move("moved away", slot("2026-11-02", "12:00", "14:00"), at("2026-09-20 12:00"))
    town.book("programme", slot("2026-10-07", "12:00", "14:00"), by="library", department="library")
    town.book("refused", slot("2026-10-07", "12:00", "14:00"), refused="taken")
    await read(service, town.records)
    figure = (await all_figures(service))["M01"]
    assert figure.whole.value == 3
    assert figure.whole.parts == {"moved": 1, "programmes": 1}
    assert keys(figure, "day") == {"2026-10-05": 2, "2026-10-06": 1, "2026-10-07": 0}
    assert keys(figure, "organiser") == {"association": 2, "library": 0, "private": 1}
    assert keys(figure, "channel") == {"web": 2, "kiosk": 1}


async def test_m01_counts_a_booking_over_midnight_once_a_day(service: Service, town: Town) -> None:
    town.book("night", slot("2026-10-31", "22:00", "02:00", "2026-11-01"))
    town.book("until midnight", slot("2026-10-10", "22:00", "00:00", "2026-10-11"))
    await read(service, town.records)
    assert (await all_figures(service))["M01"].whole.value == 2
    november = Period(date(2026, 11, 1), date(2026, 12, 1))
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
    monday = Period(date(2026, 10, 5), date(2026, 10, 6))
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
    assert keys(figure, "day")["2026-10-05"] == Decimal("0.112500")


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
    assert keys(figure, "sector") == {"library": 2, "other-municipal": 1, "external": 2}


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


async def test_m17_lets_open_tasks_run_until_the_latest_moment_known(service: Service, town: Town) -> None:
    town.book("b", slot("2026-10-20", "10:00", "11:00"))
    began = at("2026-10-05 10:00")
    for name, minutes in [("quick", 10), ("slow", 60), ("again", 20)]:
        town.task(name, TaskOpened, began, of="b")
        town.task(name, TaskDone, began + timedelta(minutes=minutes), of="b")
    town.task("again", TaskReopened, began + timedelta(minutes=30), of="b")
    town.task("again", TaskDone, began + timedelta(minutes=90), of="b")
    town.task("open", TaskOpened, began, of="b", sort="cleaning")
    town.task("gone", TaskOpened, began, of="b")
    town.task("gone", TaskCancelled, began + timedelta(minutes=1), of="b")
    town.task("of september", TaskOpened, at("2026-09-30 10:00"), of="b")
    town.attend("b", began + timedelta(minutes=40))
    town.book("clock", slot("2026-10-21", "10:00", "11:00"), at=began + timedelta(minutes=70))
    await read(service, town.records)
    figure = (await all_figures(service))["M17"]
    # 10, 60, 90 and one still open at the latest record, after 90: half of them after 60.
    assert figure.whole.value == 60
    assert figure.whole.parts == {"tasks": 4, "done": 3, "open": 1, "reopened": 1, "p90": None}
    assert row(figure, "kind", "cleaning").value is None


async def test_m17_ends_when_the_last_task_is_done(service: Service, town: Town) -> None:
    town.book("b", slot("2026-10-20", "10:00", "11:00"))
    began = at("2026-10-05 10:00")
    for number in range(10):
        town.task(f"t{number}", TaskOpened, began, of="b")
        town.task(f"t{number}", TaskDone, began + timedelta(seconds=90 + number * 60), of="b")
    await read(service, town.records)
    figure = (await all_figures(service))["M17"]
    assert figure.whole.value == Decimal("5.500")
    assert figure.whole.parts["p90"] == Decimal("9.500")


async def test_m27_counts_notices_when_they_were_first_published(service: Service, town: Town) -> None:
    town.notice("waits", NoticeSubmitted, at("2026-10-05 10:00"))
    town.notice("late in the month", NoticeSubmitted, at("2026-09-30 10:00"))
    town.notice("late in the month", NoticePublished, at("2026-10-01 10:00"))
    town.notice("mistake", NoticePublished, at("2026-10-02 10:00"), by="private")
    town.notice("mistake", NoticeWithdrawn, at("2026-10-02 10:59"), by="private", on="user")
    town.notice("kept an hour", NoticePublished, at("2026-10-02 10:00"), by="private")
    town.notice("kept an hour", NoticeWithdrawn, at("2026-10-02 11:00"), by="private", on="user")
    town.notice("house", NoticePublished, at("2026-10-03 10:00"), by="library", department="library")
    await read(service, town.records)
    figure = (await all_figures(service))["M27"]
    assert figure.whole.value == 3
    assert figure.whole.parts == {"taken-back": 1, "submitted": 1}
    assert keys(figure, "organiser") == {"association": 1, "private": 1, "library": 1}


async def test_m32_asks_whether_the_area_was_shown_its_decisions(service: Service, town: Town) -> None:
    for name in ("itself", "by its case", "by a notice", "not shown", "elsewhere shown"):
        town.decision(name.replace(" ", "-"), DecisionPublished, at("2026-10-05 10:00"))
    town.decision("other-area", DecisionPublished, at("2026-10-05 10:00"), primary=("10",))
    town.decision("removed", DecisionPublished, at("2026-10-05 10:00"))
    town.decision("removed", DecisionRemoved, at("2026-10-06 10:00"))
    town.decision("september", DecisionPublished, at("2026-09-05 10:00"))
    town.notice("tells", NoticePublished, at("2026-10-05 11:00"), decision="by-a-notice")
    town.show("itself", at("2026-10-06 10:00"))
    town.show("itself", at("2026-10-07 10:00"))
    town.show("case-by-its-case", at("2026-10-06 10:00"), kind="case")
    town.show(str(named("tells")), at("2026-11-06 10:00"), kind="notice")
    town.show("elsewhere-shown", at("2026-10-06 10:00"), unit="kallio")
    await read(service, town.records)
    figure = (await all_figures(service))["M32"]
    assert (figure.whole.numerator, figure.whole.denominator) == (3, 5)
    assert (await all_figures(service, unit="vallila"))["M32"].whole == figure.whole
    assert (await all_figures(service, unit="kallio"))["M32"].status == "empty"


async def test_m37_is_answered_of_closed(service: Service, town: Town) -> None:
    town.feedback("open", FeedbackReceived, at("2026-10-01 10:00"))
    for name in ("answered", "changed the proposal", "lapsed"):
        town.feedback(name, FeedbackReceived, at("2026-09-20 10:00"))
    town.feedback("answered", FeedbackAnswered, at("2026-10-10 10:00"))
    town.feedback("changed the proposal", FeedbackAnswered, at("2026-10-10 10:00"), changed=True)
    town.feedback("lapsed", FeedbackLapsed, at("2026-10-10 10:00"))
    town.feedback("november", FeedbackReceived, at("2026-10-20 10:00"))
    town.feedback("november", FeedbackAnswered, at("2026-11-01 00:00"))
    await read(service, town.records)
    figure = (await all_figures(service))["M37"]
    assert (figure.whole.numerator, figure.whole.denominator) == (2, 3)
    assert figure.whole.parts == {"received": 2, "lapsed": 1, "changed": 1}


async def test_m39_counts_departments_exactly(service: Service, town: Town) -> None:
    youth = Organiser(class_="department", department="youth")
    town.book("a", slot("2026-10-05", "10:00", "11:00"), by="library", department="library", coorganisers=(youth,))
    town.book("b", slot("2026-10-06", "10:00", "11:00"), by="department", department="youth")
    town.book("c", slot("2026-10-07", "10:00", "11:00"))
    town.book("november", slot("2026-11-07", "10:00", "11:00"), by="department", department="sports")
    town.notice("n", NoticePublished, at("2026-10-03 10:00"), by="department", department="culture")
    await read(service, town.records)
    figure = (await all_figures(service))["M39"]
    assert figure.whole.value == 3
    assert figure.whole.parts == {"bookings": 3, "notices": 1}
    assert row(figure, "department", "youth").parts == {"bookings": 2, "notices": 0}


async def test_a_figure_is_about_one_unit_or_about_all(service: Service, town: Town) -> None:
    town.premises("other-library", "library", {"cellar": ()}, unit="kallio")
    town.book("here", slot("2026-10-05", "10:00", "11:00"))
    town.book("there", slot("2026-10-05", "10:00", "11:00"), space="cellar")
    await read(service, town.records)
    assert (await all_figures(service))["M01"].whole.value == 2
    assert (await all_figures(service, unit="kallio"))["M01"].whole.value == 1
    assert (await all_figures(service, unit="kallio"))["M02"].whole.denominator == 31 * 600
    assert (await all_figures(service, unit="nowhere"))["M01"].whole.value == 0


async def test_the_state_of_a_booking_is_the_last_word_on_each_matter(service: Service, town: Town) -> None:
    town.book("b", slot("2026-10-05", "10:00", "11:00"))
    town.attend("b")
    town.then("b", AttendanceCounted, at("2026-10-05 11:00"), persons=12, method="estimated")
    town.then("b", AttendanceCounted, at("2026-10-05 11:05"), persons=14, method="counted")
    await read(service, town.records)
    async with service.pool.acquire() as conn:
        told = await conn.fetchrow("select * from facts.booking")
    assert told is not None
    assert (told["attended"], told["persons"], told["method"]) == (True, 14, "counted")
    assert told["confirmed"] == REGISTERED


async def test_what_nobody_ever_told_of_is_no_data_and_never_nought(service: Service, town: Town) -> None:
    figures = await all_figures(service, OCTOBER)
    assert {id_ for id_, one in figures.items() if one.status == "silent"} == set(figures) - {"M52"}
    assert all(one.whole.value is None for one in figures.values())
    town.book("b", slot("2026-10-05", "10:00", "11:00"))
    await read(service, town.records)
    figures = await all_figures(service, OCTOBER)
    known = {id_ for id_, one in figures.items() if one.status == "known"}
    assert known == {"M01", "M02", "M06", "M52"}
    assert (figures["M10"].status, figures["M32"].status) == ("empty", "silent")


async def test_before_its_first_record_a_metric_has_no_data_and_afterwards_nought_is_nought(
    service: Service, town: Town
) -> None:
    town.book("b", slot("2026-10-05", "10:00", "11:00"))
    await read(service, town.records)
    august, december = Period(date(2026, 8, 1), date(2026, 9, 1)), Period(date(2026, 12, 1), date(2027, 1, 1))
    before, after = await all_figures(service, august), await all_figures(service, december)
    assert (before["M01"].status, before["M01"].first_heard) == ("silent", REGISTERED)
    assert (after["M01"].status, after["M01"].whole.value) == ("known", 0)


async def test_an_empty_denominator_gives_no_value(service: Service, town: Town) -> None:
    town.book("b", slot("2026-11-05", "10:00", "11:00"))
    await read(service, town.records)
    figure = (await all_figures(service))["M06"]
    assert (figure.status, figure.whole.value, figure.whole.denominator) == ("empty", None, 0)
