"""How the library is used: who came in at the door, who asked for help, and how content they were."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from uuid import UUID, uuid5

from omatoimi_contracts import requests as ask

from omatoimi_example.acts import NAMESPACE, Act, act
from omatoimi_example.calendar import DAY, at, days, first_day, nobody_meets
from omatoimi_example.town import UNIT, week

COUNTER = "paaovi"
SENT = "22:30"
"""Local time at which the counter sends the hours of its day."""
BROKEN = timedelta(days=14)


def broken(day: date) -> tuple[date, date]:
    """Return the fortnight in which the counter at the door was broken: nobody knows how many came."""
    since = first_day(day) + 170 * DAY
    return since, since + BROKEN


def birdsong(day: date) -> date:
    """Return the second Saturday of the last May before `day`: the door was open at five for a walk among the birds."""
    may = date(day.year if (day.month, day.day) > (5, 15) else day.year - 1, 5, 8)
    return may + (5 - may.weekday()) % 7 * DAY


EARLY_BIRDS = (("05:00", 3), ("06:00", 11))
"""Few enough at five for their number to be kept back."""


def visits(seed: int, day: date) -> Iterator[Act]:
    """Count hour by hour while the library is open; for a fortnight nothing; one day corrected three weeks later; and
    on one morning a few before all others."""
    random = Random(f"{seed} {day} visits")
    silent, mended = broken(day)
    mistaken = day - 45 * DAY
    mistaken -= (mistaken.weekday() - 3) % 7 * DAY
    for one in days(first_day(day) + DAY, day):
        hours = list(_hours(random, one))
        if silent <= one < mended:
            continue
        doubled = one == mistaken
        yield from (_counted(one, clock, persons * (2 if doubled else 1)) for clock, persons in hours)
        alive = {"unit": UNIT, "device": COUNTER}
        yield act(at(one, SENT), "system", ask.HeartbeatRequested, alive, language="none")
        if doubled:
            later = at(one + 21 * DAY, "09:20")
            yield from (_counted(one, clock, persons, at_=later) for clock, persons in hours)
    yield from (_counted(birdsong(day), clock, persons) for clock, persons in EARLY_BIRDS)
    yield from _help(seed, day)
    yield from _ratings(seed, day)


def _hours(random: Random, day: date) -> Iterator[tuple[str, int]]:
    """Yield each open hour with the people who came in then: Tuesdays are full, July is not."""
    ((opens, closes),) = week("kirjasto")[day.isoweekday()]
    for hour in range(int(opens[:2]), int(closes[:2])):
        mean = 9 + 26 * max(0.0, 1 - abs(hour - 16) / 8)
        mean *= {2: 1.5, 6: 0.8, 7: 0.6}.get(day.isoweekday(), 1.0) * (0.55 if day.month == 7 else 1.0)
        mean *= 0.2 if nobody_meets(day) else 1.0
        yield f"{hour:02}:00", max(0, round(random.gauss(mean, mean / 5)))


def _counted(day: date, clock: str, persons: int, at_: object = None) -> Act:
    start = at(day, clock)
    end = start + timedelta(hours=1)
    slot = {"start": start.isoformat(), "end": end.isoformat()}
    data = {"unit": UNIT, "counter": COUNTER, "slot": slot, "persons": persons, "method": "gate"}
    when = at_ or at(day, SENT)
    asked = {} if at_ else {"asked": end}
    return act(when, "system", ask.VisitRequested, data, language="none", **asked)  # type: ignore[arg-type]


def _help(seed: int, day: date) -> Iterator[Act]:
    """Let somebody ring at the kiosk, and be helped some minutes later; some are sent on to who knows better."""
    random = Random(f"{seed} {day} help")
    for one in days(first_day(day) + 3 * DAY, day):
        if nobody_meets(one) or random.random() > (0.75 if one.isoweekday() == 2 else 0.3):
            continue
        called = at(one, "10:00", random.randint(0, 500))
        told = {"unit": UNIT, "help": _id(seed, f"help {one}"), "topic": _topic(random)}
        yield act(called, "kiosk", ask.HelpCallRequested, told)
        referred = {"referred": random.choice(("school", "youth", "social"))} if random.random() < 0.15 else {}
        helped = called + timedelta(minutes=random.randint(1, 9))
        yield act(helped, "staff", ask.HelpGivenRequested, told | referred, assisted=True)


def _topic(random: Random) -> str:
    return random.choices(("booking", "door", "kiosk", "decision", "notice", "other"), (8, 5, 4, 1, 1, 3))[0]


def _ratings(seed: int, day: date) -> Iterator[Act]:
    """Press faces at the kiosk: a few a week, most of them smile."""
    random = Random(f"{seed} {day} ratings")
    for one in days(first_day(day) + 3 * DAY, day):
        if random.random() < 0.4:
            told = {"unit": UNIT, "rating": random.choices((1, 2, 3, 4, 5), (1, 1, 3, 9, 11))[0]}
            yield act(at(one, "11:00", random.randint(0, 540)), "kiosk", ask.RatingRequested, told)


def _id(seed: int, name: str) -> UUID:
    return uuid5(NAMESPACE, f"{seed} {name}")
