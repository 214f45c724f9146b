"""The HTTP endpoints of a service: its resources, the CloudEvents endpoint, how a request ended, and problem details.

HTTP needs no broker: while Kafka is down, people still book, and the events follow.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi import Path as InPath
from fastapi import Request as HttpRequest
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query as InQuery
from fastapi.responses import JSONResponse, Response
from omatoimi_contracts.codec import BATCH, STRUCTURED, Headers, Malformed, header_list, split
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from chassis import dead_letters, inbox, put_aside
from chassis.access import (
    ANY_DEPARTMENT,
    ANY_STAFF,
    ANYONE,
    DIRECTOR,
    FROM_CHANNEL,
    PARTICIPATION,
    PUBLIC,
    Caller,
)
from chassis.answers import (
    JSON,
    VALIDATE_ONLY,
    decide,
    malformed,
    media_type,
    read_event,
    refuse_unknown,
    request_of,
    response,
    spoken,
    tell_outcome,
    validate_only_of,
)
from chassis.endpoints import Lang, RequestRoute, caller, endpoint, endpoints_of, service_of
from chassis.last_acts import LastAct, last_act
from chassis.limits import Rates
from chassis.normalization import Normalization, parameters_once
from chassis.pages import languages
from chassis.problem import PAGES, Problem, tell_problems
from chassis.record import DeadLetterState
from chassis.resources import take
from chassis.restored import Hold
from chassis.service import DemoState, Service
from chassis.transaction import Answer

STATIC = Path(__file__).parent / "static"


MAX_BATCH = 100


STOPPING = "omatoimi.stopping"
"""The name in a request's scope of the event that is set when the server is told to stop."""


MEDIA_TYPES = (
    f"Send one event as '{STRUCTURED}', several as '{BATCH}', or one with its attributes in 'ce-' headers and its data"
    f" as '{JSON}'."
)


def stopping(http: HttpRequest) -> asyncio.Event:
    """Set when the server is told to stop: an answer that would go on must end then."""
    told = http.scope.get(STOPPING)
    return told if isinstance(told, asyncio.Event) else asyncio.Event()


async def known_parameters(http: HttpRequest) -> None:
    """Refuse a query parameter that the address does not know: who misspells one must not be answered without it.
    `lang`, the reader's language, is known everywhere, and one of the installation's."""
    await parameters_once(http)
    offered, lang = languages(http), http.query_params.get("lang")
    if lang is not None and lang not in offered:
        detail = f"There is no language '{lang[:40]}' here; there are {', '.join(offered)}."
        raise Problem(422, "unknown-language", detail, parameter="lang")
    if http.scope["query_string"]:
        told = get_flat_params(http.scope["route"].dependant)
        refuse_unknown(http, {one.alias for one in told if isinstance(one.field_info, InQuery)})


events = APIRouter(tags=["events"])


@endpoint(
    events,
    "/v1/events",
    method="POST",
    may=ANYONE,
    summary="The CloudEvents endpoint: one event, or a batch of at most 100",
    openapi_extra={"parameters": [VALIDATE_ONLY]},
)
async def post_events(http: HttpRequest, by: Annotated[Caller, Depends(caller)]) -> Response:
    """Take structured or binary mode, or `application/cloudevents-batch+json`: then each event is answered by itself,
    in order, and one bad event never spoils its neighbours. Validated only, each is as if it came alone."""
    service, body, validate_only = service_of(http), await http.body(), validate_only_of(http)
    key = http.headers.get("idempotency-key")
    match media_type(http):
        case media if media == BATCH:
            if key is not None:
                raise Problem(400, "other-id", "Each event of a batch has its own id: send no 'Idempotency-Key'.")
            answers = [
                await _one_of_many(service, by, validate_only, spoken(http), at, *item)
                for at, item in enumerate(_batch(body))
            ]
            return JSONResponse(answers, 207)
        case media if media == STRUCTURED:
            headers: Headers = ()
        case media if media == JSON and any(name.startswith("ce-") for name in http.headers):
            headers = header_list(http.headers)
        case _:
            raise Problem(415, "media-type", MEDIA_TYPES)
    event = request_of(read_event(service, body, headers))
    if "if-match" in http.headers:
        detail = "An event says itself which state it is based on: send its attribute 'ifmatch', and no 'If-Match'."
        raise Problem(400, "malformed", detail, header="If-Match")
    if key is not None and key.lower() != str(event.id):
        detail = "The 'Idempotency-Key' is the event's id: send the same, or leave the header out."
        raise Problem(400, "other-id", detail, pointer="/id")
    return response(*await decide(service, by, event, validate_only, spoken(http)), spoken(http))


def _batch(body: bytes) -> list[tuple[bytes, str | None]]:
    try:
        items = split(body)
    except Malformed as fault:
        raise malformed(fault) from None
    if len(items) > MAX_BATCH:
        raise Problem(400, "malformed", f"A batch has at most {MAX_BATCH} events; this one has {len(items)}.")
    return items


class EventAnswer(TypedDict):
    """What one event of a batch is told: its place, from 0, and its id where it has one; the status and the body that
    it would be told alone."""

    index: int
    id: NotRequired[str]
    status: int
    body: dict[str, Any]


async def _one_of_many(
    service: Service, by: Caller, validate_only: bool, language: str, at: int, item: bytes, id_: str | None
) -> EventAnswer:
    """Tell what one event of a batch would be told alone, with its place and its id."""
    try:
        status, document = await decide(service, by, request_of(read_event(service, item)), validate_only, language)
    except Problem as problem:
        status, document = problem.status, problem.document()
    if id_ is None:
        return {"index": at, "status": status, "body": document}
    return {"index": at, "id": id_, "status": status, "body": document}


@endpoint(events, "/v1/requests/{id}", may=FROM_CHANNEL, summary="How a request of this channel ended")
async def how_it_ended(id: UUID, http: HttpRequest, by: Annotated[Caller, Depends(caller)]) -> JSONResponse:
    """Tell how a request ended, also one that was posted over Kafka: the channel asks by the event's id."""
    service = service_of(http)
    refuse_unknown(http)
    async with service.pool.acquire() as conn:
        outcome = await inbox.look_up(conn, by.channel.source, id)
        if outcome is None:
            raise Problem(404, "unknown", "No request of this channel has this id here; it may still be on its way.")
        (resource,) = await service.resources(conn, [outcome])
    shown = resource.for_(by) if resource else None
    _, body = tell_outcome(service, id, Answer(outcome, repeated=True, resource=shown), spoken(http))
    return JSONResponse(body)


class ShownDemo(TypedDict):
    """How far the example content is."""

    state: DemoState | Literal["none"]
    done: int
    total: int


@endpoint(
    events,
    "/v1/acts/{subject}",
    may=ANY_STAFF | ANY_DEPARTMENT | PARTICIPATION,
    summary="In which role somebody last did something to a thing, and when (desk)",
)
async def who_was_first(
    http: HttpRequest, subject: Annotated[str, InPath(max_length=255, description="As the events of it name it.")]
) -> LastAct:
    """Tell two who work at one thing who of them was first, and with what. A role and a moment: no person, so that all
    who work at the desk may see it. Nothing where nobody did anything; no role where the service did it by itself."""
    await known_parameters(http)
    service = service_of(http)
    async with service.pool.acquire() as conn:
        return await last_act(service, conn, subject)


@endpoint(events, "/v1/dead-letters", may=ANY_STAFF | DIRECTOR, summary="What was put aside, and why, in words (staff)")
async def what_was_put_aside(
    http: HttpRequest,
    lang: Lang,
    limit: Annotated[int, Query(ge=0, le=100, description="So many kinds; 0 counts only.")] = 20,
    before: Annotated[int | None, Query(ge=1, lt=2**63, description="`next` of the answer before.")] = None,
) -> put_aside.ListedLetters:
    """Show records that could not be applied by kind (reason, type and source), the newest first, with the last three
    letters of each. A letter belongs to no library, as what it asks for was never read: staff of every library see
    it, and the director. No bytes of it are shown."""
    await known_parameters(http)
    async with service_of(http).pool.acquire() as conn:
        waiting = await dead_letters.count(conn, DeadLetterState.OPEN)
        kinds, further = await put_aside.kinds(conn, PAGES.words[lang], limit, before) if limit else ([], None)
    return {"service": service_of(http).name, "open": waiting, "kinds": kinds, "next": further}


@endpoint(events, "/v1/demo", may=PUBLIC, summary="Whether example content is shown, and how much of it is there")
async def example_content(http: HttpRequest) -> JSONResponse:
    """Tell how far it is: `none`, `filling`, `shown` or `taken out`, some seconds ago; and `done` of `total`."""
    refuse_unknown(http)
    return JSONResponse(demo_of([service_of(http)]))


def demo_of(services: Iterable[Service]) -> ShownDemo:
    """Return the example content of these services: as long as it fills in somewhere, it fills in."""
    found = [service.demo for service in services if service.demo]
    told = next((demo for demo in found if demo.state == "filling"), found[0] if found else None)
    if told is None:
        return {"state": "none", "done": 0, "total": 0}
    return {"state": told.state, "done": told.done, "total": told.total}


def app(service: Service) -> FastAPI:
    """Return the service's HTTP application; it may be mounted anywhere."""
    acts = APIRouter()
    for handler in service.handlers.handlers.values():
        if handler.path is not None:
            take(acts, service, handler)
    api = FastAPI(
        title=f"Omatoimi {service.name}",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses={"4XX": {"description": "Problem details (RFC 9457)"}},
        routes=[
            Route(act.path, act.endpoint, methods=["POST"]) for act in acts.routes if isinstance(act, RequestRoute)
        ],
    )
    api.state.service = service
    api.state.demo = lambda: service.demo
    api.state.languages = service.installation.languages
    api.include_router(events)
    api.include_router(acts)
    if service.api is not None:
        endpoints_of(service.api)  # each says who may, or this is where it ends
        api.include_router(service.api, dependencies=[Depends(known_parameters)])
    if service.pages is not None:
        api.include_router(service.pages, dependencies=[Depends(known_parameters)])
    api.mount("/static", StaticFiles(directory=STATIC))
    tell_problems(api)
    api.add_middleware(Normalization)
    api.add_middleware(Hold, service=service)
    api.add_middleware(Rates, limits=service.limits, telemetry=service.telemetry, name=service.name)
    return api
