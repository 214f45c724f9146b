"""The office: the service on a database in which nothing stands, with no broker at hand."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from chassis import Settings
from decisions.main import service
from pydantic import SecretStr

from tests.databases import Databases
from tests.kits.decisions import Office, office

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest_asyncio.fixture
async def database(databases: Databases) -> AsyncIterator[str]:
    """The URL of a database of decisions in which nothing stands."""
    async with databases.lent("decisions", lambda dsn: service(Settings(postgres=SecretStr(dsn))).migrate()) as dsn:
        yield dsn


@pytest_asyncio.fixture(name="office")
async def an_office(database: str) -> AsyncIterator[Office]:
    async with office(Settings(postgres=SecretStr(database))) as opened:
        yield opened


@pytest.fixture(scope="session")
def data() -> Path:
    """The city's real records, read where they lie and never copied into the project."""
    folder = Path(os.environ.get("OMATOIMI_DATA") or CHECKOUT.parent / "shared" / "data")
    assert folder.is_dir(), f"the real records are missing: {folder} (or name their folder in OMATOIMI_DATA)"
    return folder
