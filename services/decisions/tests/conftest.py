"""The office: the service on a database of its own, with no broker at hand."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from chassis import Settings
from decisions.testing import Office, office
from pydantic import SecretStr

CHECKOUT = Path(__file__).resolve().parents[3]


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
