"""How fast a worker moves through a topic, as its own database tells it from outside."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from statistics import mean

import asyncpg

from tests.kits.process import Process
from tests.load.findings import check
from tests.load.ground import PATIENCE

READ = "select coalesce(sum(next_offset), 0)::bigint from chassis.consumed where topic = any($1::text[])"
LOOK_AGAIN = 0.01


class Consuming:
    """The records of some topics that their reader has moved past, counted from when this was made."""

    def __init__(self, conn: "asyncpg.Connection[asyncpg.Record]", topics: Sequence[str], before: int) -> None:
        self._conn, self._topics, self._before = conn, topics, before

    @classmethod
    @asynccontextmanager
    async def of(cls, dsn: str, *topics: str) -> AsyncIterator["Consuming"]:
        conn = await asyncpg.connect(dsn)
        try:
            there = await conn.fetchval("select to_regclass('chassis.consumed') is not null")
            yield cls(conn, topics, await conn.fetchval(READ, topics) if there else 0)
        finally:
            await conn.close()

    async def read(self) -> int:
        try:
            return int(await self._conn.fetchval(READ, self._topics)) - self._before
        except asyncpg.UndefinedTableError:
            return 0  # it has not started yet

    async def until(self, number: int) -> int:
        """Wait until at least so many were read; how many they are."""
        deadline = time.monotonic() + PATIENCE
        while (read := await self.read()) < number:
            check(time.monotonic() < deadline, f"{read} of {number} records were read in {PATIENCE:.0f} s")
            await asyncio.sleep(LOOK_AGAIN)
        return read

    async def rate(self, number: int) -> float:
        """Wait until so many were read; records a second, from the first look that saw any."""
        first = await self.until(1)
        begun = time.perf_counter()
        last = await self.until(number)
        check(last == number, f"{number} records stand on {self._topics}, {last} were read")
        return (last - first) / (time.perf_counter() - begun)


def transaction_size(worker: Process, topic: str) -> float:
    """The mean number of records in one transaction, by the worker's own log."""
    return mean(int(line["to"]) - int(line["from"]) + 1 for line in worker.lines if line.get("topic") == topic)
