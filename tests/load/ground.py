"""Where it is measured: the embedded platform with empty data, and booking with two hundred rooms."""

import json
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import booking.main
from chassis import Request, Service, Settings, ask, channels
from chassis.access import by_channel
from omatoimi_contracts.catalogue import event_model
from omatoimi_contracts.event import RequestEvent
from omatoimi_contracts.requests import AskedWeekday, HoursRequested, PremisesRequested, SpaceRequested
from omatoimi_contracts.vocabulary import RequestData
from omatoimi_platform import home as homes
from omatoimi_platform import platform as platforms
from omatoimi_platform import processes
from omatoimi_platform.home import Home
from pydantic import SecretStr

from tests.alone.place import Surroundings, a_place
from tests.kits.chassis import key_of
from tests.kits.platform import Servers
from tests.load.findings import check
from tests.load.town import PREMISES, ROOMS, BookingAttempt, name_of, premises_of, wishes

STAFF = by_channel("/helsinki/channels/staff", "staff", "vallila")
SEED = 20_140_514
PATIENCE = 120.0
"""Seconds that a process may take to start, to end or to work off what it was given, on however busy a machine."""

ACCOUNT = """
with standing as (
    select booking, unnest(leaves) leaf, starts, ends from booking.booking where cancelled_at is null
)
select
    (select count(*) from chassis.inbox
        where outcome ->> 'type' in ('omatoimi.booking.confirmed.v1', 'omatoimi.booking.refused.v1')) as decided,
    (select count(*) from chassis.inbox where outcome ->> 'type' = 'omatoimi.booking.confirmed.v1') as confirmed,
    (select count(*) from chassis.inbox where outcome is null) as open,
    (select count(*) from chassis.dead_letter) as dead,
    (select count(*) from booking.booking where cancelled_at is null) as standing,
    (select count(*) from standing a join standing b on a.leaf = b.leaf and a.booking < b.booking
        and a.starts < b.ends and b.starts < a.ends) as overlapping
"""

Say = Callable[[str], None]


@asynccontextmanager
async def ground(say: Say) -> AsyncIterator[Servers]:
    """Broker and database server with empty data of their own, in `load` of the home."""
    root = homes.home().root
    home = Home(root / "load", root / "jars")
    with homes.hold(home):
        processes.stop_leftovers(home)
        homes.delete_data(home)
        platform = await platforms.start(home, lambda part, doing: say(f"{part}: {doing}"))
        try:
            yield Servers(platform, [])
        finally:
            await platforms.stop(platform)


@asynccontextmanager
async def place_of(platform: Servers) -> AsyncIterator[Surroundings]:
    """Topics and databases of its own for one bench; the logs of its processes stand beside the platform's."""
    folder = homes.home().root / "load" / "processes"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    async with a_place(platform, folder) as place:
        yield place


def settings(place: Surroundings, service: str) -> Settings:
    """The settings that a service of this place has, for what runs in this process."""
    return Settings(kafka=place.platform.kafka, postgres=SecretStr(place.dsn(service)), topic_prefix=place.prefix)


@asynccontextmanager
async def town(place: Surroundings) -> AsyncIterator["LoadedRooms"]:
    """Booking with two hundred rooms in twenty premises, open day and night, and a channel's key."""
    await place.create_database("booking")
    service = booking.main.service(settings(place, "booking"))
    await service.migrate()
    await service.connect()
    try:
        key = key_of("staff")
        async with service.pool.acquire() as conn:
            await channels.register(conn, STAFF, key, datetime.now(UTC))
        made = LoadedRooms(place, service, key)
        await register(service)
        yield made
    finally:
        await service.disconnect()


async def register(service: Service, unit: str = "vallila") -> None:
    """Register the rooms in a library's houses, each open day and night."""
    all_day = ({"opens": "00:00", "closes": "24:00", "kind": "staffed"},)
    week = tuple(AskedWeekday.model_validate({"weekday": day, "spans": all_day}) for day in range(1, 8))
    for premises in map(premises_of, range(PREMISES)):
        await _ask(service, PremisesRequested(premises=premises, owner="library", unit=unit))
        await _ask(service, HoursRequested(premises=premises, valid_from=date(2014, 1, 1), week=week))
    for room in range(ROOMS):
        await _ask(service, SpaceRequested(premises=premises_of(room), space=name_of(room), capacity=20))


async def _ask(service: Service, data: RequestData) -> None:
    event = event_model(type(data)).model_validate(
        {"id": uuid4(), "source": STAFF.channel.source, "type": data.TYPE, "time": datetime.now(UTC), "data": data}
    )
    assert isinstance(event, RequestEvent)
    answer = await ask(service, Request(event, STAFF))
    assert answer.outcome.type.endswith((".registered.v1", ".set.v1")), answer


class LoadedRooms:
    """The rooms, and who asks for them."""

    def __init__(self, place: Surroundings, service: Service, key: str) -> None:
        self.place, self.service, self.key = place, service, key
        self.first = datetime.now(UTC).date() + timedelta(days=1)
        self.asked = 0
        """So many requests for rooms were made, by whatever endpoint."""
        self._windows = 0

    async def account(self) -> None:
        """See that every request was decided once, every confirmed booking stands, and no two in one room at once."""
        async with self.service.pool.acquire() as conn:
            found = dict(await conn.fetchrow(ACCOUNT) or {})
        check(found["decided"] == self.asked, f"{self.asked} requests were made, {found['decided']} are decided")
        check(found["open"] == found["dead"] == 0, f"requests stand open or went to the dead letters: {found}")
        check(found["confirmed"] == found["standing"], f"not every confirmed booking stands: {found}")
        check(found["overlapping"] == 0, f"bookings overlap: {found}")

    def window(self) -> dict[str, Any]:
        """Days that nobody has asked for yet, as programs are told of them."""
        self._windows += 1
        return {"seed": SEED, "first": self.first.isoformat(), "window": self._windows - 1}


def records(window: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    """Requests for rooms as channels put them on the topic, without end: key and value."""
    for wish in wishes(window["seed"], date.fromisoformat(window["first"]), window["window"]):
        yield f"helsinki/{premises_of(wish.room)}".encode(), json.dumps(_event(wish)).encode()


def _event(wish: BookingAttempt) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": STAFF.channel.source,
        "type": "omatoimi.booking.requested.v1",
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "language": "fi",
        "data": {
            "space": name_of(wish.room),
            "slot": {"start": wish.start.isoformat(), "end": wish.end.isoformat()},
        },
    }
