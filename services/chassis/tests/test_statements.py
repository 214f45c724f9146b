"""The chassis' own statements are set-based: a batch of two hundred costs as many as a batch of two."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from aiokafka import TopicPartition
from chassis import ANYONE, Connection, Emission, LockKey, Registry, Request, Service, Settings, Transaction
from chassis.batch import apply_batch
from chassis.offsets import Offsets
from chassis.record import Record
from chassis.telemetry import Telemetry
from omatoimi_contracts.requests import VisitRequested
from omatoimi_contracts.usage import VisitCounted
from uuid_utils.compat import uuid7

from tests.kits.chassis import Harness, proved, running

from .toys import HERE
from .wire import visit, wire

REQUESTS = "usage.requests.v1"
KNOWN = uuid7()


def frugal(settings: Settings) -> Service:
    """Counts visits without a statement of its own, so that all there are are the chassis'."""
    registry = Registry()

    async def keys(_: Transaction, items: Sequence[Request[VisitRequested]]) -> set[LockKey]:
        return {("counter", item.data.counter) for item in items}

    @registry.on_batch(VisitRequested, locks=keys, may=ANYONE)
    async def count(requests: list[Request[VisitRequested]], _: Transaction) -> list[Emission]:
        return [
            request.outcome(
                VisitCounted(counter=d.counter, slot=d.slot.slot(), persons=d.persons, method=d.method), unit=d.unit
            )
            for request in requests
            for d in [request.data]
        ]

    return Service(
        name="gate",
        handlers=registry,
        writes="usage.events.v1",
        migrations=HERE / "gate_migrations",
        locks=("counter",),
        settings=settings.model_copy(update={"pool_size": 2}),
    )


class Counting:
    """Applies batches, and counts the statements that each costs."""

    def __init__(self, r: Harness) -> None:
        self.service, self.place = r.service, 0
        self.statements: list[str] = []

    async def listen(self) -> None:
        """Listen on every connection of the pool, and stand at the beginning of the topic."""
        async with AsyncExitStack() as stack:
            conns = [await stack.enter_async_context(self.service.pool.acquire()) for _ in range(2)]
            for conn in conns:
                conn.add_query_logger(lambda query: self._count(query.query))
        await self.service.pool.execute(
            "insert into chassis.consumed (topic, partition, next_offset) values ($1, 0, 0)", REQUESTS
        )

    def _count(self, statement: str) -> None:
        # The pages look after their banner now and then, whatever comes in.
        if "chassis.demo" not in statement:
            self.statements.append(statement)

    async def cost(self, values: Sequence[bytes]) -> int:
        """The statements that these records cost as one batch."""
        first = self.place
        self.place += len(values)
        records = [
            Record(REQUESTS, 0, first + n, 0, b"k", value, tuple(proved(value))) for n, value in enumerate(values)
        ]
        offsets = Offsets(self.service, REQUESTS, Telemetry())

        async def fence(conn: Connection) -> None:
            await offsets.move(conn, TopicPartition(REQUESTS, 0), first, records[-1])

        self.statements.clear()
        await apply_batch(self.service, records, fence)
        return len(self.statements)


def several(kind: str, n: int) -> list[bytes]:
    """So many records of one kind."""
    known = wire(visit("known", 1, id=KNOWN))
    made: dict[str, Any] = {
        "good": lambda at: wire(visit(f"c{at}", at)),
        "of one subject": lambda at: wire(visit("door", at)),
        "known": lambda _: known,
        "with other content": lambda at: wire(visit(f"other{at}", at, id=KNOWN)),
        "no event": lambda at: b"{oops %d" % at,
        "of nobody": lambda at: wire(visit(source=f"/helsinki/channels/nobody{at}")),
    }
    return [made[kind](at) for at in range(n)]


async def test_the_statements_of_a_batch_do_not_grow_with_its_records(settings: Settings) -> None:
    kinds = ("good", "of one subject", "known", "with other content", "no event", "of nobody")
    async with running(frugal(settings)) as r:
        counting = Counting(r)
        await counting.listen()
        mixed = [record for kind in kinds for record in several(kind, 40)]
        for _ in range(4):  # so that each connection knows the types
            await counting.cost(mixed)
        cost = {kind: [await counting.cost(several(kind, n)) for n in (2, 20, 200)] for kind in kinds}
        assert {kind: set(counts) for kind, counts in cost.items()} == {
            kind: {counts[0]} for kind, counts in cost.items()
        }
        # Sources; begin, locks, offset, inbox, what was known, counters, outbox, outcomes, letters, sending them, end.
        assert await counting.cost(mixed) <= 12, counting.statements
        await counting.cost(several("good", 20))
        assert len(counting.statements) <= 9, counting.statements


async def test_a_request_over_http_costs_a_handful_of_statements(settings: Settings) -> None:
    async with running(frugal(settings)) as r:
        counting = Counting(r)
        await counting.listen()
        headers = {"Authorization": f"Bearer {r.web.key}", "Content-Type": "application/cloudevents+json"}
        for _ in range(4):  # so that each connection knows the types
            counting.statements.clear()
            assert (await r.http.post("/v1/events", content=wire(visit()), headers=headers)).status_code == 201
        # The key, where it is not remembered; begin, locks, inbox, counters, outbox, outcome, end.
        assert len(counting.statements) <= 8, counting.statements
