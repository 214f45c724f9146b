"""Each metric of tasks, notices, decisions, feedback and departments against a small neighbourhood that was counted by
hand; and what every metric has in common."""

from datetime import date, timedelta
from decimal import Decimal

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
from omatoimi_contracts.tasks import TaskCancelled, TaskDone, TaskOpened, TaskReopened
from omatoimi_contracts.vocabulary import Organiser

from tests.kits.analytics import OCTOBER, REGISTERED, Town, all_figures, at, days, named, read, row, slot, values


async def test_m17_lets_open_tasks_run_until_the_latest_moment_known(service: Service, town: Town) -> None:
    """All are opened when the booking is made, in September; they are due when it starts."""
    began, made = at("2026-10-05 10:00"), at("2026-09-10 12:00")
    town.book("b", slot("2026-10-05", "10:00", "11:00"), at=made)
    town.book("of september", slot("2026-09-30", "10:00", "11:00"), at=made)
    for name, minutes in [("quick", 10), ("slow", 60), ("again", 20)]:
        town.task(name, TaskOpened, made, of="b")
        town.task(name, TaskDone, began + timedelta(minutes=minutes), of="b")
    town.task("again", TaskReopened, began + timedelta(minutes=30), of="b")
    town.task("again", TaskDone, began + timedelta(minutes=90), of="b")
    town.task("open", TaskOpened, made, of="b", sort="cleaning")
    town.task("gone", TaskOpened, made, of="b")
    town.task("gone", TaskCancelled, began + timedelta(minutes=1), of="b")
    town.task("of september", TaskOpened, made, of="of september")
    town.attend("b", began + timedelta(minutes=40))
    town.book("clock", slot("2026-10-21", "10:00", "11:00"), at=began + timedelta(minutes=70))
    await read(service, town.records)
    figure = (await all_figures(service))["M17"]
    # 10, 60, 90 and one still open at the latest record, after 90: half of them after 60.
    assert figure.whole.value == 60
    assert figure.whole.parts == {"tasks": 4, "done": 3, "open": 1, "reopened": 1, "p90": None}
    assert row(figure, "kind", "cleaning").value is None


async def test_m17_counts_from_when_a_task_is_due_or_was_opened_if_that_was_later(service: Service, town: Town) -> None:
    made, due = at("2026-08-01 12:00"), at("2026-10-20 10:00")
    town.book("b", slot("2026-10-20", "10:00", "11:00"), at=made)
    for name, opened, done in [
        ("weeks ahead", made, due + timedelta(minutes=15)),
        ("early", made, due - timedelta(days=2)),
        ("late", due + timedelta(minutes=30), due + timedelta(minutes=70)),
    ]:
        town.task(name, TaskOpened, opened, of="b", sort=name.replace(" ", "-"))
        town.task(name, TaskDone, done, of="b", sort=name.replace(" ", "-"))
    await read(service, town.records)
    assert values((await all_figures(service))["M17"], "kind") == {"weeks-ahead": 15, "early": 0, "late": 40}


async def test_m17_leaves_out_a_task_whose_time_has_not_come(service: Service, town: Town) -> None:
    town.book("b", slot("2026-10-20", "10:00", "11:00"), at=at("2026-10-01 12:00"))
    town.task("open", TaskOpened, at("2026-10-01 12:00"), of="b")
    town.task("done ahead", TaskOpened, at("2026-10-01 12:00"), of="b")
    town.task("done ahead", TaskDone, at("2026-10-02 12:00"), of="b")
    await read(service, town.records)
    assert (await all_figures(service))["M17"].status == "empty"
    await read(service, [town.show("clock", at("2026-10-20 10:05"))])
    assert (await all_figures(service))["M17"].whole.parts["tasks"] == 2


async def test_m17_ends_when_the_last_task_is_done(service: Service, town: Town) -> None:
    began = at("2026-10-05 10:00")
    town.book("b", slot("2026-10-05", "10:00", "11:00"))
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
    assert values(figure, "organiser") == {"association": 1, "private": 1, "library": 1}


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
    august, december = days(date(2026, 8, 1), date(2026, 9, 1)), days(date(2026, 12, 1), date(2027, 1, 1))
    before, after = await all_figures(service, august), await all_figures(service, december)
    assert (before["M01"].status, before["M01"].first_heard) == ("silent", REGISTERED)
    assert (after["M01"].status, after["M01"].whole.value) == ("known", 0)


async def test_an_empty_denominator_gives_no_value(service: Service, town: Town) -> None:
    town.book("b", slot("2026-11-05", "10:00", "11:00"))
    await read(service, town.records)
    figure = (await all_figures(service))["M06"]
    assert (figure.status, figure.whole.value, figure.whole.denominator) == ("empty", None, 0)


async def test_who_has_no_proof_is_one_class_however_each_service_told_it(service: Service, town: Town) -> None:
    group = named("group")
    for n, (class_, organisation) in enumerate(
        [("private", None), ("informal", None), ("private", group), ("informal", group), ("association", group)]
    ):
        organiser = Organiser(class_=class_, organisation=organisation)
        town.book(f"b{n}", slot(f"2026-10-{n + 5:02}", "10:00", "11:00"), organiser=organiser)
    await read(service, town.records)
    figure = (await all_figures(service))["M01"]
    assert values(figure, "organiser") == {"association": 1, "informal": 2, "private": 2}
