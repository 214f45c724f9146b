"""A request that costs as much as five hundred neither times out nor holds up its neighbours: transactions are cut by
weight and not by number, at every way in."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from chassis import ANYONE, Answer, Emission, Registry, Reject, Request, Service, Settings, Transaction, ask
from chassis.act import apply
from chassis.batch import TooHeavy, apply_batch
from chassis.record import Record
from chassis.registry import BUDGET
from omatoimi_contracts.codec import read
from omatoimi_contracts.event import RequestEvent
from omatoimi_contracts.requests import VisitRequested

from tests.kits.chassis import Harness, proved, running

from .kafka_log import write
from .toys import HERE, count
from .waiting import until
from .wire import visit, wire

REQUESTS = "usage.requests.v1"
HEAVY = 500
LIMITS = "select current_setting('statement_timeout') || ' ' || current_setting('idle_in_transaction_session_timeout')"


@dataclass
class Ferry:
    """Counts visits; a visit of so many persons weighs so much, and costs so many statements. `transactions` are the
    weights that each transaction took, `limits` the time limits that the last visit of a weight worked under. Whoever
    counts at `gate` waits until it is opened, at `slow` three seconds in the database."""

    settings: Settings
    batch: bool = True
    transactions: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    limits: dict[int, str] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def service(self) -> Service:
        registry = Registry()

        async def each(requests: Sequence[Request[VisitRequested]], tx: Transaction) -> list[Emission | Reject]:
            return [await self.count(request, tx) for request in requests]

        if self.batch:
            registry.on_batch(VisitRequested, may=ANYONE, weight=lambda request: request.data.persons)(each)
        else:
            registry.on(VisitRequested, may=ANYONE, weight=lambda request: request.data.persons)(self.count)
        return Service(
            name="gate",
            handlers=registry,
            writes="usage.events.v1",
            migrations=HERE / "gate_migrations",
            settings=self.settings,
        )

    async def count(self, request: Request[VisitRequested], tx: Transaction) -> Emission | Reject:
        weight = request.data.persons
        self.transactions[await tx.conn.fetchval("select txid_current()")].append(weight)
        self.limits[weight] = await tx.conn.fetchval(LIMITS)
        if request.data.counter == "gate":
            self.waiting.append(weight)
            await self.gate.wait()
        if request.data.counter == "slow":
            await tx.conn.execute("select pg_sleep(3)")
        for _ in range(weight):
            await tx.conn.execute("select 1")
        return await count(request, tx)

    def weights(self) -> list[list[int]]:
        """What each transaction took, in their order."""
        return [taken for _, taken in sorted(self.transactions.items())]

    def counted(self) -> list[int]:
        """What was taken at all."""
        return [weight for taken in self.weights() for weight in taken]


def asked(r: Harness, weight: int, counter: str = "door") -> Request[Any]:
    event = read(wire(visit(counter, weight)))
    assert isinstance(event, RequestEvent)
    return Request(event, r.web.caller)


def asks(r: Harness, weight: int, counter: str = "door", *, validate_only: bool = False) -> "asyncio.Task[Answer]":
    return asyncio.create_task(ask(r.service, asked(r, weight, counter), validate_only=validate_only))


def assert_cut_by_weight(transactions: Sequence[Sequence[int]]) -> None:
    assert all(sum(taken) <= BUDGET or len(taken) == 1 for taken in transactions), transactions


@pytest.mark.parametrize("batch", [True, False])
async def test_who_asks_beside_heavy_requests_is_answered_while_they_wait(lonely: Settings, batch: bool) -> None:
    """Twelve heavy ones, more than there are connections; two of them want to be validated only. One at a time is in
    the database, each alone in its transaction."""
    ferry = Ferry(lonely.model_copy(update={"handler_seconds": 600}), batch)
    async with running(ferry.service()) as r:
        heavy = [asks(r, HEAVY, "gate", validate_only=n > 9) for n in range(12)]
        await until(lambda: ferry.waiting, "the first heavy one is in its transaction")
        light = [asks(r, 1 + n % 3, f"c{n}") for n in range(60)]
        try:
            done, _ = await asyncio.wait(light, timeout=60)
            assert done == set(light), "somebody waits behind a heavy request"
            assert ferry.waiting == [HEAVY]
            assert not any(task.done() for task in heavy)
        finally:
            ferry.gate.set()
        assert {answer.outcome.data["persons"] for answer in await asyncio.gather(*heavy)} == {HEAVY}
        assert_cut_by_weight(ferry.weights())
        assert sorted(ferry.counted()) == sorted([HEAVY] * 12 + [1 + n % 3 for n in range(60)])
        assert await r.service.pool.fetchval("select count(*) from gate.visit") == 70
        if batch:
            assert max(len(taken) for taken in ferry.weights()) > 1, "light ones still share"


async def test_over_http_a_group_is_cut_by_weight_in_the_order_of_asking(lonely: Settings) -> None:
    ferry = Ferry(lonely.model_copy(update={"handler_seconds": 600}))
    async with running(ferry.service()) as r:
        weights = [3, 17, 1, 12, 9, 20, 1, 1]
        await asyncio.gather(*(asks(r, weight) for weight in weights))
        assert sorted(ferry.weights()) == sorted([[3, 17], [1, 12], [9], [20], [1, 1]])


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_over_kafka_batches_are_cut_by_weight_and_applied_in_the_order_of_the_log(
    topics: Settings, seed: int
) -> None:
    print(f"seed {seed}")
    chance = random.Random(seed)
    weights = [chance.choice([1, 1, 1, 2, 7, 12, 20, 21, HEAVY]) for _ in range(60)]
    values = [wire(visit("door", weight)) for weight in weights]
    # What is no event weighs like any other record, and goes to the dead letters in its place.
    values[chance.randrange(60)] = b"{oops"
    good = [weight for weight, value in zip(weights, values, strict=True) if value != b"{oops"]
    await write(topics.kafka, topics.topic(REQUESTS), values)
    ferry = Ferry(topics, chance.choice([True, False]))
    async with running(ferry.service(), ("worker",)) as r:
        place = "select sum(next_offset) = 60 from chassis.consumed"
        await until(lambda: r.service.pool.fetchval(place), "all is applied", 60)
        rows = await r.service.pool.fetch("select persons from gate.entry join gate.visit on id = request order by n")
        assert [row["persons"] for row in rows] == good
        assert await r.service.pool.fetchval("select count(*) from chassis.dead_letter") == 1
    assert ferry.counted() == good, "each once, nothing tried and rolled back"
    assert_cut_by_weight(ferry.weights())
    assert [HEAVY] in ferry.weights()


async def test_a_batch_that_is_too_heavy_is_told_its_parts_and_does_nothing(settings: Settings) -> None:
    async with running(Ferry(settings).service()) as r:
        weights = [1, 18, 1, 1, HEAVY, HEAVY, 19, 2]
        values = [wire(visit("door", weight)) for weight in weights]
        records = [Record(REQUESTS, 0, n, 0, b"k", value, tuple(proved(value))) for n, value in enumerate(values)]

        async def fence(_: object) -> None:
            raise AssertionError("nothing may be moved")

        with pytest.raises(TooHeavy) as cut:
            await apply_batch(r.service, records, fence, BUDGET)
        parts = [[weights[record.offset] for record in part] for part in cut.value.parts]
        assert parts == [[1, 18, 1], [1], [HEAVY], [HEAVY], [19], [2]]


async def test_the_heavier_the_longer_it_may_take_up_to_a_bound(lonely: Settings) -> None:
    """A twentieth of its weight times what an ordinary one may, six times at most; the limit ends with it."""
    ferry = Ferry(lonely.model_copy(update={"handler_seconds": 2}))
    async with running(ferry.service()) as r:
        for weight in (1, 20, 60, HEAVY, 2):
            await asks(r, weight)
        assert ferry.limits == {1: "2s 2s", 20: "2s 2s", 60: "6s 6s", HEAVY: "12s 12s", 2: "2s 2s"}
        assert (await asks(r, HEAVY, "slow")).outcome.data["persons"] == HEAVY
        with pytest.raises(asyncpg.QueryCanceledError):
            await asks(r, 1, "slow")
        await asks(r, 41)
        assert ferry.limits[41] == "4100ms 4100ms"


async def test_a_heavy_record_has_its_time_over_kafka_too(topics: Settings) -> None:
    await write(topics.kafka, topics.topic(REQUESTS), [wire(visit("slow", HEAVY)), wire(visit("door", 1))])
    async with running(Ferry(topics.model_copy(update={"handler_seconds": 2})).service(), ("worker",)) as r:
        place = "select sum(next_offset) = 2 from chassis.consumed"
        await until(lambda: r.service.pool.fetchval(place), "both are applied", 60)
        assert await r.service.pool.fetchval("select count(*) from gate.visit") == 2
        assert await r.service.pool.fetchval("select count(*) from chassis.dead_letter") == 0


async def test_a_heavy_request_asked_by_two_ways_has_one_effect(lonely: Settings) -> None:
    ferry = Ferry(lonely)
    async with running(ferry.service()) as r:
        one = asked(r, HEAVY)
        told, answer = await asyncio.gather(apply(r.service, [one, asked(r, 1)]), ask(r.service, one))
        assert told[0].answer is not None
        assert told[0].answer.outcome == answer.outcome
        assert isinstance(answer.outcome.id, UUID)
        assert await r.service.pool.fetchval("select count(*) from gate.visit") == 2
