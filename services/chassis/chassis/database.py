"""PostgreSQL as the chassis sees it: what a connection is, and which errors are the database's own."""

import asyncio
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

OWN_CLASSES = ("08", "40", "53", "57P", "25P03", "55P03")
"""SQLSTATE classes that are never a record's fault: connection, rollback, resources, shutdown, idle, lock timeout."""


def is_own(error: BaseException) -> bool:
    """Whether an error is the database's own, so that the same work is tried again after a pause."""
    if isinstance(error, asyncpg.PostgresError):
        return bool(error.sqlstate) and error.sqlstate.startswith(OWN_CLASSES)
    return isinstance(error, (OSError, asyncio.TimeoutError, TimeoutError, asyncpg.InterfaceError))


def took_too_long(error: BaseException) -> bool:
    """Whether the statement limit ended it (57014): the handler's own fault after three tries, one by one."""
    return isinstance(error, asyncpg.QueryCanceledError)
