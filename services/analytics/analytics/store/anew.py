"""The facts folded anew from the ledger, batch by batch, into tables of their own beside the live ones (the schema
`rebuilt`). Each batch is a transaction with its progress, so that whoever is killed goes on where it was; nothing that
is folded here is seen by a reader until all of it takes the place of the live facts at once."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from chassis import Connection

from analytics.store import ledger
from analytics.store.facts import FOLDS, PATIENCE, fold

AT_ONCE = 20_000
"""Rows of the ledger in a batch: a second or two."""
ONE = 0x72656275696C6400
"""The advisory lock of whoever rebuilds."""
READERS_SECONDS = 2.0
"""So long the readers of the live facts are waited for at once; whoever comes meanwhile waits behind us."""

PATH = "pg_temp, rebuilt, facts, analytics"
"""For the fold: the part of the ledger that `UPTO` bounds, and the tables that are made."""
COMPARED = "rebuilt, facts, analytics, pg_temp"
"""For the figures."""
UPTO = "select set_config('analytics.upto', $1, true), set_config('search_path', $2, true)"
PART = """
create or replace temp view ledger as
    select * from analytics.ledger where number <= current_setting('analytics.upto')::bigint
"""
LAST = "select coalesce(max(number), 0) from analytics.ledger"
BEGIN = """
insert into analytics.rebuild (folded, made_of) values (0, $1)
on conflict (one) do update set folded = 0, made_of = excluded.made_of
"""
AT = "select folded from analytics.rebuild for update"
MOVE = "update analytics.rebuild set folded = $1"
MIGRATED = "select string_agg(digest, '' order by name) from chassis.migration where schema = 'analytics'"
DIFFERENT = """
select greatest(
    (select count(*) from (table facts.{table} except table rebuilt.{table}) gone),
    (select count(*) from (table rebuilt.{table} except table facts.{table}) new))
"""


class Overtaken(Exception):
    """What is folded anew is of no more use: the ledger itself was changed meanwhile."""


class AlreadyFolding(Exception):
    """Somebody else folds the facts anew already."""


async def begin(conn: Connection) -> int:
    """Be the one who rebuilds, as long as the connection lives; returns the number of the ledger's row up to which
    facts are folded anew already. Raises AlreadyFolding."""
    if not await conn.fetchval("select pg_try_advisory_lock($1)", ONE):
        raise AlreadyFolding
    migrated = await conn.fetchval(MIGRATED)
    made_of = hashlib.sha256("\0".join([migrated, *(each.query.sql for each in FOLDS)]).encode()).hexdigest()
    await conn.execute(PART)
    folded: int | None = await conn.fetchval("select folded from analytics.rebuild where made_of = $1", made_of)
    if folded is not None:
        return folded
    async with conn.transaction():
        await conn.execute("drop schema if exists rebuilt cascade")
        await conn.execute("create schema rebuilt")
        for each in FOLDS:
            await conn.execute(f"create table rebuilt.{each.table} (like facts.{each.table} including all)")
        await conn.execute(BEGIN, made_of)
    return 0


async def fold_next(conn: Connection) -> tuple[int, int]:
    """Fold the next batch, in a transaction; returns how far that is, and how far the ledger is. Raises Overtaken."""
    async with conn.transaction():
        folded, end = await conn.fetchval(AT), await conn.fetchval(LAST)
        if folded is None:
            raise Overtaken
        upto = min(end, folded + AT_ONCE)
        if upto > folded:
            await conn.execute(UPTO, str(upto), PATH)
            await fold(conn, folded)
            await conn.execute(MOVE, upto)
    return upto, end


async def analyze(conn: Connection) -> None:
    """Have the planner know what was made."""
    for each in FOLDS:
        await conn.execute(f"analyze rebuilt.{each.table}")


@asynccontextmanager
async def in_step(conn: Connection) -> AsyncIterator[int | None]:
    """Provide a snapshot in which the live facts and those folded anew know the same rows of the ledger: the number of
    the last one, or None when more came meanwhile than one batch holds. The ledger waits for that batch, and not for
    what is read in the snapshot."""
    held = await conn.fetchval("select pg_advisory_lock($1) is not null", ledger.LOCK)
    try:
        folded, end = await fold_next(conn)
        async with conn.transaction(isolation="repeatable_read"):
            # The first statement takes the snapshot.
            held = not await conn.fetchval("select pg_advisory_unlock($1)", ledger.LOCK)
            yield folded if folded == end else None
    finally:
        if held:
            await conn.execute("select pg_advisory_unlock($1)", ledger.LOCK)


async def differences(conn: Connection) -> dict[str, int]:
    """Tell how many rows of the live facts are not what the ledger says, by table."""
    found = {each.table: await conn.fetchval(DIFFERENT.format(table=each.table), timeout=PATIENCE) for each in FOLDS}
    return {table: rows for table, rows in found.items() if rows}


async def take(conn: Connection) -> int | None:
    """Let what was folded anew take the place of the live facts, when it knows all rows of the ledger but a batch;
    returns the last one's number. None when more came meanwhile, or a reader was long: then again, later."""
    try:
        async with conn.transaction():
            await ledger.lock(conn)
            folded, end = await fold_next(conn)
            if folded < end:
                return None
            await conn.execute(f"set local lock_timeout = '{int(READERS_SECONDS * 1000)}ms'")
            # Whoever reads figures looks at the tally first, and holds it to the end: with that none is in the middle.
            await conn.execute("lock table facts.tally in access exclusive mode")
            await conn.execute("alter schema facts rename to replaced")
            await conn.execute("alter schema rebuilt rename to facts")
            await conn.execute("drop schema replaced cascade")
            await conn.execute("delete from analytics.rebuild")
    except asyncpg.LockNotAvailableError:
        await asyncio.sleep(READERS_SECONDS)
        return None
    return folded
