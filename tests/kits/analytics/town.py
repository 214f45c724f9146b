"""A log told in the words of a neighbourhood."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

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
from omatoimi_contracts.usage import ItemShown, VisitCounted
from omatoimi_contracts.vocabulary import Fact, Organiser, Slot

from tests.kits.analytics.log import REGISTERED, Log, named


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
            "organiser": more.get("organiser", Organiser(class_=by, department=department)),
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

    def visit(self, slot: Slot, persons: int, *, counter: str = "gate", unit: str = "vallila", **more: Any) -> Record:
        """People counted at a door; told when the span was over, unless `at` says otherwise."""
        fact = VisitCounted(counter=counter, slot=slot, persons=persons, method=more.get("method", "gate"))
        return self.add(fact, more.get("at", slot.end), unit=unit)

    def block(self, name: str, slot: Slot, *, space: str = "room", lifted: bool = False) -> Record:
        kind = SpaceUnblocked if lifted else SpaceBlocked
        premises, _, unit = self.places[space]
        told = {"premises": premises, "space": space, "leaves": self.leaves[space], "slot": slot}
        return self.add(kind(block=str(named(name)), **told), unit=unit)

    def task(
        self,
        name: str,
        kind: type[TaskFact],
        at: datetime,
        *,
        of: str,
        sort: str = "open-door",
        due: datetime | None = None,
        **more: Any,
    ) -> Record:
        """An event of a task, which is due when its booking starts unless `due` says else."""
        told = {name: self.bookings[of][name] for name in ("premises", "space", "owner", "organiser", "opentopublic")}
        due = due or self.bookings[of]["slot"].start
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
