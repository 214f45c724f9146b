"""Acquire what a transaction needs before anything is read, in one order for everybody.

Advisory locks, one statement, ordered by rank and then by name (docs/adr/0003): rivals wait in line, nobody dies in a
deadlock, and the outbox of one space stands in the order of commits.
"""

import hashlib
from collections.abc import Iterable, Sequence

import asyncpg

from chassis.database import Connection, StartOver
from chassis.protocols import LockKey

__all__ = ["StartOver", "acquire", "number"]

# The lock and the later look are statements of their own: one statement sees a snapshot older than its own wait.
STATEMENT = "select pg_advisory_xact_lock(k) from unnest($1::bigint[]) k"


def number(ranks: Sequence[str], key: LockKey) -> int:
    """Return the lock's number: the rank in the highest bits, so that a lower rank is always taken first."""
    rank, name = key
    digest = hashlib.blake2b(name.encode(), digest_size=7).digest()
    return (ranks.index(rank) + 1) << 56 | int.from_bytes(digest)


async def acquire(conn: Connection, ranks: Sequence[str], keys: Iterable[LockKey]) -> None:
    """Hold these locks until the transaction ends. Raises LockNotAvailableError (55P03) when that takes too long:
    whoever waits in line is not at fault."""
    numbers = sorted({number(ranks, key) for key in keys})
    if numbers:
        try:
            await conn.execute(STATEMENT, numbers)
        except asyncpg.QueryCanceledError:
            # The limit on one lock is below that on a statement, but waits for several locks add up.
            raise asyncpg.LockNotAvailableError("the locks were not free in time") from None
