"""What the chassis' own tables need: old rows go, and what was sent can be sent again."""

from datetime import datetime, timedelta

from chassis import inbox, jobs, outbox
from chassis.database import Connection
from chassis.schedule import scheduled
from chassis.transaction import Transaction

FORGET_INBOX = """
delete from chassis.inbox where ctid = any(array(select ctid from chassis.inbox where received_at < $1 limit 1000))
"""
FORGET_OUTBOX = """
delete from chassis.outbox where ctid = any(array(select ctid from chassis.outbox where published_at < $1 limit 1000))
"""
REPUBLISH = """
update chassis.outbox set published_at = null where created_at >= $1 and published_at is not null
"""


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
async def forget_jobs(tx: Transaction) -> int:
    """Forget jobs a week after they were done."""
    return _count(await tx.conn.execute(jobs.FORGET, tx.now - jobs.DONE_KEPT))


UPKEEP = (forget_requests, forget_sent, forget_jobs)


async def republish(conn: Connection, since: datetime) -> int:
    """Have the relay send everything again that was emitted since then, in order; returns how many. Subscribers know
    the ids."""
    return _count(await conn.execute(REPUBLISH, since))


async def reread(conn: Connection, topic: str) -> int:
    """Forget how far a topic was read, so that the worker, started again, reads it from its beginning; returns the
    number of partitions. Events are recognised by their ids."""
    return _count(await conn.execute("delete from chassis.consumed where topic = $1", topic))
