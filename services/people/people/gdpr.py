"""The city's interface of personal data (GDPR API 1.1.0), which its profile asks: what is held of somebody, and that it
be erased. Whoever asks shows a token of the identity provider for the very person, with the scope for it.

The profile waits 5 s. It sends `dry_run` in the query; in the body it is read as well, since what is meant as a trial
must erase nothing wherever it stands.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs
from uuid import UUID

from chassis import Caller, Problem, Request, Service, ask, endpoint, service_of
from chassis.access import RESIDENTS, Channel, Grant, May
from chassis.database import is_own
from chassis.installation import Identity
from chassis.key_sets import TokenRefused
from chassis.pages import LANGUAGES, words_of
from fastapi import APIRouter, Query
from fastapi import Request as HttpRequest
from fastapi.responses import JSONResponse, Response
from omatoimi_contracts.event import RequestEvent
from omatoimi_contracts.requests import ErasureRequested
from uuid_utils.compat import uuid7

from people import queries
from people.domain import sign_in, tree
from people.provider import access_token, identity_of
from people.store import persons

log = logging.getLogger("omatoimi")
router = APIRouter(tags=["city"])

THE_CITY = May((Grant("the city's token", None, lambda _, __: False),))
"""Whoever shows a token of the identity provider for the person: no channel's key opens it."""
ADDRESS = "/gdpr-api/v1/user/{subject}"
NOT_KEPT = {"Cache-Control": "no-store"}
WORDS = {language: words_of(Path(__file__).parent, language) for language in LANGUAGES}


def refusal(status: int, code: str) -> JSONResponse:
    """Return why something cannot be done as the contract has it: with other keys the caller drops the reasons."""
    message = {language: words[f"gdpr.{code}"] for language, words in WORDS.items()}
    return JSONResponse({"errors": [{"code": code, "message": message}]}, status, NOT_KEPT)


@endpoint(router, ADDRESS, may=THE_CITY, summary="What is held of a person (the city's GDPR API)")
async def get_user(subject: UUID, http: HttpRequest) -> Response:
    """Return a tree of keys and values; 204 when nothing is held. Who is not identified strongly enough is told so in
    the place of what is held."""
    service = service_of(http)
    identity, claims = await _claims(http, subject, "gdpr_api_query_scope")
    async with service.pool.acquire() as conn:
        person = await persons.called(conn, identity.issuer, str(subject))
        held = await queries.held(conn, person) if person is not None else None
    if held is None:
        return Response(status_code=204, headers=NOT_KEPT)
    if not _strong_enough(identity, claims):
        message = {language: words["gdpr.insufficient-loa"] for language, words in WORDS.items()}
        error = {"code": "insufficient-loa", "message": message}
        told: dict[str, Any] = {
            "key": "OMATOIMI",
            "children": [{"key": one.name.upper(), "error": error} for one in fields(held)],
        }
        return JSONResponse(told, headers=NOT_KEPT)
    return JSONResponse(tree.node("omatoimi", held), headers=NOT_KEPT)


@endpoint(router, ADDRESS, may=THE_CITY, method="DELETE", summary="Erase a person (the city's GDPR API)")
async def delete_user(subject: UUID, http: HttpRequest, dry_run: Annotated[str, Query(max_length=10)] = "") -> Response:
    """Answer 204 when it is done, also where nothing was held; 403 with the reasons where it is not. With
    `dry_run=true` the same is answered, and nothing is erased."""
    service = service_of(http)
    identity, claims = await _claims(http, subject, "gdpr_api_delete_scope")
    trial = _is_true(dry_run) or any(_is_true(told) for told in _in_body(await http.body()))
    try:
        async with service.pool.acquire() as conn:
            person = await persons.called(conn, identity.issuer, str(subject))
        if person is not None:
            if not _strong_enough(identity, claims):
                return refusal(403, "insufficient-loa")
            await ask(service, _erasure(service, person), validate_only=trial)
    except Exception as error:
        if not is_own(error):
            raise
        log.warning("an erasure of the city could not be done now: %s", type(error).__name__)
        return refusal(500, "try-again")
    return Response(status_code=204, headers=NOT_KEPT)


async def _claims(http: HttpRequest, subject: UUID, scope: str) -> tuple[Identity, dict[str, Any]]:
    """Return the claims of whoever may ask this of this person. Raises Problem (401)."""
    service, identity = service_of(http), identity_of(service_of(http))
    scheme, _, token = http.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Problem(401, "token-missing", "Send the identity provider's token as 'Authorization: Bearer <token>'.")
    try:
        claims = await access_token(service, token.strip())
        if claims["sub"].lower() != str(subject):
            raise TokenRefused("The token is another person's.")
        if getattr(identity, scope) not in found_at(claims, identity.api_authorization_field):
            raise TokenRefused("The token has not the scope for this.")
    except TokenRefused as why:
        raise Problem(401, "token-refused", str(why)) from None
    return identity, claims


def found_at(claims: Mapping[str, Any], path: str) -> set[str]:
    """Return the texts at a dotted path of claims, through every list on the way: the scopes in
    `authorization.permissions.scopes`."""
    found: list[Any] = [claims]
    for step in path.split("."):
        found = [one[step] for each in _each(found) for one in [each] if isinstance(one, Mapping) and step in one]
    return {one for one in _each(found) if isinstance(one, str)}


def _each(found: list[Any]) -> Iterator[Any]:
    for one in found:
        yield from one if isinstance(one, list) else [one]


def _strong_enough(identity: Identity, claims: Mapping[str, Any]) -> bool:
    return sign_in.level(claims.get("loa")) in identity.gdpr_api_loa


def _is_true(told: Any) -> bool:
    return str(told).strip().lower() in ("true", "1", "yes")


def _in_body(body: bytes) -> list[Any]:
    """Read what a body tells of `dry_run`, as JSON or as a form."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return parse_qs(body.decode("utf-8", "replace"), max_num_fields=None).get("dry_run", [])
    return [told["dry_run"]] if isinstance(told, dict) and "dry_run" in told else []


def _erasure(service: Service, person: UUID) -> Request[ErasureRequested]:
    """Return the very request by which a person asks to be forgotten, asked by the city for them."""
    source, data = f"{service.source}/city", ErasureRequested()
    event: RequestEvent[ErasureRequested] = RequestEvent.model_construct(
        id=uuid7(), source=source, type=data.TYPE, time=service.clock(), data=data
    )
    return Request(event, Caller(Channel(source, "system", "none"), RESIDENTS, person=person))
