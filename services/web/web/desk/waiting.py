"""What waits at the desk: notices to approve and feedback to answer, how many and since when; and what was put aside,
where there is any."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from web.desk import dead_letters
from web.desk.timeline import moment
from web.services import Services, part
from web.visitors import Visitor


@dataclass(frozen=True)
class Queue:
    """How many wait, and the moment that the first is about: since when it waits, or until when it is to be
    answered. None of both where the service does not answer."""

    address: str
    key: str
    count: int | None
    first: datetime | None


@dataclass(frozen=True)
class Waiting:
    """The queues that somebody may work at."""

    queues: tuple[Queue, ...]

    @property
    def count(self) -> int:
        return sum(queue.count or 0 for queue in self.queues)


async def read(asked: Services, visitor: Visitor) -> Waiting:
    """Ask what waits."""
    found: list[Awaitable[Queue | None]] = []
    if visitor.has("staff") or visitor.has("department"):
        found.append(_queue(asked, "notices", "/v1/queue", {}, "/desk/notices", "notices", "submitted_at"))
    if visitor.has("participation"):
        query = {"state": "open", "limit": "200"}
        found.append(_queue(asked, "decisions", "/v1/feedback", query, "/desk/feedback", "feedback", "answer_by"))
    if visitor.has("staff") or visitor.has("director"):
        found.append(_put_aside(asked))
    return Waiting(tuple(queue for queue in await asyncio.gather(*found) if queue is not None))


async def _put_aside(asked: Services) -> Queue | None:
    count = await dead_letters.waiting(asked)
    return None if count == 0 else Queue("/desk/dead-letters", "dead-letters", count, None)


async def _queue(
    asked: Services, service: str, path: str, query: dict[str, str], address: str, key: str, field: str
) -> Queue:
    told = await asked.read(service, path, **query)
    items: list[dict[str, Any]] | None = part(told, lambda told: told["items"])
    first = part(items, lambda items: moment(items[0][field])) if items else None
    return Queue(address, key, None if items is None else len(items), first)
