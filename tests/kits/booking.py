"""A small city to test booking with: a library, a school and a youth centre, and endpoints to ask at."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from booking.main import service
from chassis import Answer, Caller, Request, Service, Settings, ask
from chassis.access import by_channel
from chassis.act import apply
from chassis.transaction import Result
from omatoimi_contracts.catalogue import event_model
from omatoimi_contracts.codec import read
from omatoimi_contracts.event import FactEvent, RequestEvent
from omatoimi_contracts.organisations import OrganisationVerified, OrganisationWithdrawn
from omatoimi_contracts.outcomes import RequestRejected
from omatoimi_contracts.requests import (
    AskedWeekday,
    BookingRequested,
    HoursRequested,
    PremisesRequested,
    SpaceRequested,
)
from omatoimi_contracts.vocabulary import Fact, RequestData
from pydantic import SecretStr

from tests.kits.facts import stated

NOON = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
"""Tuesday, 1 December 2026, twelve o'clock in Helsinki."""

WEB = by_channel("/helsinki/channels/web", "web", "vallila")
KIOSK = by_channel("/helsinki/channels/kiosk", "kiosk", "vallila")
STAFF = by_channel("/helsinki/channels/staff", "staff", "vallila")

EMPTY = """
do $$ begin
    execute (select 'truncate ' || string_agg(schemaname || '.' || tablename, ', ') || ' restart identity'
        from pg_tables where schemaname in ('booking', 'chassis') and tablename <> 'migration');
    perform setval('booking.number', 1, false), setval('booking.lost_claim', 1, false);
end $$
"""


def at(hour: float, day: int = 2) -> datetime:
    """A time of day in Helsinki on a day of December 2026 (UTC+2), or on the 32nd and after, in January."""
    return datetime(2026, 12, 1, tzinfo=UTC) + timedelta(days=day - 1, hours=hour - 2)


def week(opens: str = "08:00", closes: str = "20:00", kind: str = "staffed") -> tuple[AskedWeekday, ...]:
    """The same hours on every day."""
    span = {"opens": opens, "closes": closes, "kind": kind}
    return tuple(AskedWeekday.model_validate({"weekday": day, "spans": (span,)}) for day in range(1, 8))


@dataclass
class City:
    """Booking with a register, and `services` that do not know of each other, as processes would not. `now` is the
    clock of all of them."""

    services: list[Service]
    conn: "asyncpg.Connection[asyncpg.Record]"
    now: datetime = NOON
    sequences: dict[UUID, int] = field(default_factory=dict)

    async def ask(
        self,
        data: RequestData,
        by: Caller = WEB,
        *,
        endpoint: int = 0,
        time: datetime | None = None,
        id: UUID | None = None,
    ) -> Answer:
        """Ask at one of the services' endpoints; `time` is when it happened."""
        return await ask(self.services[endpoint % len(self.services)], self.request(data, by, time=time, id=id))

    async def ask_all(self, requests: Sequence[RequestData], by: Caller = WEB, *, endpoint: int = 0) -> list[Answer]:
        """Ask for all in one transaction, as the worker does."""
        told = await self.apply([self.request(data, by) for data in requests], endpoint=endpoint)
        return [one.answer for one in told if one.answer]

    async def apply(self, items: Sequence[Request[Any] | FactEvent[Fact]], *, endpoint: int = 0) -> list[Result]:
        return await apply(self.services[endpoint % len(self.services)], items)

    def request(
        self, data: RequestData, by: Caller = WEB, *, time: datetime | None = None, id: UUID | None = None
    ) -> Request[Any]:
        model = event_model(type(data))
        attributes = {"id": id or uuid4(), "source": by.channel.source, "type": data.TYPE, "time": time or self.now}
        event = model.model_validate(attributes | {"data": data, "language": "fi"})
        assert isinstance(event, RequestEvent)
        return Request(event, by)

    async def book(
        self, space: str, start: datetime, end: datetime, by: Caller = WEB, *, endpoint: int = 0, **more: Any
    ) -> Answer:
        """Ask for a space."""
        return await self.ask(booking_request(space, start, end, **more), by, endpoint=endpoint)

    async def booked(self, space: str, start: datetime, end: datetime, by: Caller = WEB, **more: Any) -> UUID:
        """Book a space that is free; returns the booking."""
        answer = await self.book(space, start, end, by, **more)
        assert verdict(answer) == "confirmed", answer
        return UUID(answer.outcome.subject)

    async def verify(
        self, organisation: UUID, class_: str = "association", *, department: str | None = None, withdraw: bool = False
    ) -> None:
        """Let notices tell that an organisation is verified, or is no longer."""
        await self.apply([self.organisation(organisation, class_, department=department, withdraw=withdraw)])

    def organisation(
        self, organisation: UUID, class_: str = "association", *, department: str | None = None, withdraw: bool = False
    ) -> FactEvent[Fact]:
        """What notices tells of an organisation, as an event."""
        self.sequences[organisation] = sequence = self.sequences.get(organisation, 0) + 1
        fact: Fact = (
            OrganisationWithdrawn(organisation=organisation, class_=class_)
            if withdraw
            else OrganisationVerified(organisation=organisation, class_=class_, department=department)
        )
        return stated(fact, time=self.now, sequence=sequence, unit="none", channel="staff")

    async def events(self, *kinds: type[Fact]) -> list[FactEvent[Any]]:
        """What stands in the outbox, in its order: of some types, or all."""
        for one in self.services:
            await one.searches.write(one)
        rows = await self.conn.fetch("select value from chassis.outbox where value is not null order by seq")
        events = [read(row["value"]) for row in rows]
        return [e for e in events if isinstance(e, FactEvent) and (not kinds or isinstance(e.data, kinds))]

    async def overlaps(self) -> int:
        """Pairs of bookings that stand on one leaf at one time, counted from the bookings and not from the claims."""
        return int(
            await self.conn.fetchval(
                """
                with stands as (select booking, unnest(leaves) leaf, starts, ends from booking.booking
                    where cancelled_at is null)
                select count(*) from stands a join stands b on a.leaf = b.leaf and a.booking < b.booking
                    and a.starts < b.ends and b.starts < a.ends
                """
            )
        )

    async def lost_claims(self) -> int:
        """How often a path was found that had not locked."""
        called, last = await self.conn.fetchrow("select is_called, last_value from booking.lost_claim") or (False, 0)
        return int(last) if called else 0


def booking_request(space: str, start: datetime, end: datetime, **more: Any) -> BookingRequested:
    """A request for a space."""
    return BookingRequested.model_validate({"space": space, "slot": {"start": start, "end": end}, **more})


def verdict(answer: Answer) -> str:
    """`confirmed`, the rule that refused, or the reason it could not be done."""
    type_, data = answer.outcome.type, answer.outcome.data
    return str(data.get("rule") or (data["reason"] if type_ == RequestRejected.TYPE else type_.split(".")[2]))


@asynccontextmanager
async def city(dsn: str, *, services: int = 1, pool_size: int = 10) -> AsyncIterator[City]:
    """Booking with a register and nothing else: a hall of three rooms and a studio with buffers in the library, a gym
    that a janitor opens in the school, a club room in the youth centre. What was in the database is gone."""
    # On a busy machine a line of rivals takes longer than a request may in earnest.
    settings = Settings(postgres=SecretStr(dsn), pool_size=pool_size, handler_seconds=60)
    conn = await asyncpg.connect(dsn)
    made = City([], conn)
    made.services = [service(settings, lambda: made.now) for _ in range(services)]
    await made.services[0].migrate()
    await conn.execute(EMPTY)
    for one in made.services:
        await one.connect()
    try:
        await _register(made)
        yield made
    finally:
        for one in made.services:
            await one.disconnect()
        await conn.close()


async def _register(city: City) -> None:
    houses = {"library": "library", "school": "school", "youth-centre": "youth"}
    for premises, owner in houses.items():
        names = {"fi": premises.title(), "sv": f"{premises}-sv", "en": f"{premises}-en"}
        await city.ask(PremisesRequested(premises=premises, owner=owner, unit="vallila", names=names), STAFF)
        await city.ask(HoursRequested(premises=premises, valid_from=date(2014, 1, 1), week=week()), STAFF)
    for space in (
        SpaceRequested(premises="library", space="room-a", capacity=8, names={"fi": "Huone A", "sv": "Rum A"}),
        SpaceRequested(premises="library", space="room-b", capacity=8),
        SpaceRequested(premises="library", space="room-c", capacity=12),
        SpaceRequested(premises="library", space="hall", capacity=60, parts=("room-a", "room-b", "room-c")),
        SpaceRequested(premises="library", space="studio", capacity=4, buffer_before=15, buffer_after=30),
        SpaceRequested(premises="school", space="gym", capacity=100, task="open-door"),
        SpaceRequested(premises="school", space="classroom", capacity=30),
        SpaceRequested(premises="youth-centre", space="club", capacity=20),
    ):
        assert verdict(await city.ask(space, STAFF)) == "registered"
