"""The resource of each act: what is posted to the address beside a handler, and what OpenAPI tells of it."""

from inspect import cleandoc
from typing import Any, NamedTuple

from fastapi import APIRouter
from fastapi import Request as HttpRequest
from fastapi.responses import Response
from omatoimi_contracts.codec import Malformed, read
from omatoimi_contracts.event import RequestEvent
from omatoimi_contracts.vocabulary import RequestData

from chassis import last_acts
from chassis.access import Caller
from chassis.answers import (
    JSON,
    SPOKEN,
    VALIDATE_ONLY,
    decide,
    malformed,
    media_type,
    request_of,
    response,
    spoken,
    validate_only_of,
)
from chassis.endpoints import RequestRoute, caller, service_of
from chassis.problem import Problem
from chassis.registry import Handler
from chassis.service import REASONS_OF_ALL, Service

KEY = {
    "name": "Authorization",
    "in": "header",
    "required": True,
    "description": "The channel's API key: `Bearer <key>`.",
    "schema": {"type": "string"},
}
PERSON = {
    "name": "Person-Token",
    "in": "header",
    "description": "The token of who has signed in, as `people` gave it to this channel.",
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
    "ifmatch": Attribute(
        "If-Match",
        'the entity tag of one state: "0000000007"',
        "The entity tag of the thing as it was read: where something was done to it since, nothing is done (412).",
    ),
}


def take(router: APIRouter, service: Service, handler: Handler) -> None:
    """Have what is posted to the handler's path asked of it."""
    kind, path = handler.kind, handler.path
    assert path is not None
    assert issubclass(kind, RequestData)

    async def post(http: HttpRequest) -> Response:
        validate_only, language = validate_only_of(http), spoken(http)
        by = await caller(http, http.headers.get("authorization"), http.headers.get("person-token"))
        event = await _asked(http, by, kind)
        return response(*await decide(service_of(http), by, event, validate_only, language), language)

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
        openapi_extra={"parameters": [KEY, PERSON, *parameters, VALIDATE_ONLY], "requestBody": body},
    )


def _responses(service: Service, handler: Handler) -> dict[int | str, dict[str, Any]]:
    """Describe the answers for the OpenAPI document: each outcome and each reason under its status."""
    told: dict[int | str, list[str]] = {}
    for kind, status in handler.statuses.items():
        told.setdefault(status, []).append(f"`{kind.TYPE}`: {cleandoc(kind.__doc__ or '')}")
    for status, codes in (*REASONS_OF_ALL.items(), *handler.reasons.items()):
        for code in codes:
            told.setdefault(status, []).append(f"`{code}`: {service.reason(code, SPOKEN[0])[1]}")
    return {status: {"description": "\n\n".join(lines)} for status, lines in told.items()}


async def _asked(http: HttpRequest, by: Caller, kind: type[RequestData]) -> RequestEvent[RequestData]:
    """Return the request in a body: binary mode, with headers of HTTP for the attributes and the rest known from the
    address. As bytes and through the codec, like at every other endpoint: no endpoint takes what another would
    refuse."""
    given = {name: http.headers.get(one.header) for name, one in ATTRIBUTES.items()}
    if (state := last_acts.state_in(given["ifmatch"])) is not None:
        given["ifmatch"] = f"{state:010d}"
    if given["id"] is None:
        raise Problem(
            400,
            "idempotency-key-missing",
            "Send an 'Idempotency-Key' header: a UUID made once for this request, so that it may be repeated.",
        )
    if media_type(http) != JSON:
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
        raise malformed(fault, within="/data") from None
    return request_of(event)


def _schema(kind: type[RequestData]) -> dict[str, Any]:
    """Return the JSON Schema of a body, without references: it stands inside another document."""
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
