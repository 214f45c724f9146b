"""What is being decided about the neighbourhood, who was heard, and what became of what they said.

The cases, the deciding bodies and their numbers are made up; the records have the shape of the city's own case system.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import uuid5

from omatoimi_contracts import requests as ask

from omatoimi_example.acts import NAMESPACE, Act, OfEarlier, act
from omatoimi_example.bookings import repair
from omatoimi_example.calendar import AHEAD, DAY, at, days, first_day, nobody_meets
from omatoimi_example.rooms import Rooms
from omatoimi_example.stories import CASES, UNANSWERED, Story
from omatoimi_example.town import UNIT, spaces

BODIES = {
    "environment": ("ESIM-KYLK", "Kaupunkiympäristölautakunta (esimerkki)"),
    "culture": ("ESIM-KUVALK", "Kulttuuri- ja vapaa-aikalautakunta (esimerkki)"),
    "education": ("ESIM-KASKOLK", "Kasvatus- ja koulutuslautakunta (esimerkki)"),
    "official": ("ESIM-TILA", "Tilapalvelupäällikkö (esimerkki)"),
}
"""Deciding bodies of no city, with ids that no record of the city has."""

ANSWER_BY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CaseCourse:
    """When a case goes which step."""

    opened: date
    decided: date

    @property
    def heard(self) -> date:
        return self.opened + 18 * DAY


def decisions(seed: int, day: date, rooms: Rooms) -> Iterator[Act]:
    """Yield every case in its turn, the last ones still open."""
    first = first_day(day)
    step = (day - first) // len(CASES)
    for number, case in enumerate(CASES):
        opened = _weekday(first + step * number + 4 * DAY)
        decided = _weekday(opened + (40 + 3 * (number % 5)) * DAY)
        yield from _course(seed, day, number, case, CaseCourse(opened, decided), rooms)


def _course(seed: int, day: date, number: int, case: Story, course: CaseCourse, rooms: Rooms) -> Iterator[Act]:
    random = Random(f"{seed} {day} case {number}")
    key = f"HEL-{course.opened.year}-{980001 + number}"
    opened = at(course.opened, "09:15")
    data = {"kind": "case", "content": _case(case, key, course)}
    if case.hearing:
        data["answer_by"] = (opened + ANSWER_BY).isoformat()
    yield act(opened, "staff", ask.RecordRequested, data, label=key, ends="case.published")
    yield from _shown(random, day, course.opened + DAY, "case", key)
    if case.hearing:
        yield from _hearing(day, key, case, course, rooms)
    yield from _comments(random, day, key, case, course)
    if course.decided >= day:
        return
    when = at(course.decided, "16:40")
    key_of_decision = f"{BODIES[case.body][0]}/{course.decided}/{10 + number}"
    content = _decision(seed, case, key, course, 10 + number)
    yield act(when, "staff", ask.RecordRequested, {"kind": "decision", "content": content}, label=key_of_decision)
    if random.random() < 0.75:
        yield from _shown(random, day, course.decided + DAY, "decision", key_of_decision)
    if case.corrected and course.decided + 6 * DAY < day:
        again = content | {"Content": _page(case, key, 10 + number, (*case.decision, case.corrected))}
        when = at(course.decided + 6 * DAY, "10:05")
        yield act(when, "staff", ask.RecordRequested, {"kind": "decision", "content": again}, ends="decision.changed")


def _hearing(day: date, key: str, case: Story, course: CaseCourse, rooms: Rooms) -> Iterator[Act]:
    """Book the hall on the first free evening after the case was opened; everybody may come."""
    hall, (dark, light_again) = spaces()["sali"], repair(day)
    for evening in days(course.heard, course.heard + 21 * DAY):
        start = at(evening, "18:00")
        end = start + timedelta(hours=2)
        asked = at(course.opened + DAY, "10:30")
        free = rooms.free(hall, start, end) and not dark <= evening <= light_again
        if nobody_meets(evening) or not free or not asked < at(day, "00:00"):
            continue
        if start >= at(day, "00:00") + AHEAD:
            return
        rooms.take(hall, start, end)
        label, slot = f"hearing {key}", {"start": start.isoformat(), "end": end.isoformat()}
        organiser = {"class": "department", "department": "chancellery"}
        data = {"space": hall.space, "slot": slot, "organiser": organiser, "opentopublic": True}
        data |= {"purpose": "hearing", "case": key, "persons": 40}
        yield act(asked, "staff", ask.BookingRequested, data, label=label)
        words = {"titles": {"fi": f"Kuulemistilaisuus: {case.title}"}, "texts": {"fi": case.hearing}}
        told = at(course.opened + 2 * DAY, "09:00")
        notice = {
            "kind": "hearing",
            "until": end.isoformat(),
            "slot": slot,
            "booking": OfEarlier(label, "booking"),
            "case": key,
        }
        notice |= words | {"organiser": organiser, "purpose": "hearing", "unit": UNIT}
        yield act(told, "staff", ask.NoticeRequested, notice, label=f"notice of {label}")
        if evening < day:
            came = {"booking": OfEarlier(label, "booking"), "persons": 31, "method": "counted"}
            when = at(evening, "22:10")
            yield act(when, "staff", ask.AttendanceRequested, came, asked=start + timedelta(minutes=10))
            done = {"task": OfEarlier(label, "task", beside="task.opened"), "state": "done", "minutes": 40}
            yield act(when, "staff", ask.TaskChangeRequested, done, asked=start - timedelta(minutes=25))
        return


def _comments(random: Random, day: date, key: str, case: Story, course: CaseCourse) -> Iterator[Act]:
    """Tell what people say while it is prepared, and what they are answered. One comment nobody ever answers."""
    for number, comment in enumerate(case.comments):
        said = at(course.opened + (3 + 5 * number) * DAY, "12:00", random.randint(0, 540))
        answered = said + timedelta(days=random.randint(4, 15), hours=2)
        if said >= at(day, "00:00"):
            return
        label = f"comment {key} {number}"
        data = {"case": key, "text": comment.text}
        yield act(said, "web", ask.FeedbackRequested, data, label=label, language=comment.language)
        if comment.answer is UNANSWERED or answered >= at(day, "00:00"):
            continue
        answer = {"feedback": OfEarlier(label, "feedback"), "text": comment.answer, "changed": comment.changed}
        yield act(answered, "staff", ask.AnswerRequested, answer)


def _shown(random: Random, day: date, since: date, kind: str, item: str) -> Iterator[Act]:
    """Show it on the screen in the hall, a few mornings in a row."""
    for one in days(since, min(day, since + random.randint(2, 4) * DAY)):
        told = {"unit": UNIT, "place": "aulanaytto", "kind": kind, "item": item}
        yield act(at(one, "08:30"), "system", ask.DisplayRequested, told, language="none")


# -- records as the case system tells them ---------------------------------------------------------------------------


def _case(case: Story, key: str, course: CaseCourse) -> dict[str, Any]:
    return {
        "CaseID": key,
        "CaseIDLabel": key.replace("HEL-", "HEL ", 1),
        "Title": case.title,
        "Created": f"{course.opened}T09:02:00.000",
        "Acquired": f"{course.opened}T00:00:00.000",
        "ClassificationCode": case.classification[0],
        "ClassificationTitle": case.classification[1],
        "Status": "Vireillä",
        "Language": "fi",
        "Handlings": [],
        "Records": [],
    }


def _decision(seed: int, case: Story, key: str, course: CaseCourse, section: int) -> dict[str, Any]:
    id_, name = BODIES[case.body]
    return {
        "NativeId": f"{{{str(uuid5(NAMESPACE, f'{seed} {key}')).upper()}}}",
        "Title": case.title,
        "CaseID": key,
        "CaseIDLabel": key.replace("HEL-", "HEL ", 1),
        "Section": str(section),
        "Content": _page(case, key, section, case.decision),
        "Motion": "",
        "ClassificationCode": case.classification[0],
        "ClassificationTitle": case.classification[1],
        "Organization": {"ID": id_, "Name": name, "TypeId": "12" if case.body == "official" else "3"},
        "Meeting": {"MeetingID": f"{id_}{course.decided:%Y%m%d}", "DateMeeting": f"{course.decided}T15:00:00.000"},
        "VotingResults": [],
        "Attachments": [],
    }


def _page(case: Story, key: str, section: int, decision: tuple[str, ...]) -> str:
    return (
        f'<html lang="fi"><body><div class="paatos"><div class="Asiapykala">§ {section}</div>'
        f'<h1 class="AsiaOtsikko">{case.title}</h1><div class="DnroTmuoto">{key.replace("HEL-", "HEL ", 1)}</div>'
        f"{_section('Päätös', decision)}{_section('Päätöksen perustelut', case.reasons)}</div></body></html>"
    )


def _section(title: str, paragraphs: tuple[str, ...]) -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f'<div class="SisaltoSektio"><h3 class="SisaltoOtsikko">{title}</h3>{text}</div>'


def _weekday(day: date) -> date:
    """Return a Tuesday, Wednesday or Thursday on which offices work."""
    while day.isoweekday() not in (2, 3, 4) or nobody_meets(day):
        day += DAY
    return day
