"""A year's log of a neighbourhood: what is told of twenty premises with two hundred rooms, mixed as it would be."""

import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from chassis.worker import Record
from omatoimi_contracts.decisions import DecisionPublished, FeedbackAnswered, FeedbackReceived
from omatoimi_contracts.notices import NoticePublished, NoticeSubmitted
from omatoimi_contracts.tasks import TaskDone, TaskOpened
from omatoimi_contracts.usage import VisitCounted
from omatoimi_contracts.vocabulary import Slot

from tests.kits.analytics import Town, named
from tests.load.ground import SEED
from tests.load.town import PREMISES, ROOMS, name_of, premises_of

BEGINS = datetime(2025, 10, 1, 6, tzinfo=UTC)
DAYS = 365
COPIES, BROKEN = 0.01, 0.001
"""Shares of the records that stand in the log again, and of those that are no event at all."""

NAMED = re.compile(rb'(?<!"session":")[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}')
"""The ids that `ConnectedServices` makes of names, but for those of sessions, which are random."""

Moment = tuple[datetime, Callable[[], object]]


def log(number: int) -> list[Record]:
    """At least so many records, in the order in which they happened, with ids as the services make them (version 7)."""
    chance, town = random.Random(SEED), Town()
    for premises in map(premises_of, range(PREMISES)):
        rooms: dict[str, tuple[str, ...]] = {name_of(n): () for n in range(ROOMS) if premises_of(n) == premises}
        town.premises(premises, "library", rooms, since=BEGINS, opens="06:00", closes="22:00")
    moments: list[Moment] = []
    story = 0
    while len(moments) < number:
        moments += [
            (BEGINS + timedelta(minutes=minute), tell) for minute, tell in _booking(town, chance, f"booking {story}")
        ]
        moments += _beside(town, chance, f"story {story}")
        story += 1
    for _, tell in sorted(moments, key=lambda moment: moment[0]):
        tell()
        if chance.random() < COPIES:
            town.again(chance.choice(town.records))
        if chance.random() < BROKEN:
            town.raw("booking.events.v1", b"{no event")
    return _in_order_of_time(town.records)


def _in_order_of_time(records: list[Record]) -> list[Record]:
    """The records with ids that begin with the moment at which they were first told."""
    ids: dict[bytes, bytes] = {}
    chance, told = random.Random(SEED), []
    now = BEGINS

    def id_of(name: re.Match[bytes]) -> bytes:
        if name[0] not in ids:
            milliseconds = int(now.timestamp() * 1000)
            bits = milliseconds << 80 | 7 << 76 | chance.getrandbits(12) << 64 | 2 << 62 | chance.getrandbits(62)
            ids[name[0]] = str(UUID(int=bits)).encode()
        return ids[name[0]]

    for record in records:
        value = record.value or b""
        if value.startswith(b'{"'):
            now = max(now, datetime.fromisoformat(json.loads(value)["time"]))
        told.append(record._replace(value=NAMED.sub(id_of, value)))
    return told


def _minute(chance: random.Random, *, ahead_of: int = 0) -> int:
    return ahead_of + chance.randrange(DAYS * 24 * 60)


def _booking(town: Town, chance: random.Random, name: str) -> Iterator[tuple[int, Callable[[], object]]]:
    """Asked for, days before it begins; then moved, cancelled, attended or not, with a task for every fourth."""
    asked = _minute(chance)
    starts = asked + 30 * chance.randrange(2, 48 * 20)
    begins = BEGINS + timedelta(minutes=starts)
    slot = Slot(start=begins, end=begins + timedelta(minutes=30 * chance.randint(1, 4)))
    at, room = BEGINS + timedelta(minutes=asked), name_of(chance.randrange(ROOMS))
    by = chance.choice(["association", "private", "informal-group", "library"])
    if chance.random() < 0.15:
        yield asked, partial(town.book, name, slot, space=room, by=by, at=at, refused="taken")
        return
    yield asked, partial(town.book, name, slot, space=room, by=by, at=at, session=name)
    if chance.random() < 0.25:
        yield asked, partial(town.task, name, TaskOpened, at, of=name)
        yield starts + 1, partial(town.task, name, TaskDone, begins + timedelta(minutes=1), of=name, minutes=15)
    if chance.random() < 0.1:
        yield asked + 1, partial(town.move, name, slot, at + timedelta(minutes=1))
    if chance.random() < 0.12:
        yield starts - 40, partial(town.cancel, name, begins - timedelta(minutes=40))
        return
    happens = town.attend if chance.random() < 0.85 else town.stay_away
    yield starts, partial(happens, name, begins)


def _beside(town: Town, chance: random.Random, name: str) -> Iterator[Moment]:
    """What happens around bookings, less often."""
    at = BEGINS + timedelta(minutes=_minute(chance))
    later = at + timedelta(hours=chance.randint(1, 200))
    if chance.random() < 0.4:
        span = Slot(start=at - timedelta(hours=1), end=at)
        visits = VisitCounted(
            counter=f"ovi-{chance.randrange(40)}", slot=span, persons=chance.randrange(60), method="gate"
        )
        yield at, partial(town.add, visits, at)
    if chance.random() < 0.3:
        yield at, partial(town.search, chance.randrange(4), at, name)
    if chance.random() < 0.1:
        yield (
            at,
            partial(
                town.walk_in, name, Slot(start=at - timedelta(hours=1), end=at), space=name_of(chance.randrange(ROOMS))
            ),
        )
    if chance.random() < 0.05:
        yield at, partial(town.notice, name, NoticeSubmitted, at)
        yield later, partial(town.notice, name, NoticePublished, later)
    if chance.random() < 0.03:
        yield at, partial(town.decision, str(named(name)), DecisionPublished, at)
    if chance.random() < 0.03:
        yield at, partial(town.feedback, name, FeedbackReceived, at)
        yield later, partial(town.feedback, name, FeedbackAnswered, later)
