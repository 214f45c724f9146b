"""A service of analytics with its tables in a fresh database, and the means to look into it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest_asyncio
from chassis import Service, Settings
from pydantic import SecretStr

from analytics.main import service as make

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest_asyncio.fixture
async def service(database: str) -> AsyncIterator[Service]:
    """Analytics, migrated and connected, without a broker."""
    made = make(Settings(postgres=SecretStr(database)), clock=lambda: NOW)
    await made.migrate()
    await made.connect()
    yield made
    await made.disconnect()
