"""How a request over HTTP is decided and its outcome told: the same for resources and the CloudEvents endpoint."""

from collections.abc import Set
from typing import Any, TypedDict
from uuid import UUID

import orjson
from fastapi import Request as HttpRequest
from fastapi.responses import Response
from omatoimi_contracts.codec import Event, Headers, Malformed, read
from omatoimi_contracts.event import RequestEvent
from omatoimi_contracts.outcomes import RequestRejected
from omatoimi_contracts.vocabulary import RequestData

from chassis import inbox
from chassis.access import Caller
from chassis.act import ask
from chassis.group_commit import Busy
from chassis.negotiation import language_of
from chassis.problem import Problem
from chassis.service import Service
from chassis.transaction import Answer, Outcome, Request

JSON = "application/json"
SPOKEN = ("en", "fi", "sv")
"""The languages in which a no is told, the one for who asks for none at the front."""


def refuse_unknown(http: HttpRequest, parameters: Set[str] = frozenset()) -> None:
    """Refuse a parameter of the query that is none of these, nor the language."""
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


def validate_only_of(http: HttpRequest) -> bool:
    """Tell whether the endpoint is only asked what its answer would be: `?validate-only=true`.

    A parameter, as in Google's AIP-163 and Kubernetes' `dryRun`: a preference (RFC 7240) or a header that is not known
    may be passed over, and what was to be tried would be done. An unknown parameter is refused.
    """
    if not http.scope["query_string"]:
        return False
    name = "validate-only"
    refuse_unknown(http, {name})
    told = http.query_params.getlist(name) or ["false"]
    if told not in (["true"], ["false"]):
        raise Problem(400, "malformed", f"'{name}' is 'true' or 'false', once.", parameter=name)
    return told == ["true"]


def spoken(http: HttpRequest) -> str:
    """Return the language of a no: what the reader asks for, or English."""
    return language_of(http.headers.get("accept-language", ""), SPOKEN)


def media_type(http: HttpRequest) -> str:
    """Return the media type of the body, without its parameters."""
    return http.headers.get("content-type", "").partition(";")[0].strip().lower()


def read_event(service: Service, value: bytes, headers: Headers = ()) -> Event:
    """Decode one event; a problem where it is none."""
    try:
        return read(value, headers, service.installation.lists)
    except Malformed as fault:
        raise malformed(fault) from None


def malformed(fault: Malformed, *, within: str = "") -> Problem:
    """Tell what is wrong with bytes that are no event, and where."""
    reason = f"{fault.reason[:1].upper()}{fault.reason[1:]}."
    return Problem(400, "malformed", reason, pointer=fault.pointer.removeprefix(within))


def request_of(event: Event) -> RequestEvent[RequestData]:
    """Take an event as a request; a problem where it is a fact."""
    if not isinstance(event, RequestEvent):
        raise Problem(
            400, "no-request", "Facts are written by their owner; send a '…requested.v1' event.", pointer="/type"
        )
    return event


async def decide(
    service: Service, by: Caller, event: RequestEvent[RequestData], validate_only: bool, language: str
) -> tuple[int, dict[str, Any]]:
    """Decide a request in its caller's name; the status and body of the answer. Raises Problem where it may not ask."""
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
    status, body = tell_outcome(service, event.id, answer, language)
    if not validate_only:
        return status, body
    if not answer.repeated:
        del body["outcome"]["id"]  # under which nothing stands
    return (status if status >= 400 else 200), {"validate_only": True, "would_be": status, **body}


def tell_outcome(service: Service, id_: UUID, answer: Answer, language: str) -> tuple[int, dict[str, Any]]:
    """Return the status and body that tell an answer: the outcome, and the resource as it is now."""
    outcome = answer.outcome
    body: dict[str, Any] = {"id": str(id_), "repeated": answer.repeated, "outcome": _outcome(outcome)}
    if outcome.type == RequestRejected.TYPE:
        reason = outcome.data["reason"]
        status, detail = service.reason(reason, language)
        told = Problem(status, reason, detail).document()
        return status, {**told, **({} if answer.first is None else {"first": answer.first}), **body}
    status = service.statuses.get(outcome.type, 201)
    if answer.repeated and status == 201:
        status = 200
    if answer.resource is not None:
        body["resource"] = answer.resource
    if status < 400 and outcome.etag is not None:
        body["etag"] = outcome.etag
    if status >= 400:
        why = str(outcome.data.get("rule") or outcome.data.get("reason") or "refused")
        detail = service.reason(why, language)[1]
        return status, {**Problem(status, why, detail).document(), **body}
    return status, body


class OutcomeTold(TypedDict):
    """The fact that answered a request: what it is about, when it happened (UTC), and its data by the schema of its
    type."""

    type: str
    id: str
    subject: str
    time: str
    data: dict[str, Any]


def _outcome(outcome: Outcome) -> OutcomeTold:
    time = outcome.time.isoformat().replace("+00:00", "Z")
    return {"type": outcome.type, "id": str(outcome.id), "subject": outcome.subject, "time": time, "data": outcome.data}


def response(status: int, document: dict[str, Any], language: str) -> Response:
    """Return the answer as it is sent: JSON, or a problem document in the language of the reader."""
    if status < 400:
        return Response(orjson.dumps(document), status, media_type=JSON)
    headers = {"Content-Language": language}
    return Response(orjson.dumps(document), status, headers, media_type="application/problem+json")
