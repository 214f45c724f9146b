"""A service of analytics with its tables, and without a broker. The database is made once and emptied for each test."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest_asyncio
from analytics.main import service as make
from chassis import Service, Settings
from omatoimi.testing import Bench
from pydantic import SecretStr

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

TABLES = """
select string_agg(format('%I.%I', schemaname, tablename), ', ') from pg_tables
where schemaname in ('analytics', 'facts', 'chassis') and tablename <> 'migration'
"""


@pytest_asyncio.fixture(scope="session")
async def installed(platform: Bench) -> AsyncIterator[Service]:
    """Analytics, migrated and connected."""
    dsn = await platform.create_database()
    made = make(Settings(postgres=SecretStr(dsn)), clock=lambda: NOW)
    await made.migrate()
    await made.connect()
    yield made
    await made.disconnect()
    await platform.drop_database(dsn)


@pytest_asyncio.fixture
async def service(installed: Service) -> Service:
    """The same, with nothing in its tables."""
    await empty(installed)
    return installed


async def empty(service: Service) -> None:
    async with service.pool.acquire() as conn:
        await conn.execute(f"truncate {await conn.fetchval(TABLES)} restart identity")
