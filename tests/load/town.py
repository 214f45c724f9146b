"""Two hundred rooms, and who wants them when: the same wishes for everybody who is measured.

Needs nothing but the standard library, so that a peer's environment can import it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

ROOMS = 200
PREMISES = 20
DAYS = 18
"""The days of one window: each measurement asks in a window of its own, so that none meets what another took."""
WINDOWS = 20
"""So many windows lie within the 365 days that booking goes ahead."""
OPENS, CLOSES = 6, 20
"""Wishes lie within these hours (UTC) and begin on the half hour."""


@dataclass(frozen=True, slots=True)
class BookingAttempt:
    """Somebody wants a room then."""

    room: int
    start: datetime
    end: datetime


def premises_of(room: int) -> str:
    return f"talo-{room % PREMISES:02}"


def name_of(room: int) -> str:
    return f"huone-{room:03}"


def days(first: date, window: int) -> Iterator[datetime]:
    """The days of a window, each as its midnight."""
    assert window < WINDOWS, f"there are {WINDOWS} windows, the next would lie more than a year ahead"
    midnight = datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(days=window * DAYS)
    return (midnight + timedelta(days=day) for day in range(DAYS))


def wishes(seed: int, first: date, window: int) -> Iterator[BookingAttempt]:
    """Wishes without end: any room, any half hour of the window's days, half an hour to two hours."""
    rng, within = random.Random(f"{seed} {window}"), list(days(first, window))
    while True:
        halves = rng.randint(1, 4)
        start = rng.choice(within) + timedelta(hours=OPENS, minutes=30 * rng.randint(0, (CLOSES - OPENS) * 2 - halves))
        yield BookingAttempt(rng.randrange(ROOMS), start, start + timedelta(minutes=30 * halves))
