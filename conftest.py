"""The fixtures of all packages: a real broker and a real database server (tests.kits.platform), and databases that one
test after the other is given (tests.databases)."""

import pytest
from hypothesis import settings

settings.register_profile("quick", max_examples=10)

pytest_plugins = ["tests.kits.platform", "tests.databases", "tests.sharing"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="keep a picture of each page that tests/browser looks at")
