"""Check, in one place, whether a request goes through to its handler: may this caller, with this thing, at that
time?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.vocabulary import Fact

from chassis.access import Thing
from chassis.registry import Handler
from chassis.transaction import SKEW, Request, Transaction

NOT_ALLOWED = "not-allowed"
NOT_ACTING_FOR = "not-acting-for"


def may_at_all(handler: Handler, item: Request[Any] | FactEvent[Fact]) -> bool:
    """Tell whether an event may be applied to something or other: what its caller may never ask for needs no locks and
    no look. A fact is no question, and the clock asks as the service itself."""
    return handler.may is None or not isinstance(item, Request) or handler.may.for_some(item.by)


async def refusals(
    handler: Handler, items: Sequence[Request[Any] | FactEvent[Fact]], tx: Transaction
) -> list[str | None]:
    """Tell why each of these requests of one type goes no further, as a code; None where it does. What is not there is
    for the handler to say."""
    requests = [item for item in items if isinstance(item, Request)]
    allowed = [may_at_all(handler, request) for request in requests]
    asked = [request for request, may in zip(requests, allowed, strict=True) if may]
    things = iter(await handler.of(tx.conn, asked) if handler.of is not None and asked else [None] * len(asked))
    return [
        _refusal(handler, request, next(things), tx.now) if may else NOT_ALLOWED
        for request, may in zip(requests, allowed, strict=True)
    ]


def _refusal(handler: Handler, request: Request[Any], thing: Thing | None, now: datetime) -> str | None:
    assert handler.may is not None
    if thing is not None and not handler.may.allows(request.by, thing):
        return NOT_ALLOWED
    unit = thing.unit if thing is not None else None
    if handler.in_name_of is not None and not request.by.may_speak_for(handler.in_name_of(request.data), unit):
        return NOT_ACTING_FOR
    if request.time > now + SKEW:
        return "in-the-future"
    if thing is not None and thing.since is not None and request.time < thing.since - SKEW:
        return "before-it-was"
    return None
