"""The HTTP doors of a service: its resources, the CloudEvents door, how a request ended, and problem details.

HTTP needs no broker: while Kafka is down, people still book, and the events follow.
"""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Header
from fastapi import Request as HttpRequest
from fastapi.responses import JSONResponse
from omatoimi_contracts.codec import Event, Headers, Malformed, header_list, read
from omatoimi_contracts.event import RequestEvent
from omatoimi_contracts.outcomes import RequestRejected
from omatoimi_contracts.vocabulary import Request
from starlette.staticfiles import StaticFiles

from chassis import channels, inbox
from chassis.act import ask
from chassis.problem import Problem, tell_problems
from chassis.service import Service
from chassis.transaction import Answer, Asked, Outcome, Principal

STATIC = Path(__file__).parent / "static"
MAX_BATCH = 100
BATCH = "application/cloudevents-batch+json"
STOPPING = "omatoimi.stopping"
"""The name in a request's scope of the event that is set when the server is told to stop."""


def service_of(http: HttpRequest) -> Service:
    """The service whose door this is."""
    service = http.app.state.service
    assert isinstance(service, Service)
    return service


def stopping(http: HttpRequest) -> asyncio.Event:
    """Set when the server is told to stop: an answer that would go on must end then."""
    told = http.scope.get(STOPPING)
    return told if isinstance(told, asyncio.Event) else asyncio.Event()


async def principal(
    http: HttpRequest, authorization: Annotated[str | None, Header(max_length=300)] = None
) -> Principal:
    """The channel that asks, by its API key: `Authorization: Bearer <key>`."""
    scheme, _, key = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Problem(401, "key-missing", "Send your channel's key as 'Authorization: Bearer <key>'.")
    found = await channels.by_key(service_of(http).pool, key.strip())  # type: ignore[arg-type]
    if found is None:
        raise Problem(401, "key-unknown", "No channel has this key; ask the city for one.")
    return found


class Door:
    """The resource door: makes an event of a body and its headers, and tells the answer."""

    def __init__(
        self,
        http: HttpRequest,
        by: Annotated[Principal, Depends(principal)],
        idempotency_key: Annotated[
            UUID | None, Header(description="A UUID made once for this request; sent again it tells the first answer.")
        ] = None,
        assisted: Annotated[bool, Header(description="Whether staff helped the person.")] = False,
        content_language: Annotated[str, Header(pattern=r"^[a-z]{2,8}$")] = "fi",
        happened_at: Annotated[
            datetime | None, Header(description="When it happened, with an offset, where that was not now.")
        ] = None,
        traceparent: Annotated[str | None, Header(max_length=55)] = None,
    ) -> None:
        self.service, self.by = service_of(http), by
        self.id, self.assisted, self.language = idempotency_key, assisted, content_language
        self.time, self.traceparent = happened_at, traceparent

    async def ask(self, data: Request) -> JSONResponse:
        """Decide one request and answer it."""
        if self.id is None:
            raise Problem(
                400,
                "idempotency-key-missing",
                "Send an 'Idempotency-Key' header: a UUID made once for this request, so that it may be repeated.",
            )
        document = {
            "specversion": "1.0",
            "id": str(self.id),
            "source": self.by.source,
            "type": data.TYPE,
            "time": (self.time or self.service.clock()).isoformat(),
            "assisted": self.assisted,
            "language": self.language,
            "data": data.model_dump(by_alias=True),
        }
        if self.traceparent:
            document["traceparent"] = self.traceparent
        # Through the codec like at every other door, so that no door takes what another would refuse.
        event = _request(_read(json.dumps(document, default=_text).encode(), within="/data"))
        status, body = await _decide(self.service, self.by, event)
        media = "application/problem+json" if status >= 400 else "application/json"
        return JSONResponse(body, status, media_type=media)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


async def _decide(service: Service, by: Principal, event: RequestEvent[Request]) -> tuple[int, dict[str, Any]]:
    if event.source != by.source:
        raise Problem(403, "not-your-source", f"This key belongs to the source {by.source}.", pointer="/source")
    if event.type not in service.handlers.handlers:
        raise Problem(404, "not-here", f"{event.type} is not taken by {service.name}.", pointer="/type")
    if not by.may(event.type):
        raise Problem(403, "not-allowed", f"This channel may not ask for {event.type}.", pointer="/type")
    try:
        answer = await ask(service, Asked(event, by))
    except inbox.OtherContent:
        raise Problem(
            422,
            "other-content",
            "This id came before with other content: make a new id for a new request.",
            pointer="/id",
        ) from None
    return await _tell(service, event.id, answer)


async def _tell(service: Service, id_: UUID, answer: Answer) -> tuple[int, dict[str, Any]]:
    """The status and body that tell an answer: the outcome, and the resource as it is now."""
    outcome = answer.outcome
    body: dict[str, Any] = {"id": str(id_), "repeated": answer.repeated, "outcome": _outcome(outcome)}
    if outcome.type == RequestRejected.TYPE:
        reason = outcome.data["reason"]
        status, detail = service.reasons.get(reason, (409, "It could not be done."))
        return status, {**Problem(status, reason, detail).document(), **body}
    status = next((code for kind, code in service.statuses.items() if outcome.type == kind.TYPE), 201)
    if answer.repeated and status == 201:
        status = 200
    async with service.pool.acquire() as conn:
        resource = await service.resource(conn, outcome)
    if resource is not None:
        body["resource"] = resource
    if status >= 400:
        why = str(outcome.data.get("rule") or outcome.data.get("reason") or "refused")
        detail = service.reasons.get(why, (409, "It was refused."))[1]
        return status, {**Problem(status, why, detail).document(), **body}
    return status, body


def _outcome(outcome: Outcome) -> dict[str, Any]:
    time = outcome.time.isoformat().replace("+00:00", "Z")
    return {"type": outcome.type, "id": str(outcome.id), "subject": outcome.subject, "time": time, "data": outcome.data}


events = APIRouter(tags=["events"])


@events.post("/v1/events", summary="The CloudEvents door: one event, or a batch of at most 100")
async def post_events(http: HttpRequest, by: Annotated[Principal, Depends(principal)]) -> JSONResponse:
    """Structured or binary mode, or `application/cloudevents-batch+json`: then each event is answered by itself, in
    order, and one bad event never spoils its neighbours."""
    service = service_of(http)
    body = await http.body()
    kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == BATCH:
        return JSONResponse([await _one_of_many(service, by, item) for item in _batch(body)], 207)
    status, document = await _decide(service, by, _request(_read(body, header_list(http.headers))))
    media = "application/problem+json" if status >= 400 else "application/json"
    return JSONResponse(document, status, media_type=media)


def _batch(body: bytes) -> list[Any]:
    try:
        items = json.loads(body)
    except (ValueError, RecursionError):
        raise Problem(400, "malformed", "The batch is no JSON.") from None
    if not isinstance(items, list) or len(items) > MAX_BATCH:
        raise Problem(400, "malformed", f"A batch is a JSON array of at most {MAX_BATCH} events.")
    return items


async def _one_of_many(service: Service, by: Principal, item: Any) -> dict[str, Any]:
    try:
        status, document = await _decide(service, by, _request(_read(json.dumps(item).encode())))
    except Problem as problem:
        return {"status": problem.status, "body": problem.document()}
    return {"status": status, "body": document}


def _read(value: bytes, headers: Headers = (), *, within: str = "") -> Event:
    try:
        return read(value, headers)
    except Malformed as fault:
        reason = f"{fault.reason[:1].upper()}{fault.reason[1:]}."
        raise Problem(400, "malformed", reason, pointer=fault.pointer.removeprefix(within)) from None


def _request(event: Event) -> RequestEvent[Request]:
    if not isinstance(event, RequestEvent):
        raise Problem(
            400, "no-request", "Facts are written by their owner; send a '…requested.v1' event.", pointer="/type"
        )
    return event


@events.get("/v1/requests/{id}", summary="How a request of this channel ended")
async def how_it_ended(id: UUID, http: HttpRequest, by: Annotated[Principal, Depends(principal)]) -> JSONResponse:
    """Also for what was posted over Kafka: the channel asks by the event's id."""
    service = service_of(http)
    async with service.pool.acquire() as conn:
        outcome = await inbox.look_up(conn, by.source, id)
    if outcome is None:
        raise Problem(404, "unknown", "No request of this channel has this id here; it may still be on its way.")
    _, body = await _tell(service, id, Answer(outcome, repeated=True))
    return JSONResponse(body)


def app(service: Service) -> FastAPI:
    """The service's HTTP application; it may be mounted anywhere."""
    api = FastAPI(
        title=f"Omatoimi {service.name}",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses={"4XX": {"description": "Problem details (RFC 9457)"}},
    )
    api.state.service = service
    api.state.demo = lambda: service.demo
    api.include_router(events)
    for router in (service.api, service.pages):
        if router is not None:
            api.include_router(router)
    api.mount("/static", StaticFiles(directory=STATIC))
    tell_problems(api)
    return api
