"""Delete old rows of the chassis' tables, and send again what was sent."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from chassis import dead_letters, inbox, jobs, outbox
from chassis.database import Connection
from chassis.schedule import scheduled
from chassis.transaction import Transaction

FORGET_INBOX = """
delete from chassis.inbox where ctid = any(array(select ctid from chassis.inbox where received_at < $1 limit 1000))
"""
FORGET_OUTBOX = """
delete from chassis.outbox where ctid = any(array(select ctid from chassis.outbox where published_at < $1 limit 1000))
"""
FORGET_LETTERS = """
delete from chassis.dead_letter where ctid = any(array(select ctid from chassis.dead_letter where at <= $1 limit 1000))
returning state
"""
FORGET_COPIES = """
delete from chassis.outbox where ctid = any(array(
    select ctid from chassis.outbox where headers is not null and created_at <= $1 limit 1000))
"""
TO_SEND_AGAIN = """
select count(*) from chassis.outbox
where created_at >= $1 and published_at is not null and (headers is null or created_at > $2)
"""
REPUBLISH = """
with marked as materialized (
    select seq from chassis.outbox
    where seq > $3 and created_at >= $1 and published_at is not null and (headers is null or created_at > $2)
    order by seq limit $4)
update chassis.outbox o set published_at = null from marked where o.seq = marked.seq returning o.seq
"""
SET_BACK = """
update chassis.consumed set next_offset = $2, last_offset = null, last_digest = null
where topic = $1 and next_offset > $2
"""
AT_ONCE = 5_000
"""Rows that one statement marks to be sent again."""
log = logging.getLogger("omatoimi")


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])


@scheduled(every=timedelta(hours=1))
async def forget_requests(tx: Transaction) -> int:
    """Forget requests after 90 days: longer than a request topic or `republish` reaches."""
    return _count(await tx.conn.execute(FORGET_INBOX, tx.now - timedelta(days=inbox.KEPT_DAYS)))


@scheduled(every=timedelta(hours=1))
async def forget_sent(tx: Transaction) -> int:
    """Forget sent events after 30 days: until then a lost broker can be filled again."""
    return _count(await tx.conn.execute(FORGET_OUTBOX, tx.now - timedelta(days=outbox.KEPT_DAYS)))


@scheduled(every=timedelta(hours=1))
async def forget_dead_letters(tx: Transaction) -> int:
    """Forget what went to the dead letters with its topic's retention, also what nobody has looked at and what was not
    sent: it holds what persons asked for."""
    until = tx.now - dead_letters.KEPT
    states = [row["state"] for row in await tx.conn.fetch(FORGET_LETTERS, until)]
    if given_up := states.count("open"):
        log.warning("%s dead letters are forgotten that were neither retried nor dropped", given_up)
    return len(states) + _count(await tx.conn.execute(FORGET_COPIES, until))


@scheduled(every=timedelta(hours=1))
async def forget_jobs(tx: Transaction) -> int:
    """Forget jobs a week after they were done."""
    return _count(await tx.conn.execute(jobs.FORGET, tx.now - jobs.DONE_KEPT))


UPKEEP = (forget_requests, forget_sent, forget_dead_letters, forget_jobs)


async def republish(
    conn: Connection, since: datetime, now: datetime, tell: Callable[[int, int], object] | None = None
) -> int:
    """Have the relay send everything again that was emitted since then, in order; returns how many. Subscribers know
    the ids. It is marked in batches, each of which `tell` is told, and all of it at once becomes true: a part of it
    would be sent out of order. Of dead letters only those are sent again that are still kept."""
    kept_since, done, last = now - dead_letters.KEPT, 0, 0
    async with conn.transaction():
        total = await conn.fetchval(TO_SEND_AGAIN, since, kept_since)
        while rows := await conn.fetch(REPUBLISH, since, kept_since, last, AT_ONCE):
            done, last = done + len(rows), max(row["seq"] for row in rows)
            if tell is not None:
                tell(done, max(total, done))
    return done


async def reread(conn: Connection, topic: str, offset: int | None = None) -> int:
    """Have a topic read anew from its beginning, also one that was made anew, or each partition from an offset on;
    returns the number of partitions. The worker notices within seconds, and reads as it always does: batch by batch,
    each a transaction with its offset. Events are recognised by their ids."""
    if offset is None:
        return _count(await conn.execute("delete from chassis.consumed where topic = $1", topic))
    return _count(await conn.execute(SET_BACK, topic, offset))
