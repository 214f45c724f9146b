"""How the suite is shared over workers (`pytest -n`), each of which has a broker and a database server of its own.

A worker that has nothing left takes the next piece: the tests of a file, or of a folder whose files share what is dear.
"""

import re
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/access/", "tests/alone/", "tests/browser/", "tests/exchanges/")
"""Folders of which all files stand on one thing that was started."""
INSTALLED = re.compile(r"services/web/tests/test_(booking|find|local_sign_in|mine|start_page|trial)\.py")
"""The tests of web's pages that share a whole installation."""
CITY = re.compile(r"(tests/whole_way/).*\[(helsinki|st-johns)\b")
"""The files of the whole way share the installation of a city: two workers go it in two cities."""
LONGEST_FIRST = (
    "tests/whole_way/",
    "tests/browser/",
    "tests/example_content/",
    "services/web/",
    "services/chassis/",
    "deploy/",
    "tests/",
    "services/",
)
"""What begins last is short, so that no worker goes on alone for long."""


class ByPlace(LoadScopeScheduling):  # type: ignore[misc]
    """Gives pieces out in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        if in_a_city := CITY.match(nodeid):
            return "".join(in_a_city.groups())
        if INSTALLED.match(nodeid):
            return "services/web/tests/"
        file = nodeid.partition("::")[0]
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPlace:
    config.option.loadscopereorder = False
    return ByPlace(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        return next((n for n, place in enumerate(LONGEST_FIRST) if item.nodeid.startswith(place)), len(LONGEST_FIRST))

    if hasattr(config, "workerinput"):
        items.sort(key=rank)
