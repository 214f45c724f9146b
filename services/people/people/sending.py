"""Send a message: a job of its own, whose claim is the number of the attempt.

No mail server can promise that nothing is lost and nothing comes twice: between its answer and our commit a process may
die. What is promised: nothing is lost; what may have been taken is repeated once for each time that nobody knows, a
quarter of an hour later and with the same Message-ID, and is marked as uncertain (docs/adr/0026).
"""

import asyncio
import random
from datetime import datetime, timedelta
from uuid import UUID

from chassis.jobs import GivenUp, Job

from people import writing
from people.domain.delivery import UNCERTAIN_AT_MOST, UNCERTAIN_PAUSE, DeliveryState, Failure, ends, given_up, pause
from people.mail.letter import NoAddress
from people.mail.post import Mail, NotTaken, Post, Unanswered
from people.store import messages, places
from people.store.messages import Message

JOB = "message"
AT_ONCE = 4
"""Connections to the mail server of one process."""
NO_ADDRESS = "no address"
UNANSWERED = "content sent, no answer"


async def send(post: Post, job: Job) -> None:
    """Send a message, unless it is gone, has ended, or is of no use any more."""
    service = job.service
    now = service.clock()
    async with service.pool.acquire() as conn:
        message = await messages.begin(conn, UUID(job.data["message"]), job.claim)
        names = await places.names(conn, message.asked) if message else {}
    if message is None:
        return
    if message.handed_over_at is not None:
        await _doubt(job, message, message.handed_over_at)
    elif message.overtaken or (message.expires_at is not None and message.expires_at <= now):
        await _end(job, message, DeliveryState.EXPIRED, None)
    else:
        try:
            mail = writing.mail(message, names, service)
        except NoAddress:
            await _end(job, message, DeliveryState.PERMANENT, NO_ADDRESS)
        else:
            await _Sending(post, job, message, mail).to_its_end()


class _Sending:
    """One exchange with the mail server. Told to stop, or fenced off, it breaks off as long as the content was not
    sent; after that it waits for the answer and keeps it."""

    def __init__(self, post: Post, job: Job, message: Message, mail: Mail) -> None:
        self.post, self.job, self.message, self.mail = post, job, message, mail
        self.handed_over = False

    async def to_its_end(self) -> None:
        exchange = asyncio.create_task(self._exchange())
        try:
            await asyncio.shield(exchange)
        except asyncio.CancelledError:
            if not self.handed_over:
                exchange.cancel()
            await asyncio.wait({exchange})
            raise

    async def _hand_over(self) -> None:
        service = self.job.service
        async with service.pool.acquire() as conn:
            await messages.hand_over(conn, self.message, service.clock())
        self.handed_over = True

    async def _exchange(self) -> None:
        job, message = self.job, self.message
        try:
            await self.post.send(self.mail, self._hand_over)
        except NotTaken as refused:
            await _not_taken(job, message, refused.failure)
        except Unanswered:
            await _doubt(job, message, job.service.clock())
        else:
            await _end(job, message, DeliveryState.ACCEPTED, None)


async def _not_taken(job: Job, message: Message, failure: Failure) -> None:
    now = job.service.clock()
    state = ends(failure) or given_up(failure, message.created_at, now)
    if state is not None:
        await _end(job, message, state, failure.told)
        return
    after = pause(message.tries, random.uniform(0.8, 1.2))  # noqa: S311 - so that not all come back at once
    async with job.ending(again_after=after) as tx:
        await messages.rest(tx.conn, message, failure.told)


async def _doubt(job: Job, message: Message, since: datetime) -> None:
    """Repeat later what may have been taken, and mark it. A reminder is not repeated: its hour is near; nor is anything
    for ever."""
    if message.asked.kind == "booking-reminder":
        await _end(job, message, DeliveryState.EXPIRED, UNANSWERED, doubt=True)
    elif message.uncertain + 1 >= UNCERTAIN_AT_MOST:
        await _end(job, message, DeliveryState.TECHNICAL, UNANSWERED, doubt=True)
    else:
        after = max(since + UNCERTAIN_PAUSE - job.service.clock(), timedelta())
        async with job.ending(again_after=after) as tx:
            await messages.rest(tx.conn, message, UNANSWERED, doubt=True)


async def _end(job: Job, message: Message, state: DeliveryState, failure: str | None, *, doubt: bool = False) -> None:
    """End a message. What is our own fault stays a failed job too, for somebody to look at and try again."""
    if state is DeliveryState.TECHNICAL:
        async with job.service.pool.acquire() as conn, conn.transaction():
            await messages.end(conn, message, state, failure, job.service.clock(), doubt=doubt)
        raise GivenUp(f"the mail server would not take it: {failure}")
    async with job.ending() as tx:
        await messages.end(tx.conn, message, state, failure, tx.now, doubt=doubt)
