"""The fixtures of all packages: a real broker and a real database server (tests.kits.platform), and databases that one
test after the other is given (tests.databases)."""

import os
from functools import cache

import httpx._transports.default as transports
import pytest
from hypothesis import settings
from omatoimi_platform import home as homes

# No test asks the city's own provider for its keys; who needs a provider runs one.
os.environ.setdefault("OMATOIMI_IDENTITY_ISSUER", "http://127.0.0.1:9/nobody")

# All clients of a run trust the same authorities; to read them anew for each takes 30 ms.
transports.create_ssl_context = cache(transports.create_ssl_context)  # type: ignore[attr-defined]

# Workers that start something at one moment do not choose the same port.
worker, workers = os.environ.get("PYTEST_XDIST_WORKER", "gw0"), os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")
homes.PORTS = homes.PORTS[int(worker.removeprefix("gw")) :: int(workers)]

settings.register_profile("quick", max_examples=10)

pytest_plugins = ["tests.kits.platform", "tests.databases", "tests.sharing"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="keep a picture of each page that tests/browser looks at")
    parser.addoption("--every-language", action="store_true", help="use each page in each language, not in one alone")
