"""The HTTP endpoints of a service: its resources, the CloudEvents endpoint, how a request ended, and problem details.

HTTP needs no broker: while Kafka is down, people still book, and the events follow.
"""

import asyncio
from collections.abc import Iterable, Set
from inspect import cleandoc
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, FastAPI
from fastapi import Request as HttpRequest
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query as InQuery
from fastapi.responses import JSONResponse, Response
from omatoimi_contracts.codec import BATCH, STRUCTURED, Event, Headers, Malformed, header_list, read, split
from omatoimi_contracts.event import RequestEvent
from omatoimi_contracts.outcomes import RequestRejected
from omatoimi_contracts.vocabulary import RequestData
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from chassis import inbox
from chassis.access import ANYONE, OWN, PUBLIC, Caller
from chassis.act import ask
from chassis.endpoints import RequestRoute, caller, endpoint, endpoints_of, service_of
from chassis.group_commit import Busy
from chassis.limits import Rates
from chassis.negotiation import language_of
from chassis.normalization import Normalization, parameters_once
from chassis.problem import Problem, tell_problems
from chassis.registry import Handler
from chassis.service import REASONS_OF_ALL, Service
from chassis.transaction import Answer, Outcome, Request

STATIC = Path(__file__).parent / "static"
MAX_BATCH = 100
STOPPING = "omatoimi.stopping"
"""The name in a request's scope of the event that is set when the server is told to stop."""
JSON = "application/json"
SPOKEN = ("en", "fi", "sv")
"""The languages in which a no is told, the one for who asks for none at the front."""
MEDIA_TYPES = (
    f"Send one event as '{STRUCTURED}', several as '{BATCH}', or one with its attributes in 'ce-' headers and its data"
    f" as '{JSON}'."
)


def stopping(http: HttpRequest) -> asyncio.Event:
    """Set when the server is told to stop: an answer that would go on must end then."""
    told = http.scope.get(STOPPING)
    return told if isinstance(told, asyncio.Event) else asyncio.Event()


KEY = {
    "name": "Authorization",
    "in": "header",
    "required": True,
    "description": "The channel's API key: `Bearer <key>`.",
    "schema": {"type": "string"},
}


class Attribute(NamedTuple):
    """An attribute of the event that the resource endpoint makes: the header that gives it, what that header holds, and
    what it says."""

    header: str
    holds: str
    says: str


ATTRIBUTES = {
    "id": Attribute(
        "Idempotency-Key",
        "a UUID made once for this request: 019ac1f2-7a00-7c3e-9d54-3b2f6a1e8c07",
        "A UUID made once for this request; sent again it tells the first answer.",
    ),
    "time": Attribute(
        "Happened-At",
        "a moment with its offset: 2026-12-01T18:00:00+02:00",
        "When it happened, with an offset, where that was not now.",
    ),
    "assisted": Attribute(
        "Assisted", "'true' or 'false'", "Whether staff helped the person: `true`, or `false` as without it."
    ),
    "language": Attribute(
        "Content-Language",
        "the code of one language: fi, sv, en",
        "The language the person is served in; the installation's first without it.",
    ),
    "traceparent": Attribute("traceparent", "a W3C trace context", "W3C trace context."),
}


async def known_parameters(http: HttpRequest) -> None:
    """Refuse a query parameter that the address does not know: who misspells one must not be answered without it.
    `lang`, the reader's language, is known everywhere, and one of the installation's."""
    await parameters_once(http)
    offered, lang = service_of(http).installation.languages, http.query_params.get("lang")
    if lang is not None and lang not in offered:
        detail = f"There is no language '{lang[:40]}' here; there are {', '.join(offered)}."
        raise Problem(422, "unknown-language", detail, parameter="lang")
    if http.scope["query_string"]:
        told = get_flat_params(http.scope["route"].dependant)
        _refuse_unknown(http, {one.alias for one in told if isinstance(one.field_info, InQuery)})


def _refuse_unknown(http: HttpRequest, parameters: Set[str] = frozenset()) -> None:
    known = {"lang", *parameters}
    for name in http.query_params:
        if name not in known:
            detail = f"There is no parameter '{name[:40]}' here; there are {', '.join(sorted(known))}."
            raise Problem(400, "unknown-parameter", detail, parameter=name[:40])


VALIDATE_ONLY = {
    "name": "validate-only",
    "in": "query",
    "description": "`true`: tell what the answer would be now, and do nothing.",
    "schema": {"enum": ["true", "false"]},
}


def _validate_only(http: HttpRequest) -> bool:
    """Whether the endpoint is only asked what its answer would be: `?validate-only=true`.

    A parameter, as in Google's AIP-163 and Kubernetes' `dryRun`: a preference (RFC 7240) or a header that is not known
    may be passed over, and what was to be tried would be done. An unknown parameter is refused.
    """
    if not http.scope["query_string"]:
        return False
    name = "validate-only"
    _refuse_unknown(http, {name})
    told = http.query_params.getlist(name) or ["false"]
    if told not in (["true"], ["false"]):
        raise Problem(400, "malformed", f"'{name}' is 'true' or 'false', once.", parameter=name)
    return told == ["true"]


def take(router: APIRouter, service: Service, handler: Handler) -> None:
    """Have what is posted to the handler's path asked of it."""
    kind, path = handler.kind, handler.path
    assert path is not None
    assert issubclass(kind, RequestData)

    async def post(http: HttpRequest) -> Response:
        validate_only = _validate_only(http)
        by = await caller(http, http.headers.get("authorization"))
        asked = await _asked(http, by, kind)
        return _answer(*await _decide(service_of(http), by, asked, validate_only, spoken(http)), spoken(http))

    parameters = [
        {"name": one.header, "in": "header", "description": one.says, "schema": {"type": "string"}}
        | ({"required": True} if attribute == "id" else {})
        for attribute, one in ATTRIBUTES.items()
    ]
    body = {"required": True, "content": {JSON: {"schema": _schema(kind)}}}
    summary, _, description = (cleandoc(handler.call.__doc__ or kind.TYPE)).partition(".")
    router.add_api_route(
        path,
        post,
        methods=["POST"],
        route_class_override=RequestRoute,
        name=kind.TYPE.removeprefix("omatoimi.").partition(".")[0],
        summary=" ".join(summary.split()),
        description=description.strip(),
        tags=[handler.tag or service.name],
        status_code=201,
        responses=_responses(service, handler),
        openapi_extra={"parameters": [KEY, *parameters, VALIDATE_ONLY], "requestBody": body},
    )


def _responses(service: Service, handler: Handler) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document tells of the answers: each outcome and each reason under its status."""
    told: dict[int | str, list[str]] = {}
    for kind, status in handler.statuses.items():
        told.setdefault(status, []).append(f"`{kind.TYPE}`: {cleandoc(kind.__doc__ or '')}")
    for status, codes in (*REASONS_OF_ALL.items(), *handler.reasons.items()):
        for code in codes:
            told.setdefault(status, []).append(f"`{code}`: {service.reason(code, SPOKEN[0])[1]}")
    return {status: {"description": "\n\n".join(lines)} for status, lines in told.items()}


def spoken(http: HttpRequest) -> str:
    """Return the language of a no: what the reader asks for, or English."""
    return language_of(http.headers.get("accept-language", ""), SPOKEN)


async def _asked(http: HttpRequest, by: Caller, kind: type[RequestData]) -> RequestEvent[RequestData]:
    """The request in a body: binary mode, with headers of HTTP for the attributes and the rest known from the
    address. As bytes and through the codec, like at every other endpoint: no endpoint takes what another would
    refuse."""
    given = {name: http.headers.get(one.header) for name, one in ATTRIBUTES.items()}
    if given["id"] is None:
        raise Problem(
            400,
            "idempotency-key-missing",
            "Send an 'Idempotency-Key' header: a UUID made once for this request, so that it may be repeated.",
        )
    if _media_type(http) != JSON:
        raise Problem(415, "media-type", f"Send a JSON object, with 'Content-Type: {JSON}'.")
    installation = service_of(http).installation
    attributes = {
        "specversion": "1.0",
        "source": by.channel.source,
        "type": kind.TYPE,
        "time": service_of(http).clock().isoformat(),
        "language": installation.languages[0],
    } | {name: value for name, value in given.items() if value is not None}
    try:
        headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
        event = read(await http.body(), headers, installation.lists)
    except Malformed as fault:
        if told := ATTRIBUTES.get(fault.pointer.removeprefix("/")):
            raise Problem(
                400, "malformed", f"The header {told.header} holds {told.holds}.", header=told.header
            ) from None
        raise _malformed(fault, within="/data") from None
    return _request(event)


def _schema(kind: type[RequestData]) -> dict[str, Any]:
    """The JSON Schema of a body, without references: it stands inside another document."""
    whole = kind.model_json_schema()
    shapes = whole.pop("$defs", {})

    def told(part: Any) -> Any:
        if isinstance(part, list):
            return [told(one) for one in part]
        if not isinstance(part, dict):
            return part
        shape = shapes[part["$ref"].removeprefix("#/$defs/")] if "$ref" in part else {}
        return {name: told(one) for name, one in {**shape, **part}.items() if name != "$ref"}

    schema: dict[str, Any] = told(whole)
    return schema


async def _decide(
    service: Service, by: Caller, event: RequestEvent[RequestData], validate_only: bool, language: str
) -> tuple[int, dict[str, Any]]:
    if event.source != by.channel.source:
        raise Problem(403, "not-your-source", f"This key belongs to the source {by.channel.source}.", pointer="/source")
    if event.type not in service.handlers.handlers:
        raise Problem(404, "not-here", f"{event.type} is not taken by {service.name}.", pointer="/type")
    if not by.channel.may_ask_for(event.type):
        raise Problem(403, "not-allowed", f"This channel may not ask for {event.type}.", pointer="/type")
    try:
        answer = await ask(service, Request(event, by), validate_only=validate_only)
    except inbox.OtherContent:
        raise Problem(
            422,
            "other-content",
            "This id came before with other content: make a new id for a new request.",
            pointer="/id",
        ) from None
    except Busy:
        detail = "More is asked than can be done just now, and nothing was done of this: send it again later."
        raise Problem(503, "busy", detail) from None
    status, body = _tell(service, event.id, answer, language)
    if not validate_only:
        return status, body
    if not answer.repeated:
        del body["outcome"]["id"]  # under which nothing stands
    return (status if status >= 400 else 200), {"validate_only": True, "would_be": status, **body}


def _tell(service: Service, id_: UUID, answer: Answer, language: str) -> tuple[int, dict[str, Any]]:
    """The status and body that tell an answer: the outcome, and the resource as it is now."""
    outcome = answer.outcome
    body: dict[str, Any] = {"id": str(id_), "repeated": answer.repeated, "outcome": _outcome(outcome)}
    if outcome.type == RequestRejected.TYPE:
        reason = outcome.data["reason"]
        status, detail = service.reason(reason, language)
        return status, {**Problem(status, reason, detail).document(), **body}
    status = service.statuses.get(outcome.type, 201)
    if answer.repeated and status == 201:
        status = 200
    if answer.resource is not None:
        body["resource"] = answer.resource
    if status >= 400:
        why = str(outcome.data.get("rule") or outcome.data.get("reason") or "refused")
        detail = service.reason(why, language)[1]
        return status, {**Problem(status, why, detail).document(), **body}
    return status, body


def _outcome(outcome: Outcome) -> dict[str, Any]:
    time = outcome.time.isoformat().replace("+00:00", "Z")
    return {"type": outcome.type, "id": str(outcome.id), "subject": outcome.subject, "time": time, "data": outcome.data}


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
    """Structured or binary mode, or `application/cloudevents-batch+json`: then each event is answered by itself, in
    order, and one bad event never spoils its neighbours. Validated only, each is as if it came alone."""
    service, body, validate_only = service_of(http), await http.body(), _validate_only(http)
    key = http.headers.get("idempotency-key")
    match _media_type(http):
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
    event = _request(_read(service, body, headers))
    if key is not None and key.lower() != str(event.id):
        detail = "The 'Idempotency-Key' is the event's id: send the same, or leave the header out."
        raise Problem(400, "other-id", detail, pointer="/id")
    return _answer(*await _decide(service, by, event, validate_only, spoken(http)), spoken(http))


def _media_type(http: HttpRequest) -> str:
    return http.headers.get("content-type", "").partition(";")[0].strip().lower()


def _answer(status: int, document: dict[str, Any], language: str) -> Response:
    if status < 400:
        return Response(orjson.dumps(document), status, media_type=JSON)
    headers = {"Content-Language": language}
    return Response(orjson.dumps(document), status, headers, media_type="application/problem+json")


def _batch(body: bytes) -> list[tuple[bytes, str | None]]:
    try:
        items = split(body)
    except Malformed as fault:
        raise _malformed(fault) from None
    if len(items) > MAX_BATCH:
        raise Problem(400, "malformed", f"A batch has at most {MAX_BATCH} events; this one has {len(items)}.")
    return items


async def _one_of_many(
    service: Service, by: Caller, validate_only: bool, language: str, at: int, item: bytes, id_: str | None
) -> dict[str, Any]:
    """What one event of a batch would be told alone, with its place and its id."""
    place = {"index": at} if id_ is None else {"index": at, "id": id_}
    try:
        status, document = await _decide(service, by, _request(_read(service, item)), validate_only, language)
    except Problem as problem:
        status, document = problem.status, problem.document()
    return {**place, "status": status, "body": document}


def _read(service: Service, value: bytes, headers: Headers = ()) -> Event:
    try:
        return read(value, headers, service.installation.lists)
    except Malformed as fault:
        raise _malformed(fault) from None


def _malformed(fault: Malformed, *, within: str = "") -> Problem:
    reason = f"{fault.reason[:1].upper()}{fault.reason[1:]}."
    return Problem(400, "malformed", reason, pointer=fault.pointer.removeprefix(within))


def _request(event: Event) -> RequestEvent[RequestData]:
    if not isinstance(event, RequestEvent):
        raise Problem(
            400, "no-request", "Facts are written by their owner; send a '…requested.v1' event.", pointer="/type"
        )
    return event


@endpoint(events, "/v1/requests/{id}", may=OWN, summary="How a request of this channel ended")
async def how_it_ended(id: UUID, http: HttpRequest, by: Annotated[Caller, Depends(caller)]) -> JSONResponse:
    """Also for what was posted over Kafka: the channel asks by the event's id."""
    service = service_of(http)
    _refuse_unknown(http)
    async with service.pool.acquire() as conn:
        outcome = await inbox.look_up(conn, by.channel.source, id)
        if outcome is None:
            raise Problem(404, "unknown", "No request of this channel has this id here; it may still be on its way.")
        (resource,) = await service.resources(conn, [outcome])
    shown = resource.for_(by) if resource else None
    _, body = _tell(service, id, Answer(outcome, repeated=True, resource=shown), spoken(http))
    return JSONResponse(body)


@endpoint(events, "/v1/demo", may=PUBLIC, summary="Whether example content is shown, and how much of it is there")
async def example_content(http: HttpRequest) -> JSONResponse:
    """`none`, `filling`, `shown` or `taken out`, some seconds ago; and `done` of `total`."""
    _refuse_unknown(http)
    return JSONResponse(demo_of([service_of(http)]))


def demo_of(services: Iterable[Service]) -> dict[str, Any]:
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
        api.include_router(service.pages, dependencies=[Depends(parameters_once)])
    api.mount("/static", StaticFiles(directory=STATIC))
    tell_problems(api)
    api.add_middleware(Normalization)
    api.add_middleware(Rates, limits=service.limits, telemetry=service.telemetry, name=service.name)
    return api
