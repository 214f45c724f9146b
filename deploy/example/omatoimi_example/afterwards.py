"""What came of each booking: given back, moved, attended or not, and its task done."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from omatoimi_contracts import requests as ask

from omatoimi_example.acts import Act, OfEarlier, act, slot_of
from omatoimi_example.calendar import DAY, at, local_day
from omatoimi_example.clubs import in_the_dark
from omatoimi_example.diary import Diary, PlannedBooking
from omatoimi_example.rooms import hours

CLOSING = "22:10"
"""Local time at which staff write down what happened in the day."""

FATES = (
    ("attended", 80.0),
    ("unattended", 4.0),
    ("unknown", 4.5),
    ("cancelled early", 6.0),
    ("cancelled late", 3.0),
    ("cancelled after start", 0.5),
    ("moved", 2.0),
)
"""What becomes of a booking, in percent."""


def a_fate(random: Random) -> str:
    """Tell what becomes of a booking."""
    return random.choices([name for name, _ in FATES], [weight for _, weight in FATES])[0]


def came_of(diary: Diary, booking: PlannedBooking) -> Iterator[Act]:
    """Let it be given back, moved, attended, counted, and its task done: as far as that lies in the past."""
    random, fate, told = diary.random, booking.fate, OfEarlier(booking.label, "booking")
    if fate.startswith("cancelled"):
        when = _given_back(random, booking)
        if when is not None and when < diary.now:
            reason = random.choices(("not-needed", "illness", "other"), (6, 3, 1))[0]
            data = {"booking": told, "reason": reason}
            yield act(when, booking.changed_by, ask.CancellationRequested, data)
            return
    start, end = booking.start, booking.end
    if fate == "moved" and (later := _move(diary, booking)):
        when, start, end = later
        yield act(when, booking.changed_by, ask.MoveRequested, {"booking": told, "slot": slot_of(start, end)})
    day = local_day(start)
    if day >= diary.day or fate == "none":
        return
    closing = at(day, CLOSING)
    if booking.space.task:
        yield from _task(diary, booking, start)
    if fate == "unknown":
        return
    if fate == "unattended":
        asked = min(start + timedelta(minutes=30), end)
        away = {"booking": told, "attended": False}
        yield act(closing, "staff", ask.AttendanceRequested, away, asked=asked, ends="booking.unattended")
        return
    came: dict[str, Any] = {"booking": told}
    if random.random() < 0.8:
        came["persons"] = max(1, round(booking.persons * random.uniform(0.6, 1.05)))
        came["method"] = random.choices(("counted", "estimated"), (3, 1))[0]
    asked = start + timedelta(minutes=random.randint(2, 12))
    yield act(closing, "staff", ask.AttendanceRequested, came, asked=asked, label=f"came {booking.label}")


def _move(diary: Diary, booking: PlannedBooking) -> tuple[datetime, datetime, datetime] | None:
    """Move it to the same hour on another day of the week, where that is free; asked for a day before at the latest."""
    length, when = booking.end - booking.start, booking.start - timedelta(hours=diary.random.randint(26, 60))
    if not booking.made + hours(1) < when < diary.now:
        return None
    for offset in (1, 2, 3, 4, 5, 6):
        start = booking.start + offset * DAY
        free = diary.rooms.free(booking.space, start, start + length) and not in_the_dark(booking.space, start + length)
        # A month has its own quota.
        if free and local_day(start).month == local_day(booking.start).month and start < at(diary.until, "00:00"):
            diary.rooms.take(booking.space, start, start + length)
            return when, start, start + length
    return None


def _task(diary: Diary, booking: PlannedBooking, start: datetime) -> Iterator[Act]:
    """Do its task a little before, now and then late, once in a while not right the first time."""
    random, closing = diary.random, at(local_day(start), CLOSING)
    task = OfEarlier(booking.label, "task", beside="task.opened")
    late = random.random() < 0.08
    done = start + timedelta(minutes=random.randint(35, 100) if late else -random.randint(3, 20))
    minutes = random.randint(15, 45) if booking.space.task != "open-door" else random.randint(3, 10)
    data = {"task": task, "state": "done", "minutes": minutes}
    yield act(closing, "staff", ask.TaskChangeRequested, data, asked=min(done, closing), language="none")
    next_day = local_day(start) + DAY
    if random.random() < 0.01 and next_day < diary.day:
        again = {"task": task, "state": "reopened"}
        yield act(at(next_day, "09:10"), "staff", ask.TaskChangeRequested, again, ends="task.reopened", language="none")
        yield act(at(next_day, "11:40"), "staff", ask.TaskChangeRequested, data | {"minutes": 10}, language="none")


def late_correction(diary: Diary) -> None:
    """Let a club say five weeks after that it was not there: the figure of that month changes, not of this."""
    earlier = diary.day - 40 * DAY
    told = {one.label for one in diary.acts}
    came = [
        b for b in diary.bookings if f"came {b.label}" in told and b.fate == "attended" and local_day(b.start) < earlier
    ]
    last = max(came, key=lambda booking: booking.start)
    data = {"booking": OfEarlier(last.label, "booking"), "attended": False}
    when = at(local_day(last.start) + 35 * DAY, "12:20")
    one = act(when, "staff", ask.AttendanceRequested, data, label="late correction", ends="booking.unattended")
    diary.acts.append(one)


def _given_back(random: Random, booking: PlannedBooking) -> datetime | None:
    """Tell when it was given back; None where there was no time left to do so."""
    start = booking.start
    when = {
        "cancelled early": start - timedelta(hours=random.randint(25, 120)),
        "cancelled late": start - timedelta(minutes=random.randint(90, 1200)),
        "cancelled after start": start + timedelta(minutes=random.randint(3, 15)),
    }[booking.fate]
    return when if when > booking.made + timedelta(minutes=10) else None
