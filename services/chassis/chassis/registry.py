"""Register which event types a service takes, and what it does with each."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, TypedDict, TypeVar, Unpack
from uuid import UUID

from omatoimi_contracts.catalogue import topics_of
from omatoimi_contracts.codec import Event
from omatoimi_contracts.vocabulary import Fact, RequestData

from chassis.access import May
from chassis.protocols import (
    BatchHandler,
    EventHandler,
    JobHandler,
    Locks,
    LogHandler,
    Prepare,
    Things,
    TombstoneHandler,
    Weight,
)
from chassis.record import Record
from chassis.transaction import DueRequest

BUDGET = 20
"""Weight a transaction of requests: people wait beside it, and whoever wants what it holds waits until its end. A
request that weighs more is heavy: it has a transaction of its own, and longer limits."""

E = TypeVar("E", bound=EventHandler)
B = TypeVar("B", bound=BatchHandler)
L = TypeVar("L", bound=LogHandler)
T = TypeVar("T", bound=TombstoneHandler)
J = TypeVar("J", bound=JobHandler)

Read = Callable[["Record"], Any]
"""What a handler of whole logs makes of a record, without the database."""


def _as_it_stands(record: "Record") -> "Record":
    return record


def modules_of(package: str) -> list[ModuleType]:
    """Import all files of a package of handlers: a new use case is a new file, and stands in no list."""
    return [import_module(f"{package}.{one.name}") for one in iter_modules(import_module(package).__path__)]


def cut(weights: Iterable[int], budget: int = BUDGET) -> list[slice]:
    """Cut neighbours into transactions: each weighs at most the budget, and what alone weighs more stands alone."""
    parts: list[slice] = []
    left = 0
    for at, weight in enumerate(weights):
        if parts and weight <= left:
            parts[-1] = slice(parts[-1].start, at + 1)
        else:
            parts.append(slice(at, at + 1))
            left = budget
        left -= weight
    return parts


class Registration(TypedDict, total=False):
    """What is declared beside a handler: everything that the ways in need to know of it."""

    path: str
    """Where a request is posted as a resource. Its OpenAPI follows: summary and description from the handler's
    docstring, body from the model, answers from `statuses` and `reasons`."""
    page: str
    """The page of the web channel on which people ask for it."""
    no_page: str
    """Or, where there is none, why."""
    tag: str
    """Under which the OpenAPI document lists it; without it the service's name."""
    may: May
    """Who may ask for it."""
    of: Things
    """What it is about, where that decides who may, or where it must not be dated before the thing was there."""
    in_name_of: Callable[[Any], UUID | None]
    """The organisation in whose name it is asked: a person must act for it."""
    state_of: Callable[[Any], str]
    """Of which thing `ifmatch` names the state, where the request's own subject is another or none: the subject of its
    outcome."""
    statuses: Mapping[type[Fact], int]
    """The HTTP status of its outcomes, where that is not 201."""
    reasons: Mapping[int, Sequence[str]]
    """The codes with which it may end in a no, by HTTP status. Their words stand in `locale/reasons.yaml`."""
    locks: Locks | None
    """What must be held before anything is read."""
    prepare: Prepare
    """What is dear to read in it, and is read once and before a transaction is open."""
    weight: Weight
    """How many ordinary events one costs."""


@dataclass(frozen=True, slots=True)
class Handler:
    """One event type: what to call, whether with one event or with a list in log order, and what was declared beside
    it (see `Registration`)."""

    kind: type[Fact] | type[RequestData]
    call: EventHandler | BatchHandler
    batch: bool
    path: str | None = None
    page: str | None = None
    no_page: str | None = None
    tag: str | None = None
    may: May | None = None
    of: Things | None = None
    in_name_of: Callable[[Any], UUID | None] | None = None
    state_of: Callable[[Any], str] | None = None
    statuses: Mapping[type[Fact], int] = field(default_factory=dict)
    reasons: Mapping[int, Sequence[str]] = field(default_factory=dict)
    locks: Locks | None = None
    prepare: Prepare | None = None
    weight: Weight | None = None

    def __post_init__(self) -> None:
        asked = issubclass(self.kind, RequestData) and not issubclass(self.kind, DueRequest)
        if asked != (self.may is not None):
            raise TypeError(f"{self.kind.TYPE}: who may ask for it? Say `may=` of a request, and of nothing else")
        if self.may is not None and self.may.needs_thing and self.of is None:
            raise TypeError(
                f"{self.kind.TYPE}: who may depends on whose the thing is; say `of=`, a function that looks that up "
                "(see `Things`)"
            )
        if self.path is not None and not asked:
            raise TypeError(f"{self.kind.TYPE}: only what channels ask for has an address; leave `path=` out")

    def gives(self, reason: str) -> bool:
        """Tell whether it may end with this code."""
        return any(reason in codes for codes in self.reasons.values())


@dataclass
class Registry:
    """The handlers of one service, by event type."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    tombstones: dict[str, TombstoneHandler] = field(default_factory=dict)
    log_topics: tuple[str, ...] = ()
    log_handler: LogHandler | None = None
    log_read: Read = _as_it_stands
    jobs: dict[str, JobHandler] = field(default_factory=dict)
    lanes: dict[str, int] = field(default_factory=dict)
    """How many jobs of a kind a process does at once beside all others, where that was said."""

    def on(self, kind: type[Fact] | type[RequestData], **registration: Unpack[Registration]) -> Callable[[E], E]:
        """Have events of this type handled one by one; see `EventHandler`."""

        def register(call: E) -> E:
            self._add(Handler(kind, call, batch=False, **registration))
            return call

        return register

    def on_batch(self, kind: type[Fact] | type[RequestData], **registration: Unpack[Registration]) -> Callable[[B], B]:
        """Have events of this type handled together; see `BatchHandler`."""

        def register(call: B) -> B:
            self._add(Handler(kind, call, batch=True, **registration))
            return call

        return register

    def on_tombstone(self, topic: str) -> Callable[[T], T]:
        """Have the tombstones of a compacted topic handled; see `TombstoneHandler`."""

        def register(call: T) -> T:
            self.tombstones[topic] = call
            return call

        return register

    def on_log(self, *topics: str, read: Read = _as_it_stands) -> Callable[[L], L]:
        """Have every record of the topics handled as it stands; see `LogHandler`. `read` makes of each record what the
        handler is given in its place; it is called ahead of the transaction and knows no database."""

        def register(call: L) -> L:
            self.log_topics, self.log_handler, self.log_read = topics, call, read
            return call

        return register

    def job(self, kind: str, at_once: int | None = None) -> Callable[[J], J]:
        """Have the jobs of this kind done, which `tx.start(kind, data)` starts; see `JobHandler`. With `at_once` a
        process does so many of them beside all others, as where they wait for somebody else's server."""

        def register(call: J) -> J:
            self.jobs[kind] = call
            if at_once is not None:
                self.lanes[kind] = at_once
            return call

        return register

    def _add(self, handler: Handler) -> None:
        if handler.kind.TYPE in self.handlers:
            raise ValueError(f"{handler.kind.TYPE} has a handler already")
        self.handlers[handler.kind.TYPE] = handler

    def weight(self, item: Any) -> int:
        """Tell how much an event weighs, at least 1."""
        weight = self.handlers[item.type].weight
        return 1 if weight is None else max(1, weight(item))

    def topics(self) -> list[str]:
        """List the logical topics that the handlers need."""
        found = {topic for handler in self.handlers.values() for topic in topics_of(handler.kind)}
        return sorted(found | set(self.tombstones) | set(self.log_topics))

    def runs(self, events: Sequence[Event]) -> Iterator[tuple[Handler, list[int]]]:
        """Group neighbouring events of one type, as positions, in order."""
        run: list[int] = []
        for position, event in enumerate(events):
            if run and events[run[-1]].type != event.type:
                yield self.handlers[events[run[-1]].type], run
                run = []
            run.append(position)
        if run:
            yield self.handlers[events[run[-1]].type], run
