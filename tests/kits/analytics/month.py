"""A month in which some of everything happens, by chance."""

import random

from omatoimi_contracts.booking import AttendanceCounted
from omatoimi_contracts.decisions import (
    DecisionChanged,
    DecisionPublished,
    DecisionRemoved,
    FeedbackAnswered,
    FeedbackReceived,
)
from omatoimi_contracts.notices import NoticeChanged, NoticeExpired, NoticePublished, NoticeSubmitted
from omatoimi_contracts.premises import PremisesChanged, PremisesRetired, SpaceChanged, SpaceRetired
from omatoimi_contracts.tasks import TaskDone, TaskMoved, TaskOpened, TaskReopened

from tests.kits.analytics.log import at, named, slot
from tests.kits.analytics.town import Town


def a_month(seed: int) -> Town:
    """Some of everything that can happen, by chance."""
    chance = random.Random(seed)
    town = Town()
    town.premises("library", "library", {"hall": ("hall-a", "hall-b"), "hall-a": (), "hall-b": (), "room": ()})
    town.premises("school", "school", {"gym": ()}, unit="kallio")
    for number in range(12):
        name, day, hour = f"b{number}", chance.randint(1, 28), chance.randint(10, 18)
        when = slot(f"2026-10-{day:02}", f"{hour}:00", f"{hour + 1}:30")
        space, by = chance.choice(["hall", "room", "gym"]), chance.choice(["association", "private", "department"])
        asked = at(f"2026-09-{chance.randint(10, 30)} 12:00")
        session = chance.choice([None, "s1", "s2"])
        if chance.random() < 0.2:
            town.book(name, when, space=space, refused=chance.choice(["taken", "quota"]), session=session, at=asked)
            continue
        department = "youth" if by == "department" else None
        town.book(name, when, space=space, by=by, department=department, session=session, at=asked, public=hour > 14)
        town.task(f"t{number}", TaskOpened, asked, of=name)
        if chance.random() < 0.4:
            town.move(name, slot(f"2026-10-{day:02}", "19:00", "20:00"), asked, space=space)
            town.task(f"t{number}", TaskMoved, asked, of=name, previous=when.start)
        if chance.random() < 0.3:
            town.cancel(name, at(f"2026-10-{max(1, day - 1):02} 13:00"), by=chance.choice(["user", "house"]))
            continue
        town.then(name, AttendanceCounted, when.end, persons=chance.randint(0, 9), method="counted")
        town.attend(name) if chance.random() < 0.6 else town.stay_away(name)
        town.task(f"t{number}", TaskDone, when.start, of=name)
        if chance.random() < 0.3:
            town.task(f"t{number}", TaskReopened, when.end, of=name)
    _the_rest(town, chance)
    return town


def _the_rest(town: Town, chance: random.Random) -> None:
    town.walk_in("w", slot("2026-10-05", "12:00", "13:00"))
    town.walk_in("w", slot("2026-10-05", "12:00", "13:30"), persons=7)
    town.block("x", slot("2026-10-06", "10:00", "12:00"))
    town.block("y", slot("2026-10-07", "10:00", "12:00"), space="hall")
    town.block("y", slot("2026-10-07", "10:00", "12:00"), space="hall", lifted=True)
    town.search(0, at("2026-10-05 12:00"), session="s1")
    town.search(2, at("2026-10-05 12:00"))
    told = {"premises": "library", "space": "room"}
    town.add(SpaceChanged(**told, leaves=("room-a", "room-b"), capacity=4), at("2026-10-20 12:00"))
    town.add(SpaceRetired(**told), at("2026-10-25 12:00"))
    town.add(PremisesChanged(premises="school", owner="youth"), at("2026-10-10 12:00"), unit="kallio")
    town.add(PremisesRetired(premises="school"), at("2026-10-28 12:00"), unit="kallio")
    town.notice("n1", NoticeSubmitted, at("2026-10-01 12:00"))
    town.notice("n1", NoticePublished, at("2026-10-02 12:00"))
    town.notice("n1", NoticeChanged, at("2026-10-03 12:00"), on="user", decision="d1")
    town.notice("n2", NoticePublished, at("2026-10-02 12:00"), by="department", department="sports")
    town.notice("n2", NoticeExpired, at("2026-10-20 12:00"), by="department", department="sports")
    for decision in ("d1", "d2"):
        town.decision(decision, DecisionPublished, at("2026-10-03 12:00"))
        town.decision(decision, DecisionChanged, at("2026-10-04 12:00"), primary=("22", "10"))
    town.decision("d2", DecisionRemoved, at("2026-10-05 12:00"))
    for _ in range(chance.randint(1, 3)):
        town.show(str(named("n1")), at("2026-10-06 12:00"), kind="notice")
    for day in range(5, 12):
        town.visit(slot(f"2026-10-{day:02}", "10:00", "11:00"), chance.randint(9, 60))
        town.visit(slot(f"2026-10-{day:02}", "11:00", "13:30"), chance.randint(9, 60), method="counted")
    town.visit(slot("2026-10-05", "10:00", "11:00"), chance.randint(9, 60), at=at("2026-10-20 12:00"))
    town.visit(slot("2026-10-12", "10:00", "11:00"), 0)
    town.visit(slot("2026-10-13", "10:00", "11:00"), 3601)
    town.feedback("f", FeedbackReceived, at("2026-10-06 12:00"))
    town.feedback("f", FeedbackAnswered, at("2026-10-16 12:00"), changed=True)
