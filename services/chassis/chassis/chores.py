"""Time is a cause like any other: what expires, lapses or falls due is found by a chore, with the clock passed in.

What a reader sees never waits for a chore (`now < until` stands in the query); the chore only records it.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from chassis import demo
from chassis.clock import pause
from chassis.outbox import write_all
from chassis.transaction import Transaction

if TYPE_CHECKING:
    from chassis.service import Service

log = logging.getLogger("omatoimi")

Work = Callable[[Transaction], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Chore:
    """`work(tx)` does at most some hundred things and returns how many; it is called again while there are more."""

    name: str
    every: timedelta
    work: Work


def chore(*, every: timedelta) -> Callable[[Work], Chore]:
    """Make a chore of a function."""

    def make(work: Work) -> Chore:
        return Chore(work.__name__, every, work)

    return make


async def do(service: "Service", chore: Chore) -> int:
    """Do the chore once, now; returns how many things were done. Two processes never do one chore at once: the second
    does nothing."""
    lock = int.from_bytes(hashlib.blake2b(f"chore:{chore.name}".encode(), digest_size=7).digest())
    async with service.pool.acquire() as conn, conn.transaction():
        if not await conn.fetchval("select pg_try_advisory_xact_lock($1)", lock):
            return 0
        tx = Transaction(conn, service.clock())
        done = await chore.work(tx)
        await write_all(service, tx)
        return done


async def keep_doing(service: "Service", chore: Chore, stop: asyncio.Event) -> None:
    """Do the chore again and again until `stop` is set; an error is logged and the next round tries again. While
    example content fills in, with a clock that is not yet here, nothing is done."""
    while not stop.is_set():
        try:
            while not await demo.is_filling(service) and await do(service, chore) and not stop.is_set():
                pass
        except Exception:
            log.exception("the chore %s of %s failed; it is tried again", chore.name, service.name)
        await pause(chore.every.total_seconds(), stop)
