"""The database of the web channel: sessions and sign-ins under way, and nothing else."""

import asyncio
import logging
from pathlib import Path

from chassis.clock import Backoff
from chassis.database import BoundedPool, Pool, is_own, refuses_us
from chassis.migrations import migrate
from chassis.settings import Settings

log = logging.getLogger("omatoimi")

NAME = "web"
MIGRATIONS = Path(__file__).parent / "migrations"
SECONDS = 3.0
"""So long a page waits for the database."""


async def open_pool(settings: Settings) -> Pool:
    """Make its pool, which connects when it is asked: pages that need no session are there without a database."""
    return await BoundedPool(
        SECONDS,
        settings.dsn(NAME),
        min_size=0,
        max_size=settings.pool_size,
        timeout=SECONDS,
        command_timeout=SECONDS * 2,
        max_inactive_connection_lifetime=60,
        server_settings={
            "statement_timeout": f"{SECONDS:.0f}s",
            "idle_in_transaction_session_timeout": f"{SECONDS:.0f}s",
            "application_name": f"omatoimi-{NAME}",
            **settings.installation.session,
        },
    )


async def migrate_once_there(pool: Pool, stop: asyncio.Event) -> None:
    """Bring the database to this version, as soon as it answers."""
    backoff = Backoff(stop, 0.2)
    while not stop.is_set():
        try:
            async with pool.acquire() as conn:
                await migrate(conn, NAME, MIGRATIONS)
            return
        except Exception as error:
            # Pages that need no session are there without it: also a database that is not made yet is waited for.
            if not is_own(error) and not refuses_us(error):
                raise
            log.warning("the database of the web channel does not answer yet (%s); waiting", type(error).__name__)
        await backoff.wait()
