"""Which event types a service takes, and what it does with each."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, TypedDict, TypeVar, Unpack

from omatoimi_contracts.catalogue import topics_of
from omatoimi_contracts.codec import Event
from omatoimi_contracts.vocabulary import Fact, RequestData

from chassis.access import May, Thing
from chassis.database import Connection
from chassis.record import Record
from chassis.transaction import DueRequest, Transaction

LockKey = tuple[str, str]
"""What must be held before anything is read: a rank that the service declares, and a name within it."""

Locks = Callable[[Transaction, Sequence[Any]], Awaitable[set[LockKey]]]
"""The lock keys of some events of one type. It may look things up; it is asked again once the locks are held."""

Prepare = Callable[[Any], Awaitable[Any]]
"""Makes of a request what its locks and its handler find as `prepared`: before a transaction is open, without the
database, and once, however often the transaction begins anew. What is foreign and dear to read is read here."""

Weight = Callable[[Any], int]
"""How many ordinary events one event costs its transaction, told from the event alone: a series of 500 occurrences some
500. Without it every event weighs 1."""

BUDGET = 20
"""Weight a transaction of requests: people wait beside it, and whoever wants what it holds waits until its end. A
request that weighs more is heavy: it has a transaction of its own, and longer limits."""

Things = Callable[[Connection, Sequence[Any]], Awaitable[Sequence[Thing | None]]]
"""Whose the things are that some requests of one type name, in their order; None where there is no such thing."""

Call = Callable[..., Awaitable[Any]]
C = TypeVar("C", bound=Call)

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
    tag: str
    """Under which the OpenAPI document lists it; without it the service's name."""
    may: May
    """Who may ask for it."""
    of: Things
    """What it is about, where that decides who may, or where it must not be dated before the thing was there."""
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
    call: Call
    batch: bool
    path: str | None = None
    tag: str | None = None
    may: May | None = None
    of: Things | None = None
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
            raise TypeError(f"{self.kind.TYPE}: who may depends on what it is about; say `of=`")
        if self.path is not None and not asked:
            raise TypeError(f"{self.kind.TYPE}: only what channels ask for has an address; leave `path=` out")

    def gives(self, reason: str) -> bool:
        """Whether it may end with this code."""
        return any(reason in codes for codes in self.reasons.values())


@dataclass
class Registry:
    """The handlers of one service, by event type."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    tombstones: dict[str, Call] = field(default_factory=dict)
    log_topics: tuple[str, ...] = ()
    log_handler: Call | None = None
    log_read: Read = _as_it_stands
    jobs: dict[str, Call] = field(default_factory=dict)

    def on(self, kind: type[Fact] | type[RequestData], **told: Unpack[Registration]) -> Callable[[C], C]:
        """`async def handler(event, tx)`. For a request it returns `request.outcome(…)` or `Reject(code)`."""
        return self._add(kind, batch=False, **told)

    def on_batch(self, kind: type[Fact] | type[RequestData], **told: Unpack[Registration]) -> Callable[[C], C]:
        """`async def handler(events, tx)`, with a list in log order; for requests it returns outcomes in order."""
        return self._add(kind, batch=True, **told)

    def on_tombstone(self, topic: str) -> Callable[[C], C]:
        """`async def handler(key, tx)`: the document `key` of a compacted topic must be forgotten. It passes no inbox:
        forgetting twice is forgetting."""

        def register(call: C) -> C:
            self.tombstones[topic] = call
            return call

        return register

    def on_log(self, *topics: str, read: Read = _as_it_stands) -> Callable[[C], C]:
        """`async def handler(records, tx)`: every record of the topics as it stands in the log, also what cannot be
        read. Such records pass no inbox: the handler keeps its own. `read` makes of each record what the handler is
        given in its place; it is called ahead of the transaction and knows no database."""

        def register(call: C) -> C:
            self.log_topics, self.log_handler, self.log_read = topics, call, read
            return call

        return register

    def job(self, kind: str) -> Callable[[C], C]:
        """`async def handler(job)`: long work, started by `tx.start(kind, data)`; see `chassis.jobs`."""

        def register(call: C) -> C:
            self.jobs[kind] = call
            return call

        return register

    def _add(self, kind: type[Fact] | type[RequestData], batch: bool, **told: Unpack[Registration]) -> Callable[[C], C]:
        def register(call: C) -> C:
            if kind.TYPE in self.handlers:
                raise ValueError(f"{kind.TYPE} has a handler already")
            self.handlers[kind.TYPE] = Handler(kind, call, batch, **told)
            return call

        return register

    def weight(self, item: Any) -> int:
        """How much an event weighs, at least 1."""
        weight = self.handlers[item.type].weight
        return 1 if weight is None else max(1, weight(item))

    def topics(self) -> list[str]:
        """The logical topics that the handlers need."""
        found = {topic for handler in self.handlers.values() for topic in topics_of(handler.kind)}
        return sorted(found | set(self.tombstones) | set(self.log_topics))

    def runs(self, events: Sequence[Event]) -> Iterator[tuple[Handler, list[int]]]:
        """Neighbouring events of one type, as positions, in order."""
        run: list[int] = []
        for position, event in enumerate(events):
            if run and events[run[-1]].type != event.type:
                yield self.handlers[events[run[-1]].type], run
                run = []
            run.append(position)
        if run:
            yield self.handlers[events[run[-1]].type], run
