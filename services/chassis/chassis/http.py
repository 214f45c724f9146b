"""The HTTP doors of a service: its resources, the CloudEvents door, how a request ended, and problem details.

HTTP needs no broker: while Kafka is down, people still book, and the events follow.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Header
from fastapi import Request as HttpRequest
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from omatoimi_contracts.catalogue import event_model
from omatoimi_contracts.codec import Malformed, header_list, malformed, read, read_document
from omatoimi_contracts.event import RequestEvent
from omatoimi_contracts.outcomes import RequestRejected
from omatoimi_contracts.vocabulary import Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import channels, inbox
from chassis.act import ask
from chassis.database import is_own
from chassis.service import Service
from chassis.transaction import Answer, Asked, Outcome, Principal

MAX_BODY = 1_000_000
STATIC = Path(__file__).parent / "static"
MAX_BATCH = 100
BATCH = "application/cloudevents-batch+json"


class Problem(Exception):
    """An error as problem details (RFC 9457). `code` is machine-readable, `detail` says what to do, `pointer` is a JSON
    pointer to the fault; `more` are members of one's own."""

    def __init__(self, status: int, code: str, detail: str, *, pointer: str = "", **more: Any) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.pointer, self.more = status, code, detail, pointer, more

    def document(self) -> dict[str, Any]:
        document = {
            "type": f"urn:omatoimi:problem:{self.code}",
            "title": self.code.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
            **self.more,
        }
        return {**document, "pointer": self.pointer} if self.pointer else document

    def response(self) -> JSONResponse:
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}
        return JSONResponse(self.document(), self.status, headers, media_type="application/problem+json")


def service_of(http: HttpRequest) -> Service:
    """The service whose door this is."""
    service = http.app.state.service
    assert isinstance(service, Service)
    return service


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
        attributes = {
            "id": self.id,
            "source": self.by.source,
            "type": data.TYPE,
            "time": self.time or self.service.clock(),
            "assisted": self.assisted,
            "language": self.language,
            "traceparent": self.traceparent,
            "data": data,
        }
        try:
            event = event_model(type(data)).model_validate(attributes)
        except ValidationError as error:
            fault = malformed(error)
            raise Problem(400, "malformed", f"A header is wrong: {fault.reason}.", pointer=fault.pointer) from None
        assert isinstance(event, RequestEvent)
        status, body = await _decide(self.service, self.by, event)
        media = "application/problem+json" if status >= 400 else "application/json"
        return JSONResponse(body, status, media_type=media)


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
        rule = str(outcome.data.get("rule", "refused"))
        detail = service.reasons.get(rule, (409, "It was refused."))[1]
        return status, {**Problem(status, rule, detail).document(), **body}
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
    try:
        event = read(body, header_list(http.headers))
    except Malformed as fault:
        raise Problem(400, "malformed", fault.reason, pointer=fault.pointer) from None
    status, document = await _decide(service, by, _request(event))
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
        status, document = await _decide(service, by, _request(read_document(item)))
    except Malformed as fault:
        problem = Problem(400, "malformed", fault.reason, pointer=fault.pointer)
        return {"status": 400, "body": problem.document()}
    except Problem as problem:
        return {"status": problem.status, "body": problem.document()}
    return {"status": status, "body": document}


def _request(event: Any) -> RequestEvent[Request]:
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


def app(service: Service, lifespan: Callable[[FastAPI], Any] | None = None, *, prefix: str = "") -> FastAPI:
    """The service's HTTP application; `prefix` is where it is mounted."""
    api = FastAPI(
        title=f"Omatoimi {service.name}",
        version="1",
        root_path=prefix,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        responses={"4XX": {"description": "Problem details (RFC 9457)"}},
    )
    api.state.service = service
    api.include_router(events)
    for router in (service.api, service.pages):
        if router is not None:
            api.include_router(router)
    api.mount("/static", StaticFiles(directory=STATIC))
    api.add_exception_handler(Problem, _problem)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http_error)
    api.add_exception_handler(Exception, _broken)
    api.add_middleware(BodyLimit)
    return api


async def _problem(_: HttpRequest, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)
    return problem.response()


async def _invalid(_: HttpRequest, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where, *path = first["loc"]
    pointer = "".join(f"/{part}" for part in path)
    return Problem(
        400 if first["type"] == "json_invalid" else 422,
        "malformed",
        f"In the {where}: {first['msg']}.",
        pointer=pointer,
    ).response()


async def _http_error(_: HttpRequest, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "unknown", 405: "method-not-allowed"}.get(error.status_code, "refused")
    response = Problem(error.status_code, code, str(error.detail)).response()
    response.headers.update(error.headers or {})
    return response


async def _broken(_: HttpRequest, error: Exception) -> JSONResponse:
    if is_own(error):
        problem = Problem(503, "try-again", "The database does not answer just now; send the same request again.")
        response = problem.response()
        response.headers["Retry-After"] = "2"
        return response
    return Problem(
        500, "broken", "Something broke on our side; nothing was changed. Send the same request again."
    ).response()


class BodyLimit:
    """Refuses bodies over the limit as problem details, told or not told in advance."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = next((int(v) for k, v in scope["headers"] if k == b"content-length" and v.isdigit()), 0)
        problem = Problem(413, "too-large", f"A body may have at most {self.limit} bytes.").response()
        if told > self.limit:
            await problem(scope, receive, send)
            return
        await self._count(scope, receive, send)

    async def _count(self, scope: Scope, receive: Receive, send: Send) -> None:
        got = 0

        async def counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > self.limit:
                raise Problem(413, "too-large", f"A body may have at most {self.limit} bytes.")
            return message

        await self.app(scope, counted, send)


@asynccontextmanager
async def connected(service: Service) -> AsyncIterator[None]:
    """Migrate and open the pool for the time of the context."""
    await service.migrate()
    await service.connect()
    try:
        yield
    finally:
        await service.disconnect()
