"""An installation in which all that was done has arrived."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import httpx

from tests.waiting import until
from tests.whole_way.log import ends


async def at_rest(status: Mapping[str, Any]) -> None:
    """Wait until every outbox of the installation that stands so is drained, and the ledger has read its topics to the
    end."""

    async def drained() -> bool:
        for dsn in status["postgres"].values():
            conn = await asyncpg.connect(dsn)
            try:
                if await conn.fetchval("select exists (select from chassis.outbox where published_at is null)"):
                    return False
            finally:
                await conn.close()
        return True

    async with httpx.AsyncClient(base_url=status["url"], timeout=300) as http:

        async def read_to_the_end() -> bool:
            told = (await http.get("/analytics/v1/figures")).json()["position"]
            return position(told) == await ends(status["kafka"])

        await until(drained, "every outbox is drained")
        await until(read_to_the_end, "the ledger is at the log's end")


def position(told: str) -> dict[str, list[int]]:
    """A log position by topic: the next offset of each partition."""
    logs = (log.partition(":") for log in told.split(","))
    return {topic: [int(at) for at in offsets.split(".")] for topic, _, offsets in logs if topic}
