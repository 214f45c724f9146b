"""What is away for a while, by real means: a service's database, or the broker."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg

from omatoimi.installation import RunningInstallation

OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@asynccontextmanager
async def without_database(installation: RunningInstallation, service: str) -> AsyncIterator[None]:
    """Let nobody get into this service's database meanwhile."""
    status = await asyncio.to_thread(installation.status)
    connection = await asyncpg.connect(status["postgres"][service])
    name = await connection.fetchval("SELECT current_database()")
    try:
        await connection.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        await connection.execute(OTHERS)
        yield
    finally:
        await connection.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
        await connection.close()


@contextmanager
def without_broker(installation: RunningInstallation) -> Iterator[None]:
    """Let the broker take and give nothing meanwhile."""
    pid = installation.processes()["kafka"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
