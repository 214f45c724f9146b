"""Scheduled jobs: what is to be done again and again, with the clock passed in.

What a reader sees never waits for one (`now < until` stands in the query); it only records what fell due.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from chassis import demo
from chassis.clock import pause
from chassis.outbox import write_all
from chassis.pulse import Pulse
from chassis.service import ScheduledJob as ScheduledJob
from chassis.service import Service
from chassis.transaction import Transaction

log = logging.getLogger("omatoimi")

PATIENCE = 600.0
"""So many seconds a scheduled job may take beyond its interval before it counts as stuck."""

Work = Callable[[Transaction], Awaitable[int]]


def scheduled(*, every: timedelta) -> Callable[[Work], ScheduledJob]:
    """Make a scheduled job of a function of a transaction, for upkeep that may be done twice. Two processes
    never do one at once: the second does nothing. What changes what people see is a due request (`chassis.due`)."""

    def make(work: Work) -> ScheduledJob:
        async def run(service: Service) -> int:
            return await alone(service, work.__name__, work)

        return ScheduledJob(work.__name__, every, run)

    return make


async def alone(service: Service, name: str, work: Work) -> int:
    """Do the work of the job of this name in one transaction, unless another process does it now. What takes long, or
    asks on other connections, comes before: a transaction that idles meanwhile holds up others, and PostgreSQL ends
    it."""
    lock = int.from_bytes(hashlib.blake2b(f"scheduled:{name}".encode(), digest_size=7).digest())
    async with service.pool.acquire() as conn, conn.transaction():
        if not await conn.fetchval("select pg_try_advisory_xact_lock($1)", lock):
            return 0
        tx = service.transaction(conn)
        done = await work(tx)
        await write_all(service, tx)
        return done


async def keep_running(service: Service, job: ScheduledJob, stop: asyncio.Event, pulse: Pulse) -> None:
    """Run the job again and again until `stop` is set; an error is logged and the next round tries again. While
    example content fills in, with a clock that is not yet here, nothing is done."""
    while not stop.is_set():
        pulse.beat(f"scheduled {job.name}", job.every.total_seconds() + PATIENCE)
        try:
            while not await demo.is_filling(service) and await job.run(service) and not stop.is_set():
                pass
        except Exception:
            log.exception("the scheduled job %s of %s failed; it is tried again", job.name, service.name)
        await pause(job.every.total_seconds(), stop)
