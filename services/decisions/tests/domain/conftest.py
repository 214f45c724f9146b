"""Real records of the city, read where they lie and never copied into the project."""

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="session")
def data() -> Path:
    folder = Path(os.environ.get("OMATOIMI_DATA") or CHECKOUT.parent / "shared" / "data")
    assert folder.is_dir(), f"the real records are missing: {folder} (or name their folder in OMATOIMI_DATA)"
    return folder
