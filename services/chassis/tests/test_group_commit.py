"""Who asks at the same time shares a transaction and nothing else: no fault, no wait and no answer of a neighbour."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import pytest
from chassis import (
    ANYONE,
    Answer,
    Emission,
    LockKey,
    Registry,
    Reject,
    Request,
    Service,
    Settings,
    Transaction,
    ask,
    inbox,
    locks,
)
from chassis.group_commit import AT_ONCE, IN_LINE, Busy, GroupCommit
from chassis.registry import BUDGET
from omatoimi_contracts.codec import read
from omatoimi_contracts.event import RequestEvent
from omatoimi_contracts.requests import VisitRequested

from tests.kits.chassis import Harness, running

from .toys import HERE, TOO_MANY, count
from .waiting import until
from .wire import visit, wire

RANKS = ("leaf",)
BREAKS = 666


@dataclass
class Crowd:
    """Counts the visits of all who ask at once; so many as `BREAKS` are more than its handler bears. `groups` are the
    sizes of the lists that it was given."""

    settings: Settings
    groups: list[int] = field(default_factory=list)

    def service(self) -> Service:
        registry = Registry()

        async def keys(_: Transaction, items: Sequence[Request[VisitRequested]]) -> set[LockKey]:
            return {("leaf", item.data.counter) for item in items}

        @registry.on_batch(VisitRequested, locks=keys, may=ANYONE, reasons={409: ("too-many",)})
        async def decide(requests: Sequence[Request[VisitRequested]], tx: Transaction) -> list[Emission | Reject]:
            self.groups.append(len(requests))
            answers = [await count(request, tx) for request in requests]
            if any(request.data.persons == BREAKS for request in requests):
                raise ZeroDivisionError
            return answers

        return Service(
            name="gate",
            handlers=registry,
            writes="usage.events.v1",
            migrations=HERE / "gate_migrations",
            locks=RANKS,
            settings=self.settings,
        )


def asks(r: Harness, counter: str = "door", persons: int = 1, *, id: UUID | None = None) -> "asyncio.Task[Answer]":
    """Somebody who asks, at the same time as all others who are made before the next wait."""
    event = read(wire(visit(counter, persons, id=id)))
    assert isinstance(event, RequestEvent)
    return asyncio.create_task(ask(r.service, Request(event, r.web.caller)))


async def counted(r: Harness) -> list[int]:
    """The visits that were counted, in the order in which they were."""
    rows = await r.service.pool.fetch("select persons from gate.visit join gate.entry on id = request order by leaf, n")
    return [row["persons"] for row in rows]


async def test_who_asks_at_the_same_time_shares_a_transaction_in_the_order_of_asking(lonely: Settings) -> None:
    # However busy the machine is, nobody loses patience.
    crowd = Crowd(lonely.model_copy(update={"handler_seconds": 600}))
    async with running(crowd.service()) as r:
        answers = await asyncio.gather(*(asks(r, persons=n) for n in range(BUDGET + 5)))
        assert [answer.outcome.data["persons"] for answer in answers] == list(range(BUDGET + 5))
        assert sorted(crowd.groups) == [5, BUDGET]
        order = await counted(r)
        assert [n for n in order if n < BUDGET] == list(range(BUDGET))
        assert [n for n in order if n >= BUDGET] == list(range(BUDGET, BUDGET + 5))


async def test_a_neighbour_that_breaks_is_told_alone_and_the_others_are_counted_once(lonely: Settings) -> None:
    crowd = Crowd(lonely)
    async with running(crowd.service()) as r:
        good = [asks(r, persons=n) for n in range(5)]
        bad = asks(r, persons=BREAKS)
        good += [asks(r, persons=n) for n in range(5, 10)]
        answers = await asyncio.gather(*good)
        assert [(a.outcome.data["persons"], a.repeated) for a in answers] == [(n, False) for n in range(10)]
        with pytest.raises(ZeroDivisionError):
            await bad
        assert sorted(await counted(r)) == list(range(10))
        assert await r.service.pool.fetchval("select count(*) from chassis.outbox") == 10


async def test_each_of_a_group_has_the_answer_to_its_own_request(lonely: Settings) -> None:
    """Rejected, repeated within the group, asked again with other content: each beside the others."""
    crowd = Crowd(lonely.model_copy(update={"handler_seconds": 600}))
    async with running(crowd.service()) as r:
        twin = UUID("019ac1f2-7a00-7c3e-9d54-3b2f6a1e8c07")
        one, too_many = asks(r, "one", 1, id=twin), asks(r, "two", TOO_MANY)
        again, other = asks(r, "one", 1, id=twin), asks(r, "one", 2, id=twin)
        assert ((await one).repeated, (await again).repeated) == (False, True)
        assert (await one).outcome == (await again).outcome
        assert (await too_many).outcome.data["reason"] == "too-many"
        with pytest.raises(inbox.OtherContent):
            await other
        assert crowd.groups == [2]
        assert await counted(r) == [1]


async def test_who_waits_in_a_long_line_holds_up_no_neighbour(lonely: Settings) -> None:
    # In line one gives up after 48 seconds; a group does after 6, and then the others are answered.
    async with running(Crowd(lonely.model_copy(update={"handler_seconds": 60})).service()) as r:
        rival = await asyncpg.connect(lonely.dsn("gate"))
        try:
            async with rival.transaction():
                await locks.acquire(rival, RANKS, [("leaf", "taken")])
                waits = asks(r, "taken", 1)
                others = [asks(r, f"c{n}", n) for n in range(5)]
                done, _ = await asyncio.wait(others, timeout=300)
                assert done == set(others), "a neighbour waits for somebody else's lock"
                assert not waits.done()
        finally:
            await rival.close()
        assert (await waits).outcome.data["counter"] == "taken"
        assert sorted(await counted(r)) == [0, 1, 1, 2, 3, 4]


async def test_who_goes_away_before_the_answer_takes_nobody_along(lonely: Settings) -> None:
    crowd = Crowd(lonely.model_copy(update={"handler_seconds": 600}))
    async with running(crowd.service()) as r, r.service.pool.acquire() as rival:
        async with rival.transaction():
            await locks.acquire(rival, RANKS, {("leaf", "door")})
            goes, stays = asks(r, persons=2), asks(r, persons=1)
            waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            await until(lambda: r.service.pool.fetchval(waits), "their transaction waits for the door")
            goes.cancel()
        assert (await asyncio.wait_for(stays, 300)).outcome.data["persons"] == 1
        assert crowd.groups == [2]
        assert await counted(r) == [2, 1]


@dataclass
class Desk:
    """Decides numbers once it may, at a time that is told to it."""

    may: asyncio.Event = field(default_factory=asyncio.Event)
    now: float = 0.0
    broken: bool = False

    async def decide(self, numbers: Sequence[int], _: float | None) -> Sequence[int]:
        await self.may.wait()
        if self.broken and len(numbers) > 1:
            raise ZeroDivisionError
        return [-number for number in numbers]


async def _ask_all(line: "GroupCommit[int, int]", desk: Desk, count: int) -> "list[asyncio.Task[int]]":
    asked = [asyncio.create_task(line.ask(desk.decide, number)) for number in range(count)]
    await asyncio.sleep(0)  # each stands in line
    await asyncio.sleep(0)  # and the first groups are taken
    return asked


@pytest.mark.parametrize("broken", [False, True])
async def test_a_line_has_an_end_and_who_comes_after_it_is_told_at_once(broken: bool) -> None:
    desk = Desk(broken=broken)
    line: GroupCommit[int, int] = GroupCommit(patience=1, in_line=5, clock=lambda: desk.now)
    in_hand = await _ask_all(line, desk, AT_ONCE * BUDGET)
    standing = await _ask_all(line, desk, IN_LINE)
    (late,) = await _ask_all(line, desk, 1)
    assert isinstance(late.exception(), Busy)
    desk.may.set()
    # Those whose group broke are decided each alone: they stood in line and are answered.
    assert await asyncio.gather(*in_hand, *standing) == [-n for n in (*range(AT_ONCE * BUDGET), *range(IN_LINE))]
    assert await line.ask(desk.decide, 7) == -7


async def test_who_stood_in_line_too_long_is_told_and_nothing_is_done_of_it() -> None:
    desk = Desk()
    line: GroupCommit[int, int] = GroupCommit(patience=1, in_line=5, clock=lambda: desk.now)
    in_hand = await _ask_all(line, desk, AT_ONCE * BUDGET)
    old = await _ask_all(line, desk, BUDGET + 1)
    desk.now = 3.0
    young = await _ask_all(line, desk, 3)
    desk.now = 6.0
    desk.may.set()
    told = await asyncio.gather(*old, return_exceptions=True)
    assert [type(one) for one in told] == [Busy] * (BUDGET + 1)
    assert await asyncio.gather(*in_hand, *young) == [-n for n in (*range(AT_ONCE * BUDGET), 0, 1, 2)]


async def test_over_http_who_finds_no_place_is_told_when_to_come_again_and_nothing_is_done(
    lonely: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(Crowd(lonely).service()) as r:
        monkeypatch.setattr("chassis.group_commit.IN_LINE", 0)
        headers = {"Authorization": f"Bearer {r.web.key}", "Content-Type": "application/cloudevents+json"}
        answer = await r.http.post("/v1/events", content=wire(visit()), headers=headers)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert answer.json()["type"] == "urn:omatoimi:problem:busy"
        headers["Content-Type"] = "application/cloudevents-batch+json"
        answer = await r.http.post("/v1/events", content=b"[%b,{}]" % wire(visit()), headers=headers)
        assert [one["status"] for one in answer.json()] == [503, 400]
        assert await counted(r) == []


async def test_who_waits_for_a_connection_is_told_in_time(lonely: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.service.LINE_SECONDS", 2.0)
    service = Crowd(lonely.model_copy(update={"handler_seconds": 2.0, "pool_size": 2})).service()
    async with running(service) as r:
        asked = f"/v1/requests/{visit()['id']}"
        async with service.pool.acquire(), service.pool.acquire(), asyncio.timeout(60):
            answer = await r.web.get(asked)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
            assert answer.json()["type"] == "urn:omatoimi:problem:try-again"
        assert (await r.web.get(asked)).status_code == 404
