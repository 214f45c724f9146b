"""Two minutes of faults (`make chaos`): from many clients by every endpoint come bookings, moves, cancellations,
notices, records and counts, while processes, PostgreSQL and Kafka are ended by force and frozen at random. Then, when
all is quiet: nothing that was acknowledged is lost, nothing overlaps, nothing is doubled, and every view is what the
topics come to.

`OMATOIMI_CHAOS_SECONDS` makes it longer, `OMATOIMI_CHAOS_SEED` repeats its schedule.
"""

import asyncio
import json
import os
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import analytics.main
import asyncpg
import httpx
import pytest
import pytest_asyncio
from analytics.rebuild import rebuild
from omatoimi_contracts.booking import BookingConfirmed, BookingMoved, BookingRefused
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.notices import NoticeFact

from tests.alone.place import Surroundings, a_place
from tests.chaos import recount
from tests.chaos.clients import Client, Diary, Endpoints, endpoints
from tests.chaos.deployment import SERVICES, Deployment
from tests.chaos.faults import Faults
from tests.chaos.quiet import SETTLES, ends, settings, settle
from tests.chaos.town import Known, Request, register
from tests.exchanges.log import Log
from tests.kits.platform import Servers
from tests.waiting import until

SECONDS = float(os.environ.get("OMATOIMI_CHAOS_SECONDS") or 120)
SEED = int(os.environ.get("OMATOIMI_CHAOS_SEED") or secrets.randbelow(1_000_000))
CLIENTS = 12
TOLD = ("booking.events.v1", "notices.events.v1", "decisions.events.v1", "usage.events.v1")


@dataclass
class Aftermath:
    """What was asked and answered while everything went wrong, and what stands on the topics now that it is quiet.
    `planted` are the bad records that were sent on purpose, by service."""

    deployment: Deployment
    endpoints: Endpoints
    diary: Diary
    faults: Faults
    log: Log
    planted: set[tuple[str, bytes]] = field(default_factory=set)
    events: dict[str, list[FactEvent[Any]]] = field(default_factory=dict)

    @property
    def place(self) -> Surroundings:
        return self.deployment.place

    @property
    def all_events(self) -> list[FactEvent[Any]]:
        return [event for topic in TOLD for event in self.events[topic]]

    def standing(self) -> dict[UUID, FactEvent[Any]]:
        return recount.standing(self.events["booking.events.v1"])


@pytest_asyncio.fixture(scope="module")
async def aftermath(platform: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Aftermath]:
    """Everything goes wrong, once."""
    print(f"\n{SECONDS:.0f} s of faults, OMATOIMI_CHAOS_SEED={SEED}", flush=True)
    chance, begun = random.Random(SEED), time.monotonic()

    def clock() -> float:
        return time.monotonic() - begun

    async with a_place(platform, tmp_path_factory.mktemp("chaos")) as place:
        deployment = Deployment(place)
        try:
            await deployment.start()
            async with endpoints(deployment) as ways:
                diary, faults = Diary(), Faults(deployment, platform, random.Random(chance.random()))
                print(f"started in {clock():.0f} s", flush=True)
                planted = await live(ways, diary, faults, chance)
                over = clock()
                await deployment.ready()
                await settle(place)
                print(f"quiet {clock() - over:.0f} s after the last answer")
                async with Log.of(platform.kafka, place.prefix) as log:
                    events = {topic: await log.events(topic) for topic in TOLD}
                    tell(diary, ways, faults)
                    yield Aftermath(deployment, ways, diary, faults, log, planted, events)
        finally:
            deployment.close()
            await platform.heal()  # what broke off the faults must not be told as the broker's absence


async def live(ways: Endpoints, diary: Diary, faults: Faults, chance: random.Random) -> set[tuple[str, bytes]]:
    """The clients ask while the faults strike, and until each has its answers; returns what was planted."""
    known = Known(datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0))
    for request in register():
        assert (await ways.resource([request]))[request.id], f"{request} was not registered"
    over = asyncio.Event()
    async with asyncio.timeout(SECONDS + SETTLES), asyncio.TaskGroup() as town:
        for _ in range(CLIENTS):
            client = Client(ways, diary, known, random.Random(chance.random()))
            town.create_task(client.keep_asking(over))
        planting = town.create_task(plant(ways, diary, random.Random(chance.random())))
        await faults.strike(SECONDS)
        over.set()
    return planting.result()


async def plant(ways: Endpoints, diary: Diary, chance: random.Random) -> set[tuple[str, bytes]]:
    """Put bad records on the request topics: no JSON, an unknown type, an unknown channel, and a known id with other
    content. Returns each with the service whose it is."""

    async def one_that_ended() -> Request | None:
        ended = (diary.asked[id_] for id_, outcome in diary.acknowledged.items() if outcome)
        return next((request for request in ended if request.act == "booking"), None)

    known = await until(one_that_ended, "a booking is decided", SECONDS)
    strange = Request("visit", {"unit": "vallila"}).event()
    bad = [
        ("booking", "booking.requests.v1", b"no JSON"),
        ("notices", "notices.requests.v1", json.dumps(strange | {"type": "omatoimi.party.requested.v1"}).encode()),
        ("analytics", "usage.requests.v1", json.dumps(strange | {"source": "/helsinki/channels/nobody"}).encode()),
        (
            "booking",
            "booking.requests.v1",
            json.dumps(known.event() | {"data": {**known.data, "opentopublic": True}}).encode(),
        ),
    ]
    for _, topic, value in bad:
        await asyncio.sleep(chance.uniform(0, SECONDS / len(bad)))
        await until(partial(ways.append, topic, value), "a bad record is appended", SETTLES)
    return {(service, value) for service, _, value in bad}


def tell(diary: Diary, ways: Endpoints, faults: Faults) -> None:
    def told(counts: Counter[str]) -> str:
        return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))

    print(f"acknowledged by endpoint: {told(diary.by_endpoint)}; {diary.asked_again} asked again")
    print(f"faults: {told(faults.delivered)}")
    longest = sorted(ways.availability.longest.items())
    print("longest unavailability: " + ", ".join(f"{whom} {seconds:.1f} s" for whom, seconds in longest), flush=True)


async def test_every_kind_of_fault_struck_and_every_endpoint_was_used(aftermath: Aftermath) -> None:
    assert set(aftermath.faults.delivered) == aftermath.faults.kinds
    assert set(aftermath.diary.by_endpoint) == set(aftermath.endpoints.all)
    assert set(aftermath.diary.acknowledged) == set(aftermath.diary.asked)
    kinds = Counter(event.type for event in aftermath.all_events)
    happened = {f"omatoimi.booking.{what}.v1" for what in ("confirmed", "refused", "moved", "cancelled")}
    happened |= {f"omatoimi.notice.{what}.v1" for what in ("submitted", "published", "changed", "withdrawn")}
    assert happened - set(kinds) == set()


async def test_nothing_acknowledged_is_lost(aftermath: Aftermath) -> None:
    """Each has its outcome event on the topic, and the channel is told that very outcome, then and now."""
    outcomes = recount.outcomes(aftermath.all_events)
    answered = asyncio.Semaphore(8)

    async def differs(request: Request) -> str | None:
        told = aftermath.diary.acknowledged[request.id]
        async with answered:
            now = await aftermath.endpoints.ended(request)
        stands = {str(event.id) for event in outcomes[request.by.channel.source, request.id]}
        if now is None or stands != {now["id"]} or (told or now)["id"] != now["id"]:
            return f"{request.act} {request.id}: told {told}, told now {now}, on the topic {stands}"
        return None

    found = await asyncio.gather(*(differs(aftermath.diary.asked[id_]) for id_ in aftermath.diary.acknowledged))
    assert [one for one in found if one] == []


async def test_nothing_is_doubled_and_the_first_copies_stand_in_order(aftermath: Aftermath) -> None:
    outcomes = recount.outcomes(aftermath.all_events)
    assert {key: events for key, events in outcomes.items() if len(events) != 1} == {}
    for topic in TOLD:
        assert list(recount.gaps(aftermath.events[topic])) == []


async def test_nobody_was_let_into_a_room_while_another_stood_in_it(aftermath: Aftermath) -> None:
    """From the topic at every moment of the log, and from the claims."""
    assert list(recount.overlaps(aftermath.events["booking.events.v1"])) == []
    rows = await aftermath.place.fetch(
        "booking",
        "select a.of, b.of, a.space from booking.claim a join booking.claim b"
        " on a.space = b.space and a.during && b.during and a.of < b.of",
    )
    assert rows == []


async def test_the_claims_are_what_the_log_of_bookings_comes_to(aftermath: Aftermath) -> None:
    told = {
        (booking, leaf, event.data.slot.start, event.data.slot.end)
        for booking, event in aftermath.standing().items()
        if not recount.cancelled(event)
        for leaf in event.data.leaves
    }
    rows = await aftermath.place.fetch(
        "booking", "select of, space, lower(during) as starts, upper(during) as ends from booking.claim"
    )
    assert {tuple(row) for row in rows} == told


async def test_what_others_know_of_bookings_is_what_booking_told(aftermath: Aftermath) -> None:
    """Notices know each one, decisions those that are hearings on a case."""
    told = {
        (booking, int(event.sequence), event.data.slot.start, event.data.slot.end, recount.cancelled(event))
        for booking, event in aftermath.standing().items()
    }
    rows = await aftermath.place.fetch(
        "notices", "select booking, sequence, slot_start, slot_end, cancelled from notices.booking"
    )
    assert {tuple(row) for row in rows} == told
    rows = await aftermath.place.fetch(
        "decisions", "select booking, sequence, starts, ends, cancelled from decisions.hearing"
    )
    hearings = {booking for booking, event in aftermath.standing().items() if event.data.purpose == "hearing"}
    assert {tuple(row) for row in rows} == {one for one in told if one[0] in hearings}


async def test_notices_are_what_their_log_comes_to_and_went_with_their_bookings(aftermath: Aftermath) -> None:
    last = {e.data.notice: e for e in aftermath.events["notices.events.v1"] if isinstance(e.data, NoticeFact)}
    rows = {row["notice"]: row for row in await aftermath.place.fetch("notices", "select * from notices.notice")}
    assert set(rows) == set(last)
    words = await aftermath.log.latest("notices.documents.v1")
    standing = aftermath.standing()
    for notice, event in last.items():
        row, fact = rows[notice], event.data
        slot = (fact.slot.start, fact.slot.end) if fact.slot else (None, None)
        assert (row["version"], row["digest"], row["slot_start"], row["slot_end"]) == (
            fact.version,
            fact.digest,
            *slot,
        )
        ended = event.type == "omatoimi.notice.withdrawn.v1"
        assert (row["state"] == "withdrawn") == ended
        shown = row["publication_recorded"] and not ended
        assert (words.get(str(notice)) is not None) == shown
        if fact.booking in standing and not ended:
            booking = standing[fact.booking]
            assert not recount.cancelled(booking)
            assert fact.slot == booking.data.slot


async def test_the_ledger_holds_every_record_and_the_facts_are_a_recount(aftermath: Aftermath) -> None:
    place = aftermath.place
    rows = await place.fetch(
        "analytics", 'select log, partition, count(*), max("offset") + 1 as next from analytics.ledger group by 1, 2'
    )
    held = {(row["log"], row["partition"]): (row["count"], row["next"]) for row in rows}
    assert held == {at: (end, end) for at, end in (await ends(place)).items() if at[0] in TOLD and end}
    rows = await place.fetch(
        "analytics", "select booking, space, lower(slot), upper(slot), cancelled is not null, moved from facts.booking"
    )
    bookings = aftermath.events["booking.events.v1"]
    moves = Counter(event.data.booking for event in bookings if isinstance(event.data, BookingMoved))
    assert {tuple(row) for row in rows} == {
        (booking, e.data.space, e.data.slot.start, e.data.slot.end, recount.cancelled(e), moves[booking])
        for booking, e in aftermath.standing().items()
    }
    rows = await place.fetch("analytics", "select outcome, count(*) from facts.demand group by 1")
    kinds = Counter(type(event.data) for event in bookings)
    assert dict(map(tuple, rows)) == {"confirmed": kinds[BookingConfirmed], "refused": kinds[BookingRefused]}
    rows = await place.fetch("analytics", "select notice, state from facts.notice")
    notices_ = (event for event in aftermath.events["notices.events.v1"] if isinstance(event.data, NoticeFact))
    assert dict(map(tuple, rows)) == {event.data.notice: event.type.split(".")[2] for event in notices_}


async def test_what_was_dead_lettered_is_what_was_planted(aftermath: Aftermath) -> None:
    found = {
        (service, row["value"])
        for service in SERVICES
        for row in await aftermath.place.fetch(service, "select value from chassis.dead_letter")
    }
    assert found == aftermath.planted


async def test_the_report_is_that_of_a_rebuilt_ledger_and_of_one_read_anew(aftermath: Aftermath) -> None:
    """Folded anew from the same ledger no fact changes; a ledger read from offset 0 into an empty database gives the
    same report for the same position, byte for byte."""
    place, api = aftermath.place, aftermath.deployment["analytics", "api"]
    before = await report(api.process.http)
    rebuilt = await rebuild(analytics.main.service(settings(place, "analytics")), lambda _: None)
    assert rebuilt.changed == {}
    assert all(rebuilt.equal.values())
    assert await report(api.process.http) == before
    assert await aftermath.deployment.end(("analytics", "worker")) == {("analytics", "worker"): 0}
    anew = await place.platform.create_database()
    place.databases.append(anew)
    with place.run("analytics", "worker", "api", OMATOIMI_POSTGRES=anew) as reader:
        await reader.ready(SETTLES)
        conn = await asyncpg.connect(anew)
        try:
            wanted = {at: end for at, end in (await ends(place)).items() if at[0] in TOLD and end}

            async def read() -> bool:
                rows = await conn.fetch("select topic, partition, next_offset from chassis.consumed")
                return wanted.items() <= {(row[0], row[1]): row[2] for row in rows}.items()

            await until(read, "the log is read from offset 0", SETTLES)
        finally:
            await conn.close()
        assert await report(reader.http) == before


async def report(url: str) -> bytes:
    """The report of all that the clients did, as JSON."""
    today = datetime.now(UTC).date()
    period = {"from": str(today - timedelta(days=2)), "to": str(today + timedelta(days=30))}
    async with httpx.AsyncClient(timeout=60) as http:
        answer = await http.get(f"{url}/v1/report.json", params=period)
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_every_process_ends_well(aftermath: Aftermath) -> None:
    """None has ended by itself, and told to end each does so with 0."""
    left = [what for what in aftermath.deployment.parts if what != ("analytics", "worker")]
    for what in left:
        aftermath.deployment[what].lives()
    assert set((await aftermath.deployment.end(*left)).values()) == {0}
