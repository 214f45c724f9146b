"""Hand-made logs for tests: facts become records as their owners would write them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from chassis import Service, Transaction
from chassis.worker import Record
from omatoimi_contracts.booking import (
    BookingAttended,
    BookingCancelled,
    BookingConfirmed,
    BookingMoved,
    BookingRefused,
    BookingUnattended,
    WalkInCounted,
)
from omatoimi_contracts.catalogue import event_model, topics_of
from omatoimi_contracts.codec import write
from omatoimi_contracts.decisions import DecisionFact, FeedbackFact
from omatoimi_contracts.notices import NoticeFact
from omatoimi_contracts.outcomes import SearchPerformed
from omatoimi_contracts.premises import (
    HoursSet,
    OpenSpan,
    PremisesRegistered,
    SpaceBlocked,
    SpaceRegistered,
    SpaceUnblocked,
    WeeklyHours,
)
from omatoimi_contracts.tasks import TaskFact
from omatoimi_contracts.usage import ItemShown
from omatoimi_contracts.vocabulary import Fact, Organiser, Slot

from analytics.catalogue import metrics
from analytics.domain.figures import Figure
from analytics.domain.period import HELSINKI, Period
from analytics.domain.position import Position
from analytics.handlers.log import keep
from analytics.store.figures import figures, known_at

_NAMES = UUID("00000000-0000-4000-8000-000000000000")


def named(name: str) -> UUID:
    """The same UUID for the same name."""
    return uuid5(_NAMES, name)


def at(text: str) -> datetime:
    """A moment of Helsinki's clock: `2026-10-05 18:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI).astimezone(UTC)


def slot(day: str, start: str, end: str, end_day: str | None = None) -> Slot:
    """A span by Helsinki's clock: `slot("2026-10-05", "18:00", "20:00")`."""
    return Slot(start=at(f"{day} {start}"), end=at(f"{end_day or day} {end}"))


OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
REGISTERED = at("2026-09-01 09:00")


class Log:
    """A log in the making. Each fact gets the next sequence of its subject and the next offset of its partition."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.sequences: Counter[tuple[str, str]] = Counter()
        self.ends: Counter[tuple[str, int]] = Counter()

    def add(
        self,
        fact: Fact,
        time: datetime = REGISTERED,
        *,
        recorded: datetime | None = None,
        unit: str = "vallila",
        topic: str | None = None,
        partition: int = 0,
        **attributes: Any,
    ) -> Record:
        """A fact that happened at `time`, and was recorded then unless told otherwise."""
        topic = topic or topics_of(type(fact))[0]
        self.sequences[topic, fact.subject()] += 1
        event = event_model(type(fact)).model_validate(
            {
                "id": named(f"event {len(self.records)}"),
                "source": f"/helsinki/{'analytics' if topic.startswith('usage') else topic.partition('.')[0]}",
                "type": fact.TYPE,
                "time": time,
                "subject": fact.subject(),
                "sequence": f"{self.sequences[topic, fact.subject()]:010d}",
                "recordedtime": recorded or time,
                "unit": unit,
                "channel": "web",
                "assisted": False,
                "language": "fi",
                "data": fact,
                **attributes,
            }
        )
        return self.raw(topic, write(event), partition=partition)

    def raw(
        self, topic: str, value: bytes | None, headers: Sequence[tuple[str, bytes | None]] = (), *, partition: int = 0
    ) -> Record:
        """A record with any bytes."""
        offset = self.ends[topic, partition]
        self.ends[topic, partition] += 1
        moment = 1_790_000_000_000 + len(self.records)
        record = Record(topic, partition, offset, moment, None, value, tuple(headers))
        self.records.append(record)
        return record

    def again(self, record: Record, *, partition: int | None = None) -> Record:
        """The same record once more, at the end of its partition or of another."""
        partition = record.partition if partition is None else partition
        return self.raw(record.topic, record.value, record.headers, partition=partition)


def placed(records: Iterable[Record]) -> list[Record]:
    """The records as they would stand in the log had they come in this order."""
    ends: Counter[tuple[str, int]] = Counter()
    told = []
    for record in records:
        place = (record.topic, record.partition)
        told.append(replace(record, offset=ends[place]))
        ends[place] += 1
    return told


TABLES = """
select string_agg(format('%I.%I', schemaname, tablename), ', ') from pg_tables
where schemaname in ('analytics', 'facts', 'chassis') and tablename <> 'migration'
"""


async def empty(service: Service) -> None:
    """Nothing in any table."""
    async with service.pool.acquire() as conn:
        await conn.execute(f"truncate {await conn.fetchval(TABLES)} restart identity")


async def read(service: Service, records: Iterable[Record]) -> None:
    """Have analytics read records, in one transaction, as its worker would."""
    async with service.pool.acquire() as conn, conn.transaction():
        await keep(list(records), Transaction(conn, service.clock()))


async def all_figures(
    service: Service, period: Period = OCTOBER, unit: str | None = None, position: Position | None = None
) -> dict[str, Figure]:
    """All figures by metric."""
    async with known_at(service.pool, position) as known:
        return {one.metric: one for one in await figures(known, metrics().values(), period, unit)}


async def position_of(service: Service) -> Position:
    """How far the log was read."""
    async with known_at(service.pool) as known:
        return known.position


class Town(Log):
    """A log told in the words of a neighbourhood: premises, bookings, tasks, notices, decisions, feedback."""

    def __init__(self) -> None:
        super().__init__()
        self.leaves: dict[str, tuple[str, ...]] = {}
        self.places: dict[str, tuple[str, str, str]] = {}
        self.bookings: dict[str, dict[str, Any]] = {}

    def premises(
        self,
        name: str,
        owner: str,
        spaces: dict[str, tuple[str, ...]],
        *,
        unit: str = "vallila",
        since: datetime = REGISTERED,
        opens: str = "10:00",
        closes: str = "20:00",
    ) -> None:
        """Premises with spaces (their leaves, or none for a leaf), open `opens` to `closes` on all days."""
        self.add(PremisesRegistered(premises=name, owner=owner), since, unit=unit)
        for space, parts in spaces.items():
            self.leaves[space], self.places[space] = parts or (space,), (name, owner, unit)
            fact = SpaceRegistered(premises=name, space=space, leaves=parts or (space,), capacity=30)
            self.add(fact, since, unit=unit)
        self.hours(name, date(2026, 1, 1), opens, closes, at=since, unit=unit)

    def hours(
        self,
        premises: str,
        valid_from: date,
        opens: str,
        closes: str,
        *,
        at: datetime = REGISTERED,
        unit: str = "vallila",
    ) -> Record:
        """The same hours on all days, from a date on."""
        span = OpenSpan(opens=opens, closes=closes, kind="staffed")
        week = tuple(WeeklyHours(weekday=day, spans=(span,)) for day in range(1, 8))
        return self.add(HoursSet(premises=premises, valid_from=valid_from, week=week), at, unit=unit)

    def use(self, space: str, slot: Slot) -> dict[str, Any]:
        premises, owner, _ = self.places[space]
        place = {"premises": premises, "space": space, "leaves": self.leaves[space], "owner": owner}
        return {**place, "slot": slot, "hours": "staffed"}

    def book(
        self,
        name: str,
        slot: Slot,
        *,
        space: str = "room",
        by: str = "association",
        department: str | None = None,
        at: datetime = REGISTERED,
        session: str | None = None,
        refused: str | None = None,
        **more: Any,
    ) -> Record:
        """A booking confirmed, or refused by a rule."""
        told = {
            **self.use(space, slot),
            "booking": named(name),
            "wanted": slot,
            "organiser": Organiser(class_=by, department=department),
            "opentopublic": more.get("public", False),
            "purpose": more.get("purpose", "meeting"),
            "coorganisers": more.get("coorganisers", ()),
        }
        asked = {"session": named(session) if session else None}
        unit = self.places[space][2]
        if refused:
            return self.add(BookingRefused(**told, **asked, rule=refused, ruleversion=1), at, unit=unit)
        self.bookings[name] = told
        return self.add(BookingConfirmed(**told, **asked), at, unit=unit, channel=more.get("channel", "web"))

    def then(self, name: str, kind: type[Fact], at: datetime, **more: Any) -> Record:
        """Something that happened to a booking."""
        told = self.bookings[name]
        unit = self.places[told["space"]][2]
        return self.add(kind(**told, **more), at, unit=unit)

    def move(self, name: str, slot: Slot, at: datetime, **more: Any) -> Record:
        told = self.bookings[name]
        before = {"previous": told["slot"], "previousspace": told["space"], "previousleaves": told["leaves"]}
        self.bookings[name] = told | self.use(more.get("space", told["space"]), slot)
        return self.then(name, BookingMoved, at, **before)

    def cancel(self, name: str, at: datetime, by: str = "user", reason: str = "not-needed") -> Record:
        return self.then(name, BookingCancelled, at, by=by, reason=reason)

    def attend(self, name: str, at: datetime | None = None) -> Record:
        return self.then(name, BookingAttended, at or self.bookings[name]["slot"].start)

    def stay_away(self, name: str, at: datetime | None = None) -> Record:
        return self.then(name, BookingUnattended, at or self.bookings[name]["slot"].end)

    def walk_in(self, name: str, slot: Slot, *, space: str = "room", persons: int = 3) -> Record:
        use = self.use(space, slot)
        fact = WalkInCounted(**use, walkin=named(name), persons=persons, method="counted")
        return self.add(fact, slot.end, unit=self.places[space][2])

    def search(self, hits: int, at: datetime, session: str | None = None) -> Record:
        told = named(session) if session else named(f"search {len(self.records)}")
        fact = SearchPerformed(search=told, session=named(session) if session else None, hits=hits)
        return self.add(fact, at, topic="booking.events.v1")

    def block(self, name: str, slot: Slot, *, space: str = "room", lifted: bool = False) -> Record:
        kind = SpaceUnblocked if lifted else SpaceBlocked
        premises, _, unit = self.places[space]
        told = {"premises": premises, "space": space, "leaves": self.leaves[space], "slot": slot}
        return self.add(kind(block=str(named(name)), **told), unit=unit)

    def task(
        self, name: str, kind: type[TaskFact], at: datetime, *, of: str, sort: str = "open-door", **more: Any
    ) -> Record:
        told = {name: self.bookings[of][name] for name in ("premises", "space", "owner", "organiser", "opentopublic")}
        due = self.bookings[of]["slot"].start
        about = {"task": named(name), "kind": sort, "booking": named(of), "due": due, "purpose": "meeting"}
        return self.add(kind(**told, **about, **more, by="automatic"), at)

    def notice(
        self, name: str, kind: type[NoticeFact], at: datetime, *, by: str = "association", **more: Any
    ) -> Record:
        told = {"notice": named(name), "kind": "event", "version": 1, "digest": "0" * 64, "opentopublic": True}
        shown = {"publish_from": at, "until": at + timedelta(days=30), "purpose": "event"}
        organiser = Organiser(class_=by, department=more.pop("department", None))
        part = {"by": more.pop("on")} if "on" in more else {}
        return self.add(kind(**told, **shown, organiser=organiser, **part, **more), at)

    def decision(
        self, name: str, kind: type[DecisionFact], at: datetime, *, primary: Sequence[str] = ("22",)
    ) -> Record:
        told = {"case": f"case-{name}", "decision": name, "primary": tuple(primary), "version": 1, "digest": "0" * 64}
        return self.add(kind(**told, body="0200"), at, unit="vallila" if "22" in primary else "none")

    def feedback(self, name: str, kind: type[FeedbackFact], at: datetime, **more: Any) -> Record:
        told = {"feedback": named(name), "case": "HEL-2026-000001", "body": "0200", "answer_by": at}
        return self.add(kind(**told, **more), at)

    def show(self, item: str, at: datetime, *, kind: str = "decision", unit: str = "vallila") -> Record:
        return self.add(ItemShown(place="screen-1", kind=kind, item=item), at, unit=unit)
