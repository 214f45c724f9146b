"""All services have the same files under the same names: who knows one knows all."""

from collections import Counter
from collections.abc import Callable, Iterator
from inspect import iscoroutinefunction
from pathlib import Path

import pytest
from chassis import Settings
from chassis.http import app
from fastapi.dependencies.models import Dependant
from omatoimi.services import MAKERS

from tests.kits.web import pages_of

SERVICES = ("booking", "notices", "decisions", "analytics", "people")
CHANNEL = "web"
ROOT = Path(__file__).parents[1] / "services"
SHAPE = {
    "main.py": "what the service is, its topics in and out, at a glance",
    "domain": "its rules: no database, no broker, no clock of its own",
    "handlers": "what it does with each event type",
    "store": "all of its SQL, one function a question",
    "api.py": "what may be read over HTTP",
    "pages.py": "its pages",
    "queries.py": "what the API and the pages look up, once for both",
    "scheduled.py": "what the clock causes",
    "migrations": "its tables",
    "templates": "its pages' HTML",
    "locale": "its words",
}
NO_TRUTH = "it asks the services over their public HTTP, as any channel does, and has no truth but sessions"
EXCEPTIONS = {(CHANNEL, name): NO_TRUTH for name in ("domain", "handlers", "api.py", "queries.py", "scheduled.py")}
"""What a service has not, and why."""
TAKES_BOTH = ("reads=", "writes=")


@pytest.mark.parametrize("service", [*SERVICES, CHANNEL])
def test_a_service_has_the_files_that_every_service_has(service: str) -> None:
    missing = {name for name in SHAPE if not (ROOT / service / service / name).exists()}
    assert missing == {name for of, name in EXCEPTIONS if of == service}


@pytest.mark.parametrize("service", SERVICES)
def test_the_main_file_shows_topics_in_and_out(service: str) -> None:
    """That they are those that the handlers take is checked when the service is made."""
    main = (ROOT / service / service / "main.py").read_text(encoding="utf-8")
    assert all(told in main for told in TAKES_BOTH)


@pytest.mark.parametrize("service", SERVICES)
def test_what_may_be_asked_for_is_registered_by_the_handlers_alone(service: str) -> None:
    folder = ROOT / service / service
    registering = {
        path.relative_to(folder).parts[0]
        for path in folder.rglob("*.py")
        if "egistry.on" in path.read_text(encoding="utf-8")
    }
    assert registering == {"handlers"}


def test_no_part_is_more_than_a_fifth_of_the_source() -> None:
    """What every service stands on, and the channel before them, stay as small as what they are for."""
    lines = Counter[str]()
    for group in ("contracts", "services", "deploy"):
        for path in (ROOT.parent / group).rglob("*.py"):
            parts = path.relative_to(ROOT.parent).parts
            if "tests" not in parts:
                lines["/".join(parts[:2])] += len(path.read_text(encoding="utf-8").splitlines())
    share = {part: count / lines.total() for part, count in lines.items()}
    assert {part: f"{100 * of:.1f} %" for part, of in share.items() if of > 0.2} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_that_answers_waits_for_a_thread(service: str) -> None:
    """What is no coroutine is run in a thread, which costs more than most of what is asked there."""
    calls = [(one.path, call) for one in pages_of(app(MAKERS[service](Settings()))) for call in _calls(one.dependant)]
    assert calls
    assert [(path, str(call)) for path, call in calls if not _is_coroutine(call)] == []


def _calls(dependant: Dependant) -> Iterator[Callable[..., object]]:
    assert dependant.call is not None
    yield dependant.call
    for other in dependant.dependencies:
        yield from _calls(other)


def _is_coroutine(call: Callable[..., object]) -> bool:
    return iscoroutinefunction(call) or iscoroutinefunction(getattr(call, "__call__", None))  # noqa: B004
