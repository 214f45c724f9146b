"""Do long work, which is a row of the job table, in the role `jobs`: at least once, its effects once (docs/adr/0020).

A claim is a lease: whoever holds one renews it while it works, and one that ran out is found by the very query that
claims. Each claim has a number, and only the holder of the present one may end the job, so that a worker that was
thought dead changes nothing. A job that fails, or whose worker dies, is tried again after a pause; one that failed too
often stays, with its error, until somebody retries or drops it.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

from chassis.act import apply
from chassis.clock import pause
from chassis.database import Connection
from chassis.outbox import printable, write_all
from chassis.pulse import Pulse
from chassis.service import Service
from chassis.transaction import FOLLOW_UP, DueRequest, Result, Transaction, requested_by_clock

log = logging.getLogger("omatoimi")

LEASE = timedelta(seconds=30)
AT_ONCE = 2
"""Jobs at once in one process, beside those of kinds that have lanes of their own (`Registry.job`)."""
LOOK_SECONDS = 0.5
TRIES = 10
PAUSES = (1, 5, 15, 60, 300, 900, 3600)
"""Seconds before the next try, by how often it failed before; the last for all that follow."""
DONE_KEPT = timedelta(days=7)

CLAIM = """
update chassis.job set state = 'running', claim = claim + 1, claimable_at = $1 + $2::interval,
    failures = failures + (state = 'running')::int
where job = (
    select job from chassis.job
    where state in ('waiting', 'running') and claimable_at <= $1 and kind = any($3::text[])
    order by claimable_at, job limit 1 for update skip locked)
returning job, kind, data, claim, failures, done, total
"""
RENEW = """
update chassis.job set claimable_at = $3, done = coalesce($4, done), total = coalesce($5, total)
where job = $1 and claim = $2 and state = 'running' returning true
"""
END = """
update chassis.job set state = $3, claimable_at = $4, failures = $5, error = $6, ended_at = $7
where job = $1 and claim = $2 and state = 'running' returning true
"""
LIST = """
select job, kind, state, failures, done, total, error from chassis.job
where $1::text is null or state = $1 order by created_at, job limit $2
"""
RETRY = """
update chassis.job set state = 'waiting', failures = 0, claimable_at = $2, ended_at = null
where job = $1 and state = 'failed' returning true
"""
FORGET = """
delete from chassis.job where ctid = any(array(
    select ctid from chassis.job where state = 'done' and ended_at < $1 limit 1000))
"""


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    """For its time, or for a process that does it."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """Too often: kept for somebody to look at."""


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job as a list of them tells it; `error` is why it failed last."""

    job: UUID
    kind: str
    state: JobState
    failures: int
    done: int
    total: int
    error: str | None


class LeaseLost(Exception):
    """The lease has passed to another process: nothing of this try may stay."""


class GivenUp(Exception):
    """The job cannot be done, however often it is tried; the sentence says why."""


@dataclass(slots=True)
class Job:
    """A job that is being done. `data` is what it was started with; `claim` is the number of ours, `failures` how often
    it failed before; `done` of `total` is what an earlier try had reached, so that long work goes on from there."""

    service: Service
    job: UUID
    kind: str
    data: Mapping[str, Any]
    claim: int
    failures: int
    done: int
    total: int
    ended: bool = False

    async def progress(self, done: int, total: int) -> None:
        """Tell how much of it is done. Raises LeaseLost when the job is not ours any more."""
        await self.renew(done, total)
        self.done, self.total = done, total

    async def renew(self, done: int | None = None, total: int | None = None) -> None:
        until = self.service.clock() + LEASE
        if not await self.service.pool.fetchval(RENEW, self.job, self.claim, until, done, total):
            raise LeaseLost

    @asynccontextmanager
    async def ending(self, again_after: timedelta | None = None) -> AsyncIterator[Transaction]:
        """Provide the transaction in which the job ends: what is written in it is written once. Raises LeaseLost, and
        takes it all back, when the job is not ours any more. With `again_after` only this try ends: the job is done
        again after so long, and nothing failed."""
        async with self.service.pool.acquire() as conn, conn.transaction():
            tx = self.service.transaction(conn)
            yield tx
            await write_all(self.service, tx)
            await self.end(conn, JobState.DONE if again_after is None else JobState.WAITING, pause=again_after)
        self.ended = True

    async def end(
        self, conn: Connection, state: JobState, *, error: str | None = None, pause: timedelta | None = None
    ) -> None:
        """Leave it in this state; with a pause it may be claimed again after it."""
        now = self.service.clock()
        failures, again_at, ended_at = self.failures + (error is not None), now + (pause or timedelta()), now
        values = (state, again_at, failures, error, None if state is JobState.WAITING else ended_at)
        if not await conn.fetchval(END, self.job, self.claim, *values):
            raise LeaseLost


async def follow_up(job: Job) -> None:
    """Decide the request that a handler asked for (`tx.ask`); the job is done with the transaction that decides it."""
    service, told = job.service, job.data
    handler = service.handlers.handlers.get(told["type"])
    if handler is None or not issubclass(handler.kind, DueRequest):
        raise GivenUp(f"{service.name} takes no {told['type']}")
    data = handler.kind.model_validate(told["data"])
    more = {"correlationid": UUID(told["correlationid"]), "traceparent": told["traceparent"]}
    source = f"{service.source}/demo" if told["demo"] else service.source
    request = requested_by_clock(source, job.job, data, **more)

    async def end(tx: Transaction, _: Sequence[Result]) -> None:
        await job.end(tx.conn, JobState.DONE)

    await apply(service, [request], finish=end)
    job.ended = True


async def keep_working(service: Service, stop: asyncio.Event, pulse: Pulse) -> None:
    """Do jobs as they come until `stop` is set. A kind with lanes of its own holds up no other, nor another it."""
    own = service.handlers.lanes
    shared = [kind for kind in (FOLLOW_UP, *service.handlers.jobs) if kind not in own]
    lanes = [("jobs", shared, AT_ONCE), *((kind, [kind], at_once) for kind, at_once in own.items())]
    await asyncio.gather(*(_work_side_by_side(service, stop, pulse, *lane) for lane in lanes))


async def _work_side_by_side(
    service: Service, stop: asyncio.Event, pulse: Pulse, name: str, kinds: Sequence[str], at_once: int
) -> None:
    """Look for jobs in one lane; the others join in while there are any. So what waits for nothing asks for little."""
    found = asyncio.Event()

    async def work_one_by_one(lane: int) -> None:
        while not stop.is_set():
            pulse.beat(f"{name} {lane}")
            job = None
            try:
                if lane == 0 or found.is_set():
                    job = await _claim(service, kinds)
                if job is not None:
                    found.set()
                    await _do_while_leased(job, stop, lambda: pulse.beat(f"{name} {lane}"))
            except Exception:
                log.exception("the jobs of %s are not to be had now; they are looked for again", service.name)
            if job is None:
                if lane == 0:
                    found.clear()
                await pause(LOOK_SECONDS, stop)

    await asyncio.gather(*(work_one_by_one(lane) for lane in range(at_once)))


async def work(service: Service, stop: asyncio.Event | None = None) -> bool:
    """Do one job that waits, if there is one; returns whether there was. Told to stop meanwhile, give it back."""
    job = await _claim(service, [FOLLOW_UP, *service.handlers.jobs])
    if job is not None:
        await _do_while_leased(job, stop or asyncio.Event(), lambda: None)
    return job is not None


async def _do_while_leased(job: Job, stop: asyncio.Event, renewed: Callable[[], None]) -> None:
    """Do a job and keep its lease, telling of each renewal; told to stop meanwhile, give it back."""
    doing = asyncio.create_task(_do(job))
    renewing = asyncio.create_task(_keep_renewing(job, renewed))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, renewing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            doing.cancel()
            await asyncio.wait({doing})
            if stopping.done() and not job.ended:
                async with job.service.pool.acquire() as conn:
                    await job.end(conn, JobState.WAITING)
    finally:
        for task in (doing, renewing, stopping):
            task.cancel()
        await asyncio.gather(doing, renewing, stopping, return_exceptions=True)


async def _claim(service: Service, kinds: Sequence[str]) -> Job | None:
    row = await service.pool.fetchrow(CLAIM, service.clock(), LEASE, kinds)
    if row is None:
        return None
    return Job(service, **{**row, "data": orjson.loads(row["data"])})


async def _do(job: Job) -> None:
    try:
        if job.failures >= TRIES:
            raise GivenUp("its worker died each time")
        await job.service.handlers.jobs.get(job.kind, follow_up)(job)
        if not job.ended:
            async with job.ending():
                pass
    except LeaseLost:
        log.warning("%s of %s went on without us", job.kind, job.service.name)
    except Exception as error:
        log.exception("%s of %s failed, try %d", job.kind, job.service.name, job.failures + 1)
        again = not isinstance(error, GivenUp) and job.failures + 1 < TRIES
        with suppress(LeaseLost):
            async with job.service.pool.acquire() as conn:
                reason = printable(f"{type(error).__name__}: {error}"[:1000])
                pause = _backoff(job.failures) if again else None
                await job.end(conn, JobState.WAITING if again else JobState.FAILED, error=reason, pause=pause)


def _backoff(failures: int) -> timedelta:
    seconds = PAUSES[min(failures, len(PAUSES) - 1)]
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - so that not all come back at once


async def _keep_renewing(job: Job, renewed: Callable[[], None]) -> None:
    """Renew the lease until it is lost; a database that is away may be back in time."""
    while True:
        await asyncio.sleep(LEASE.total_seconds() / 3)
        try:
            await job.renew()
            renewed()
        except LeaseLost:
            return
        except Exception as error:
            log.warning("the lease of %s of %s is not renewed: %s", job.kind, job.service.name, type(error).__name__)


async def list_jobs(conn: Connection, state: JobState | None, limit: int) -> list[ListedJob]:
    """Return jobs in a state, or all of them, the oldest first."""
    rows = await conn.fetch(LIST, state, limit)
    return [ListedJob(**{**row, "state": JobState(row["state"])}) for row in rows]


async def retry(conn: Connection, job: UUID, now: datetime) -> bool:
    """Let a job that failed be tried again from now on; False when no such job has failed."""
    return bool(await conn.fetchval(RETRY, job, now))


async def drop(conn: Connection, job: UUID) -> bool:
    """Give up a job that failed; False when no such job has failed."""
    dropped = "delete from chassis.job where job = $1 and state = 'failed' returning true"
    return bool(await conn.fetchval(dropped, job))
