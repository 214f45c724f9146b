"""PostgreSQL as the chassis sees it: what a connection is, and which errors are the database's own."""

from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

OWN_CLASSES = ("08", "40", "53", "57P", "25P03", "55P03")
"""SQLSTATE classes that are never a record's fault: connection, rollback, resources, shutdown, idle, lock timeout."""


OF_FILES = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)
"""Errors of the same family as a refused connection, and none of a database."""


class BoundedPool(asyncpg.pool.Pool):
    """A pool whose connections are waited for `seconds` at most: more wait than there are, and each is told in time.
    Raises TimeoutError then."""

    def __init__(self, seconds: float, dsn: str, **given: Any) -> None:
        named: Any = dict.fromkeys(("init_size", "connect", "setup", "init", "loop")) | {
            "max_queries": 50_000,
            "connection_class": asyncpg.Connection,
            "record_class": asyncpg.Record,
        }
        super().__init__(dsn, **(named | given))
        self._seconds = seconds

    def acquire(self, *, timeout: float | None = None) -> Any:
        # Only who will wait is given a bound, which costs more than a connection that lies there.
        if timeout is None and not self.get_idle_size():
            timeout = self._seconds
        return super().acquire(timeout=timeout)


class StartOver(Exception):
    """The lock keys changed while we waited for them: the transaction begins again."""


OF_DATABASE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
    StartOver,
)
"""All that a statement may end with. The last of the client's three comes from a connection that the server ends while
it is asked: who leaves it out ends a process by it, once in some fifty outages."""


def is_own(error: BaseException) -> bool:
    """Tell whether an error is the database's own, so that the same work is tried again after a pause."""
    if isinstance(error, asyncpg.InvalidCachedStatementError):
        return True  # a migration went by: the statement is prepared anew
    if isinstance(error, asyncpg.PostgresError):
        return bool(error.sqlstate) and error.sqlstate.startswith(OWN_CLASSES)
    if isinstance(error, asyncpg.InterfaceError):
        # The client raises the same class for a wrong call, which is a fault of the code and would never end.
        return any(state in str(error) for state in ("is closed", "is closing"))
    if isinstance(error, OF_FILES):
        return False
    return isinstance(error, (OSError, TimeoutError, asyncpg.InternalClientError, StartOver))


def refuses_us(error: BaseException) -> bool:
    """Tell whether the server has no such database for us, or not by this password."""
    return isinstance(error, asyncpg.InvalidPasswordError | asyncpg.InvalidCatalogNameError)


def took_too_long(error: BaseException) -> bool:
    """Tell whether the statement limit ended it (57014): the handler's own fault after three tries, one by one."""
    return isinstance(error, asyncpg.QueryCanceledError)
