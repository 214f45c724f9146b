"""Every event type by its name, and how its event is read."""

from collections.abc import Iterator
from functools import cache
from typing import TypeVar

from omatoimi_contracts import (
    booking,
    decisions,
    documents,
    figures,
    messages,
    notices,
    organisations,
    outcomes,
    people,
    premises,
    requests,
    tasks,
    usage,
)
from omatoimi_contracts.event import FactEvent, RequestEvent
from omatoimi_contracts.topics import TOPICS
from omatoimi_contracts.vocabulary import Fact, RequestData

MODULES = (
    *(premises, booking, tasks, organisations, notices, decisions, usage, people),
    *(outcomes, documents, figures, messages, requests),
)

T = TypeVar("T", Fact, RequestData)


def _declared(kind: type[T]) -> Iterator[type[T]]:
    for child in kind.__subclasses__():
        if "TYPE" in vars(child):
            yield child
        yield from _declared(child)


FACTS: dict[str, type[Fact]] = {kind.TYPE: kind for kind in _declared(Fact)}
"""The data model of each fact, by type."""

REQUESTS: dict[str, type[RequestData]] = {kind.TYPE: kind for kind in _declared(RequestData)}
"""The data model of each request, by type."""

TYPES: dict[str, type[Fact] | type[RequestData]] = {**FACTS, **REQUESTS}
"""The data model of every event, by type."""


@cache
def event_model(kind: type[Fact] | type[RequestData]) -> type[FactEvent[Fact]] | type[RequestEvent[RequestData]]:
    """Return the envelope with the data of one type."""
    if issubclass(kind, Fact):
        return FactEvent[kind]  # type: ignore[valid-type]
    return RequestEvent[kind]  # type: ignore[valid-type]


@cache
def topics_of(kind: type[Fact] | type[RequestData]) -> tuple[str, ...]:
    """Return the topics on which a type may stand."""
    return tuple(topic.name for topic in TOPICS.values() if kind.TYPE in topic.types)
