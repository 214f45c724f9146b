"""How the service point is used, as its channels tell it: each request becomes the fact it reports, dated when it
happened."""

from typing import TypeVar

from chassis import Asked, Emission, Transaction
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

from analytics.registry import registry

R = TypeVar("R", bound=ask.UsageRequest)


def _happened(request: Asked[R], fact: UsageFact) -> Emission:
    return request.answer(fact, unit=request.data.unit, time=request.time)


@registry.on(ask.VisitRequested)
async def visit(request: Asked[ask.VisitRequested], _: Transaction) -> Emission:
    """People came in by a counter."""
    told = request.data
    return _happened(
        request,
        VisitCounted(counter=told.counter, slot=told.slot.slot(), persons=told.persons, method=told.method),
    )


@registry.on(ask.DisplayRequested)
async def display(request: Asked[ask.DisplayRequested], _: Transaction) -> Emission:
    """A decision, case or notice was shown at a place of the unit."""
    told = request.data
    return _happened(request, ItemShown(place=told.place, kind=told.kind, item=told.item))


@registry.on(ask.SessionStartRequested)
async def session_start(request: Asked[ask.SessionStartRequested], _: Transaction) -> Emission:
    """Somebody began at a kiosk or page."""
    return _happened(request, SessionStarted(session=request.data.session, task=request.data.task))


@registry.on(ask.SessionEndRequested)
async def session_end(request: Asked[ask.SessionEndRequested], _: Transaction) -> Emission:
    """They finished what they began, or left it."""
    ended = SessionCompleted if request.data.completed else SessionAbandoned
    return _happened(request, ended(session=request.data.session, task=request.data.task))


@registry.on(ask.HelpCallRequested)
async def help_call(request: Asked[ask.HelpCallRequested], _: Transaction) -> Emission:
    """Somebody asks for help."""
    return _happened(request, HelpRequested(help=request.data.help, topic=request.data.topic))


@registry.on(ask.HelpGivenRequested)
async def help_given(request: Asked[ask.HelpGivenRequested], _: Transaction) -> Emission:
    """Help was given, perhaps by sending them on to another department."""
    told = request.data
    return _happened(request, HelpGiven(help=told.help, topic=told.topic, referred=told.referred))


@registry.on(ask.RatingRequested)
async def rating(request: Asked[ask.RatingRequested], _: Transaction) -> Emission:
    """One answer from 1 (poor) to 5 (very good)."""
    told = request.data
    return _happened(request, SatisfactionRated(rating_id=uuid7(), session=told.session, rating=told.rating))


@registry.on(ask.HeartbeatRequested)
async def heartbeat(request: Asked[ask.HeartbeatRequested], _: Transaction) -> Emission:
    """A counter, kiosk or screen is alive."""
    return _happened(request, HeartbeatSent(device=request.data.device, at=request.time))
