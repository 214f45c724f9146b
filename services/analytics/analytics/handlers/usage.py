"""How the service point is used, as its channels tell it: each request becomes the fact it reports, dated when it
happened."""

from collections.abc import Awaitable, Callable, Container, Sequence
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, Unpack
from uuid import UUID

from chassis import (
    ANYONE,
    DEVICE_OWN,
    DEVICE_THERE,
    FROM_CHANNEL,
    STAFF,
    Connection,
    Emission,
    LockKey,
    Registry,
    Reject,
    Request,
    Thing,
    Transaction,
)
from chassis.registry import Registration
from omatoimi_contracts import requests as ask
from omatoimi_contracts.usage import (
    HeartbeatSent,
    HelpGiven,
    HelpRequested,
    ItemShown,
    SatisfactionRated,
    SessionAbandoned,
    SessionCompleted,
    SessionStarted,
    UsageFact,
    VisitCounted,
)
from uuid_utils.compat import uuid7

from analytics.store import begun
from analytics.store.figures import has_premises

R = TypeVar("R", bound=ask.UsageRequest)
UsageHandler = Callable[[Request[Any], Transaction], Awaitable[Emission | Reject]]


RANKS = ("begun",)
"""The locks of this service."""
SEEN_THERE = STAFF | DEVICE_THERE
"""Who sees what happens in a library, and tells its figures: a later count of one counter corrects an earlier one."""
NO_UNIT = {422: ("no-unit",)}
"""With which each may end: see `_at_a_library`."""
HANDLERS: list[tuple[type[ask.UsageRequest], UsageHandler, Registration]] = []


def of_use(kind: type[ask.UsageRequest], **told: Unpack[Registration]) -> Callable[[UsageHandler], UsageHandler]:
    """Register a handler once the libraries are known."""

    def register(handler: UsageHandler) -> UsageHandler:
        HANDLERS.append((kind, handler, told))
        return handler

    return register


A_DAY = timedelta(days=1)
"""So far ahead may the end of a counted span lie; what is further ahead the report would put aside (R18)."""


def _happened(request: Request[R], tx: Transaction, fact: UsageFact) -> Emission:
    # What comes late keeps its moment; what a channel's fast clock dates ahead has happened by now at the latest.
    return request.outcome(fact, unit=request.data.unit, time=request.happened(tx.now))


@of_use(
    ask.VisitRequested,
    path="/v1/visits",
    no_page="a counter at the door counts",
    may=SEEN_THERE,
    reasons={409: ("not-yet",), **NO_UNIT},
)
async def visit(request: Request[ask.VisitRequested], tx: Transaction) -> Emission | Reject:
    """Count people who came in by a counter. Those who have not come yet are not counted."""
    told = request.data
    if told.slot.start > tx.now or told.slot.end > tx.now + A_DAY:
        return Reject("not-yet")
    return _happened(
        request,
        tx,
        VisitCounted(counter=told.counter, slot=told.slot.slot(), persons=told.persons, method=told.method),
    )


@of_use(
    ask.DisplayRequested,
    path="/v1/displays",
    no_page="a screen or kiosk tells what it showed",
    may=ANYONE,
    reasons=NO_UNIT,
)
async def display(request: Request[ask.DisplayRequested], tx: Transaction) -> Emission:
    """Tell that a decision, case or notice was shown at a place of the unit."""
    told = request.data
    return _happened(request, tx, ItemShown(place=told.place, kind=told.kind, item=told.item))


@of_use(
    ask.SessionStartRequested,
    path="/v1/session-starts",
    no_page="a kiosk or page tells it by itself",
    may=FROM_CHANNEL,
    reasons=NO_UNIT,
)
async def session_start(request: Request[ask.SessionStartRequested], tx: Transaction) -> Emission:
    """Tell that somebody began at a kiosk or page."""
    return _happened(request, tx, SessionStarted(session=request.data.session, task=request.data.task))


@of_use(
    ask.SessionEndRequested,
    path="/v1/session-ends",
    no_page="a kiosk or page tells it by itself",
    may=FROM_CHANNEL,
    reasons=NO_UNIT,
)
async def session_end(request: Request[ask.SessionEndRequested], tx: Transaction) -> Emission:
    """Tell that they finished what they began, or left it."""
    ended = SessionCompleted if request.data.completed else SessionAbandoned
    return _happened(request, tx, ended(session=request.data.session, task=request.data.task))


@of_use(ask.HelpCallRequested, path="/v1/help-calls", page="/kiosk", may=FROM_CHANNEL, reasons=NO_UNIT)
async def help_call(request: Request[ask.HelpCallRequested], tx: Transaction) -> Emission:
    """Tell that somebody asks for help."""
    return _happened(request, tx, HelpRequested(help=request.data.help, topic=request.data.topic))


@of_use(ask.HelpGivenRequested, path="/v1/help-given", page="/desk/kiosks", may=STAFF | DEVICE_OWN, reasons=NO_UNIT)
async def help_given(request: Request[ask.HelpGivenRequested], tx: Transaction) -> Emission:
    """Tell that help was given, perhaps by sending them on to another department."""
    told = request.data
    return _happened(request, tx, HelpGiven(help=told.help, topic=told.topic, referred=told.referred))


@of_use(ask.RatingRequested, path="/v1/ratings", page="/kiosk", may=FROM_CHANNEL, reasons=NO_UNIT)
async def rating(request: Request[ask.RatingRequested], tx: Transaction) -> Emission:
    """Rate the service, with one answer from 1 (poor) to 5 (very good)."""
    told = request.data
    return _happened(request, tx, SatisfactionRated(rating_id=uuid7(), session=told.session, rating=told.rating))


@of_use(
    ask.HeartbeatRequested,
    path="/v1/heartbeats",
    no_page="a device tells that it is alive",
    may=SEEN_THERE,
    reasons=NO_UNIT,
)
async def heartbeat(request: Request[ask.HeartbeatRequested], tx: Transaction) -> Emission:
    """Tell that a counter, kiosk or screen is alive."""
    return _happened(request, tx, HeartbeatSent(device=request.data.device, at=request.time))


def _begun(data: ask.UsageRequest) -> UUID | None:
    """Return the session or the call for help that a request tells of."""
    if isinstance(data, ask.SessionRequest | ask.RatingRequested):
        return data.session
    return data.help if isinstance(data, ask.OfHelp) else None


async def keys(_: Transaction, requests: Sequence[Request[ask.UsageRequest]]) -> set[LockKey]:
    """Return the sessions and calls for help, lest two channels begin one."""
    return {("begun", str(thing)) for request in requests if (thing := _begun(request.data))}


async def things(conn: Connection, requests: Sequence[Request[ask.UsageRequest]]) -> list[Thing | None]:
    """Return the library whose use it is, and whose the session or call for help is: the channel's that first told of
    it. Help that nobody called for is told by the library's own."""
    told = [_begun(request.data) for request in requests]
    owners = await begun.owners(conn, (thing for thing in told if thing))
    found: list[Thing | None] = []
    for request, thing in zip(requests, told, strict=True):
        unit, channel = request.data.unit, request.by.channel
        there = unit == channel.unit or not isinstance(request.data, ask.HelpGivenRequested)
        owner = owners.get(thing) if thing else None
        found.append(Thing(owner or (channel.source if there else None), unit))
    return found


def register(registry: Registry, pilot: Container[str]) -> None:
    """Take all that is told of use at the libraries of the pilot, and at those that have premises here."""
    for kind, handler, told in HANDLERS:
        registration: Registration = {"tag": "usage", "of": things, "locks": keys, **told}
        registry.on(kind, **registration)(_at_a_library(handler, pilot))


def _at_a_library(handler: UsageHandler, pilot: Container[str]) -> UsageHandler:
    # A name typed wrong would be told as one more library, whose few visitors hide the number of all.
    @wraps(handler)
    async def checked(request: Request[Any], tx: Transaction) -> Emission | Reject:
        unit = request.data.unit
        if unit not in pilot and not await has_premises(tx.conn, unit):
            return Reject("no-unit")
        if thing := _begun(request.data):
            await begun.begin(tx.conn, thing, request.by.channel.source, tx.now)
        return await handler(request, tx)

    return checked
