"""Many want the same: at every endpoint, in parts and halls, moved and given back. One wins, nobody is refused
falsely."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from booking.domain.rules import A_MONTH
from booking.store import claims
from chassis import Answer
from omatoimi_contracts.booking import BookingCancelled, BookingConfirmed, BookingMoved, BookingRefused
from omatoimi_contracts.premises import SpaceBlocked, SpaceUnblocked
from omatoimi_contracts.requests import (
    BlockingRequested,
    BookingRequested,
    CancellationRequested,
    HoursRequested,
    MoveRequested,
    SpaceRequested,
)
from omatoimi_contracts.vocabulary import RequestData

from tests.kits.booking import STAFF, WEB, City, at, booking_request, verdict, week

BEFORE = {"studio": 15}
AFTER = {"studio": 30}


async def _at_once(city: City, requests: Sequence[RequestData]) -> list[Answer]:
    """Ask for all at once, at all endpoints."""
    return list(await asyncio.gather(*(city.ask(data, endpoint=endpoint) for endpoint, data in enumerate(requests))))


@pytest.mark.parametrize("count", [2, 8, 32])
async def test_in_every_round_exactly_one_rival_wins(rivals: City, count: int) -> None:
    for day in range(2, 22):
        answers = await _at_once(rivals, [booking_request("room-a", at(10, day), at(12, day))] * count)
        assert Counter(map(verdict, answers)) == {"confirmed": 1, "taken": count - 1}
    assert await rivals.overlaps() == 0
    assert await rivals.lost_claims() == 0


@pytest.mark.parametrize("count", [2, 8, 32])
async def test_in_every_round_either_the_hall_wins_or_its_parts(rivals: City, count: int) -> None:
    for day in range(2, 22):
        spaces = [("hall", "room-a", "room-b", "room-c")[n % 4] for n in range(count)]
        answers = await _at_once(rivals, [booking_request(space, at(10, day), at(12, day)) for space in spaces])
        won = sorted(space for space, answer in zip(spaces, answers, strict=True) if verdict(answer) == "confirmed")
        assert won in (["hall"], sorted(set(spaces) - {"hall"}))
    assert await rivals.overlaps() == 0
    assert await rivals.lost_claims() == 0


async def test_an_organisation_gets_exactly_its_quota_however_many_ask_at_once(rivals: City) -> None:
    organisation = uuid4()
    await rivals.verify(organisation)
    spaces = ("room-a", "room-b", "room-c", "studio", "gym", "classroom", "club")
    asked = [
        booking_request(
            spaces[n % 7], at(10, 2 + n // 7), at(11, 2 + n // 7), organiser={"organisation": str(organisation)}
        )
        for n in range(42)
    ]
    answers = await _at_once(rivals, asked)
    assert Counter(map(verdict, answers)) == {"confirmed": A_MONTH, "quota": 42 - A_MONTH}
    held = await rivals.conn.fetchval("select count(*) from booking.booking where organisation = $1", organisation)
    assert held == A_MONTH


async def test_of_those_who_ask_at_once_for_the_last_booking_of_a_quota_one_gets_it(rivals: City) -> None:
    """Each at an endpoint of its own and for a space of its own: nothing but the quota holds one up for another."""
    for hour in range(8, 18):
        organiser = {"organisation": str(organisation := uuid4())}
        await rivals.verify(organisation)
        for day in range(2, 1 + A_MONTH):
            await rivals.booked("room-a", at(hour, day), at(hour + 1, day), organiser=organiser)
        last = [
            booking_request(space, at(hour, 20), at(hour + 1, 20), organiser=organiser)
            for space in ("room-a", "room-b", "gym", "club")
        ]
        assert Counter(map(verdict, await _at_once(rivals, last))) == {"confirmed": 1, "quota": 3}


async def test_over_midnight_at_the_end_of_a_month_a_booking_takes_from_both_quotas(rivals: City) -> None:
    """The last booking of January is asked for at four endpoints: twice from New Year's Eve on, twice within January.
    December has room for all."""
    night = HoursRequested(premises="library", valid_from=date(2026, 12, 1), week=week("00:00", "24:00"))
    await rivals.ask(night, STAFF)
    for at_night in range(8):
        organiser = {"organisation": str(organisation := uuid4())}
        await rivals.verify(organisation)
        for day in range(33, 32 + A_MONTH):
            await rivals.booked("room-a", at(at_night, day), at(at_night + 1, day), organiser=organiser)
        until = at(24 + at_night + 1, 31)
        last = [
            booking_request("room-a", until - timedelta(hours=8), until, organiser=organiser),
            booking_request("gym", at(8 + at_night, 50), at(9 + at_night, 50), organiser=organiser),
            booking_request("room-b", until - timedelta(hours=8), until, organiser=organiser),
            booking_request("club", at(8 + at_night, 50), at(9 + at_night, 50), organiser=organiser),
        ]
        answers = await _at_once(rivals, last)
        assert Counter(map(verdict, answers)) == {"confirmed": 1, "quota": 3}
        won = next(UUID(answer.outcome.subject) for answer in answers if verdict(answer) == "confirmed")
        # Given back, it has room again in the month of its end.
        await rivals.ask(CancellationRequested(booking=won))
        again = await rivals.booked("room-c", until - timedelta(hours=2), until, organiser=organiser)
        assert verdict(await rivals.ask(last[1])) == "quota"
        await rivals.ask(CancellationRequested(booking=again))


async def test_a_slot_that_is_moved_to_from_everywhere_is_given_once_and_no_mover_loses_its_own(rivals: City) -> None:
    for day in range(2, 12):
        held = [await rivals.booked(space, at(8 + n, day), at(9 + n, day)) for n, space in enumerate(["room-a"] * 8)]
        slot: dict[str, Any] = {"start": at(17, day), "end": at(18, day)}
        moves = [MoveRequested.model_validate({"booking": one, "slot": slot, "space": "hall"}) for one in held[:4]]
        moves += [MoveRequested.model_validate({"booking": one, "slot": slot, "space": "room-b"}) for one in held[4:]]
        answers = await _at_once(rivals, [*moves, booking_request("room-b", at(17, day), at(18, day))])
        assert Counter(map(verdict, answers)) in (
            {"moved": 1, "taken": 8},
            {"confirmed": 1, "taken": 8},
        )
        rows = await rivals.conn.fetch(
            "select distinct b.booking from booking.booking b join booking.claim c on c.of = b.booking"
            " where b.booking = any($1::uuid[]) and c.during && tstzrange(b.starts, b.ends)",
            held,
        )
        assert len(rows) == 8
    assert await rivals.overlaps() == 0
    assert await rivals.lost_claims() == 0


async def test_of_blocks_and_bookings_of_one_slot_exactly_one_stands(rivals: City) -> None:
    for day in range(2, 22):
        slot = {"start": at(10, day), "end": at(12, day)}
        block = BlockingRequested.model_validate({"space": "hall", "slot": slot})
        blocks = [rivals.ask(block, STAFF, endpoint=n) for n in range(4)]
        answers = await asyncio.gather(
            *blocks, *(rivals.book("room-b", at(11, day), at(13, day), endpoint=n) for n in range(4))
        )
        assert Counter(map(verdict, answers)) in ({"blocked": 1, "taken": 7}, {"confirmed": 1, "taken": 7})
    assert await rivals.lost_claims() == 0


async def test_no_booking_stands_on_other_leaves_than_its_hall_has(rivals: City) -> None:
    """The hall is rebuilt while it is booked: one of both waits, and finds what the other has left."""
    seen: Counter[str] = Counter()
    for day in range(2, 22):
        parts = [("room-a", "room-b"), ("room-a", "room-b", "room-c")][day % 2]
        rebuilt = SpaceRequested(premises="library", space="hall", capacity=60, parts=parts)
        acts = [rivals.book("hall", at(10, day), at(12, day), endpoint=0), rivals.ask(rebuilt, STAFF, endpoint=1)]
        answers = await asyncio.gather(*acts[:: 1 if day % 4 < 2 else -1])
        seen.update(map(verdict, answers))
        now = await rivals.conn.fetchval("select leaves from booking.space where space = 'hall'")
        standing = await rivals.conn.fetch("select booking, leaves from booking.booking where cancelled_at is null")
        assert [row["leaves"] for row in standing] == [now] * len(standing)
        for row in standing:
            await rivals.ask(CancellationRequested(booking=row["booking"]))
    assert seen["confirmed"] == 20
    assert await rivals.lost_claims() == 0
    print(seen)


@dataclass
class Standing:
    """A booking or block of the oracle: its leaves, its time, and how far it keeps others away."""

    leaves: tuple[str, ...]
    start: datetime
    end: datetime
    before: timedelta
    after: timedelta
    block: bool = False

    def bars(self, other: "Standing") -> bool:
        """Between two bookings lies the larger of the buffers that face each other; a block has none."""
        if not set(self.leaves) & set(other.leaves):
            return False
        if self.block or other.block:
            return self.start < other.end and other.start < self.end
        first, second = (self, other) if self.start <= other.start else (other, self)
        return second.start - first.end < max(first.after, second.before) or second.start < first.end


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_answer_is_what_one_clerk_would_have_given_in_the_order_of_the_log(rivals: City, seed: int) -> None:
    """Bookings, moves, cancellations and blocks at eight endpoints, singly and in batches. The outbox is then replayed
    by an oracle that knows nothing of claims: whoever was confirmed fitted, whoever was told `taken` did not, whoever
    was told `quota` had his fifteen, at that position."""
    print(f"seed {seed}")
    chance = random.Random(seed)
    organisations = [uuid4() for _ in range(2)]
    for organisation in organisations:
        await rivals.verify(organisation)
    asked: dict[UUID, RequestData] = {}
    held: list[UUID] = []

    async def one_of_many() -> None:
        requests = [_anything(chance, organisations, held) for _ in range(chance.choice([1, 1, 1, 8]))]
        items = [rivals.request(data, STAFF if isinstance(data, BlockingRequested) else WEB) for data in requests]
        asked.update((item.id, item.data) for item in items)
        for told in await rivals.apply(items, endpoint=chance.randrange(4)):
            assert told.answer is not None
            if verdict(told.answer) in ("confirmed", "blocked"):
                held.append(UUID(told.answer.outcome.subject))

    async def endpoint() -> None:
        for _ in range(30):
            await one_of_many()

    await asyncio.gather(*(endpoint() for _ in range(8)))
    verdicts = await _replay(rivals, asked)
    assert min(verdicts[code] for code in ("confirmed", "taken", "quota", "moved", "cancelled", "blocked")) > 0, (
        verdicts
    )
    assert await rivals.overlaps() == 0
    assert await rivals.lost_claims() == 0


def _anything(chance: random.Random, organisations: Sequence[UUID], held: Sequence[UUID]) -> RequestData:
    start = at(8 + chance.randrange(0, 40) / 4, 2 + chance.randrange(3))
    slot = {"start": start, "end": start + timedelta(minutes=chance.choice([30, 60, 120]))}
    space = chance.choice(["room-a", "room-b", "room-c", "hall", "studio", "studio"])
    act = chance.random()
    if held and act < 0.15:
        return CancellationRequested(booking=chance.choice(held))
    if held and act < 0.3:
        return MoveRequested.model_validate({"booking": chance.choice(held), "slot": slot, "space": space})
    if act < 0.34:
        return BlockingRequested.model_validate({"space": space, "slot": slot})
    if held and act < 0.38:
        return BlockingRequested(lift=chance.choice(held))
    organiser = {"organisation": str(chance.choice(organisations))} if act < 0.8 else {}
    return BookingRequested.model_validate({"space": space, "slot": slot, "organiser": organiser})


async def _replay(city: City, asked: dict[UUID, RequestData]) -> Counter[str]:
    standing: dict[UUID, Standing] = {}
    holders: dict[UUID, UUID] = {}
    seen: Counter[str] = Counter()
    leaves = {row["space"]: tuple(row["leaves"]) for row in await city.conn.fetch("select * from booking.space")}

    def fits(new: Standing, but: UUID | None = None) -> bool:
        return not any(other.bars(new) for id_, other in standing.items() if id_ != but)

    def held(organisation: UUID | None) -> int:
        return sum(holder == organisation for holder in holders.values())

    for event in await city.events():
        fact, data = event.data, asked.get(event.causationid or uuid4())
        seen[verdict_of(event)] += 1
        match fact:
            case BookingConfirmed():
                new = _stands(fact.space, fact.leaves, fact.slot)
                assert fits(new)
                standing[fact.booking] = new
                if fact.organiser.organisation:
                    assert held(fact.organiser.organisation) < A_MONTH
                    holders[fact.booking] = fact.organiser.organisation
            case BookingRefused(rule="taken"):
                assert not fits(_stands(fact.space, fact.leaves, fact.slot))
            case BookingRefused(rule="quota"):
                assert held(fact.organiser.organisation) == A_MONTH
            case BookingMoved():
                new = _stands(fact.space, fact.leaves, fact.slot)
                assert fits(new, but=fact.booking)
                standing[fact.booking] = new
            case BookingCancelled():
                del standing[fact.booking]
                holders.pop(fact.booking, None)
            case SpaceUnblocked():  # a kind of SpaceBlocked, so asked for first
                del standing[UUID(fact.block)]
            case SpaceBlocked():
                new = _stands(fact.space, fact.leaves, fact.slot, block=True)
                assert fits(new)
                standing[UUID(fact.block)] = new
            case _ if isinstance(data, MoveRequested) and fact.reason == "taken":
                space = data.space or ""
                assert not fits(_stands(space, leaves[space], data.slot), but=data.booking)
            case _ if isinstance(data, BlockingRequested) and data.space and data.slot and fact.reason == "taken":
                assert not fits(_stands(data.space, leaves[data.space], data.slot, block=True))
    return seen


def verdict_of(event: Any) -> str:
    return str(getattr(event.data, "rule", None) or event.type.split(".")[2])


def _stands(space: str, leaves: tuple[str, ...], slot: Any, *, block: bool = False) -> Standing:
    buffers = (
        (timedelta(), timedelta())
        if block
        else (
            timedelta(minutes=BEFORE.get(space, 0)),
            timedelta(minutes=AFTER.get(space, 0)),
        )
    )
    return Standing(leaves, slot.start, slot.end, *buffers, block=block)


async def test_a_path_that_forgets_to_lock_is_found_out_and_still_books_nothing_twice(
    rivals: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The constraint is true whoever writes: without locks there are no two winners, only lost claims, counted."""

    async def forgets(*_: object) -> set[tuple[str, str]]:
        return set()

    for one in rivals.services:
        registry = one.handlers
        changed = {kind: replace(handler, locks=forgets) for kind, handler in registry.handlers.items()}
        one.handlers = type(registry)(changed)
    monkeypatch.setattr(claims.log, "error", lambda *_, **__: None)
    for day in range(2, 12):
        answers = await _at_once(rivals, [booking_request("hall", at(10, day), at(12, day))] * 8)
        assert Counter(map(verdict, answers)) == {"confirmed": 1, "taken": 7}
    assert await rivals.overlaps() == 0
    assert await rivals.lost_claims() > 0
