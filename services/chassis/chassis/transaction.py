"""What a handler works with: the request, the transaction, and the events that it emits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from omatoimi_contracts.event import FactEvent, RequestEvent, is_demo
from omatoimi_contracts.primitives import Instant
from omatoimi_contracts.vocabulary import Fact, RequestData
from uuid_utils.compat import uuid7

from chassis.access import Caller, Channel, May, Thing
from chassis.database import Connection
from chassis.installation import Installation

R = TypeVar("R", bound=RequestData)

SKEW = timedelta(minutes=5)
"""So far may a channel's clock be from ours. What is dated further ahead has not happened."""

FOLLOW_UP = "follow-up"
"""The kind of the job that decides a request that a handler asked for."""


class DueRequest(RequestData):
    """What the clock asks of a service: an internal request, which no endpoint and no topic takes. `due` is when it
    fell due. Its handler returns None where nothing is due any more once the locks are held: then it was never
    asked."""

    due: Instant


D = TypeVar("D", bound=DueRequest)


@dataclass(frozen=True, slots=True)
class Reject:
    """A request that is well-formed and cannot be done. `reason` is a code of the service's `reasons`, which give the
    words and the HTTP status. A handler returns it before it has written anything."""

    reason: str


@dataclass(frozen=True, slots=True)
class Emission:
    """A fact on its way to the outbox. `recordedtime` is now, unless it follows from example content, which has a clock
    of its own."""

    fact: Fact
    unit: str
    channel: str
    time: datetime | None = None
    assisted: bool = False
    language: str = "none"
    outcome: bool = False
    requestedtime: datetime | None = None
    causationid: UUID | None = None
    causationsource: str | None = None
    correlationid: UUID | None = None
    traceparent: str | None = None
    recordedtime: datetime | None = None
    demo: bool = False
    by: str | None = None
    """In which role somebody did it; it stands in no event."""


@dataclass(frozen=True, slots=True)
class Request(Generic[R]):
    """A request as it reached us: the event, and who asks."""

    event: RequestEvent[R]
    by: Caller
    prepared: Any = None
    """What the registration's `prepare` made of it."""

    @property
    def id(self) -> UUID:
        return self.event.id

    @property
    def data(self) -> R:
        return self.event.data

    @property
    def time(self) -> datetime:
        """When it was asked, by the channel's clock."""
        return self.event.time

    @property
    def type(self) -> str:
        return self.event.type

    def happened(self, now: datetime, since: datetime | None = None) -> datetime:
        """Tell when it happened: as it was told, within what can be by our clock, now at the latest and not before the
        thing was there."""
        moment = min(self.time, now)
        return max(moment, since) if since is not None else moment

    def outcome(self, fact: Fact, *, unit: str, time: datetime | None = None) -> Emission:
        """Return the one fact that is the outcome of this request. `time` is when it happened; by default now."""
        return self._emission(fact, unit, time, outcome=True)

    def also(self, fact: Fact, *, unit: str, time: datetime | None = None) -> Emission:
        """Return a fact that stands beside the outcome, for `tx.emit`."""
        return self._emission(fact, unit, time, outcome=False)

    def _emission(self, fact: Fact, unit: str, time: datetime | None, *, outcome: bool) -> Emission:
        event = self.event
        return Emission(
            fact,
            unit,
            self.by.channel.name,
            time=time,
            assisted=event.assisted,
            language=event.language,
            outcome=outcome,
            requestedtime=event.time,
            causationid=event.id,
            causationsource=event.source,
            correlationid=event.correlationid or event.id,
            traceparent=event.traceparent,
            demo=is_demo(event.source),
            by=self.by.office if self.by.roles else None,
        )


def follows(cause: FactEvent[Fact], fact: Fact, *, unit: str, time: datetime | None = None) -> Emission:
    """Return a fact that another service's fact caused, for `tx.emit`."""
    demo = is_demo(cause.source)
    recorded = cause.recordedtime if demo else None
    return Emission(
        fact,
        unit,
        "automatic",
        time=time or recorded,
        causationid=cause.id,
        causationsource=cause.source,
        correlationid=cause.correlationid,
        traceparent=cause.traceparent,
        recordedtime=recorded,
        demo=demo,
    )


def by_clock(fact: Fact, *, unit: str, time: datetime) -> Emission:
    """Return a fact that the clock causes, for `tx.emit`; `time` is when it fell due."""
    return Emission(fact, unit, "automatic", time=time)


@dataclass(frozen=True, slots=True)
class Start:
    """A job on its way to the job table; see `chassis.jobs`."""

    job: UUID
    kind: str
    data: Mapping[str, Any]
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """A request to another service on its way to the outbox, and what it follows from."""

    data: RequestData
    correlationid: UUID | None = None
    traceparent: str | None = None


@dataclass(slots=True)
class Transaction:
    """One PostgreSQL transaction. State is written through `conn`; events are collected and written last, so that the
    outbox stands in the order of commits. `now` is the service's clock."""

    conn: Connection
    now: datetime
    installation: Installation
    emissions: list[Emission] = field(default_factory=list)
    documents: list[tuple[str, str]] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    askings: list[Asking] = field(default_factory=list)

    def emit(self, emission: Emission) -> None:
        """Give out an event with this transaction: `request.also(…)`, `follows(…)` or `by_clock(…)`. An outcome is
        not emitted but returned (docs/adr/0004), so that no request can have two."""
        if emission.outcome:
            raise TypeError(f"{emission.fact.TYPE} is an outcome: return it from the handler")
        self.emissions.append(emission)

    def publish(self, topic: str, key: str) -> None:
        """Say that the document `key` of a compacted topic has another state; the relay sends what is true then."""
        self.documents.append((topic, key))

    def start(self, kind: str, data: Mapping[str, Any], *, once: str = "") -> UUID:
        """Start a job with this transaction; returns its id. Of those with one kind and one `once` there is one,
        however often it is started, as long as the job table remembers it."""
        job = uuid5(NAMESPACE_URL, f"{kind}/{once}") if once else uuid7()
        self.starts.append(Start(job, kind, data))
        return job

    def ask_of_another(self, data: RequestData, *, after: Request[Any] | FactEvent[Fact] | None = None) -> None:
        """Ask another service for something with this transaction: the request goes to its topic as this service's own,
        where it has a key to ask by. What follows from example content asks nobody."""
        cause = after.event if isinstance(after, Request) else after
        if cause is None:
            self.askings.append(Asking(data))
        elif not is_demo(cause.source):
            self.askings.append(Asking(data, cause.correlationid or cause.id, cause.traceparent))

    def ask(self, data: DueRequest, *, after: Request[Any] | FactEvent[Fact]) -> None:
        """Ask for something of this service with this transaction; it is decided at `data.due`, in a transaction of its
        own and like every request. `after` is what it follows from."""
        cause = after.event if isinstance(after, Request) else after
        follow_up = {
            "type": data.TYPE,
            "data": data.model_dump(mode="json", by_alias=True),
            "correlationid": str(cause.correlationid or cause.id),
            "traceparent": cause.traceparent,
            "demo": is_demo(cause.source),
        }
        self.starts.append(Start(uuid7(), FOLLOW_UP, follow_up, not_before=data.due))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended: the fact that answered it. Codes and ids only."""

    type: str
    id: UUID
    subject: str
    time: datetime
    data: dict[str, Any]
    etag: str | None = None
    """The state of the thing with all that the request did to it; None where an earlier release answered."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A thing as it is now, who may see it, and whose it is."""

    document: Mapping[str, object]
    may: May
    thing: Thing

    def for_(self, by: Caller) -> Mapping[str, object] | None:
        """Return the thing, where this caller may see it."""
        return self.document if self.may.allows(by, self.thing) else None


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a request, whether it had been asked before, and what it is about as it is now,
    where the asker may see that; `first` is what somebody else did last, where that is why it was not done."""

    outcome: Outcome
    repeated: bool
    resource: Mapping[str, object] | None = None
    first: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event: its answer (None for a fact), or that its id came before with other content."""

    answer: Answer | None = None
    other_content: bool = False
    repeated: bool = False


def requested_by_clock(source: str, id_: UUID, data: D, **more: Any) -> Request[D]:
    """Return a request of a service to itself, dated when it fell due."""
    event: RequestEvent[D] = RequestEvent.model_construct(
        id=id_, source=source, type=data.TYPE, time=data.due, data=data, **more
    )
    return Request(event, Caller(Channel(source, "automatic", "none"), frozenset()))
