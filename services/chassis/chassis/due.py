"""Find what falls due by a scheduled query, and decide it as every request is, with locks, inbox and outcome
(docs/adr/0019)."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from chassis.act import apply
from chassis.database import Connection, is_own
from chassis.registry import cut
from chassis.schedule import ScheduledJob
from chassis.service import Service
from chassis.transaction import D, DueRequest, Request, requested_by_clock

log = logging.getLogger("omatoimi")

PAGE = 200


Find = Callable[[Connection, datetime, int, int], Awaitable[Sequence[DueRequest]]]
"""`find(conn, now, limit, offset)`: what is due at `now`, the longest due first. What has been decided must not be
found again; whether something is still due is for the handler to see, once it holds the locks."""


def due(*, every: timedelta) -> Callable[[Find], ScheduledJob]:
    """Make a scheduled job that asks for what a function finds."""

    def make(find: Find) -> ScheduledJob:
        async def run(service: Service) -> int:
            return await _ask_what_is_due(service, find)

        return ScheduledJob(find.__name__, every, run)

    return make


async def _ask_what_is_due(service: Service, find: Find) -> int:
    """Ask for a page of it; returns how many were decided. Those that fail stay at the head of what is found: when a
    whole page failed, what comes after it has its turn."""
    failed = 0
    while True:
        async with service.pool.acquire() as conn:
            found = await find(conn, service.clock(), PAGE, failed)
        decided = 0
        requests = [asked(service, one) for one in found]
        for part in cut(map(service.handlers.weight, requests)):
            decided += await _decide(service, requests[part])
        if decided or not found:
            return decided
        failed += len(found)


def asked(service: Service, data: D) -> Request[D]:
    """Return the request of a service to itself. Its id follows from what it asks, so that it is decided once however
    often, and by however many processes, it is found."""
    id_ = uuid5(NAMESPACE_URL, f"{service.source}/{data.TYPE}/{data.model_dump_json()}")
    return requested_by_clock(service.source, id_, data)


async def _decide(service: Service, requests: Sequence[Request[DueRequest]]) -> int:
    """Decide them in one transaction, or, when one of them fails, each in its own; returns how many were decided."""
    try:
        await apply(service, requests)
    except Exception as error:
        if is_own(error):
            raise
        if len(requests) > 1:
            return sum([await _decide(service, [one]) for one in requests])
        log.exception("%s of %s failed; it is tried again", requests[0].type, service.name)
        return 0
    return len(requests)
