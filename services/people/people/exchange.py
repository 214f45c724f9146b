"""Token exchange (RFC 8693): the identity provider's token for one of ours, which all services take and five minutes
later none. What a person may is looked up each time anew."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from chassis import ANYONE, PUBLIC, Caller, Connection, Problem, Service, caller, endpoint, service_of
from chassis.installation import Identity
from chassis.key_sets import TokenRefused
from fastapi import APIRouter, Depends, Form
from fastapi import Request as HttpRequest
from fastapi.responses import JSONResponse, Response

from people import keys
from people.domain import sign_in
from people.domain.tokens import holds_until
from people.provider import access_token, client_of, identity_of
from people.store import contacts, memberships, persons

router = APIRouter(tags=["tokens"])

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a kind
JWT = "urn:ietf:params:oauth:token-type:jwt"
AUDIENCE = "omatoimi"
NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
MAX_TOKEN = 16_000


def refused(error: str, detail: str) -> Problem:
    """Return an error as RFC 6749 has it (`error`, `error_description`), which is problem details as well."""
    return Problem(400, error.replace("_", "-"), detail, error=error, error_description=detail)


@endpoint(router, "/v1/token", method="POST", may=ANYONE, summary="Exchange the identity provider's token (RFC 8693)")
async def exchange(
    http: HttpRequest,
    by: Annotated[Caller, Depends(caller)],
    grant_type: Annotated[str, Form(max_length=200)] = "",
    subject_token: Annotated[str, Form(max_length=MAX_TOKEN)] = "",
    subject_token_type: Annotated[str, Form(max_length=200)] = "",
    audience: Annotated[str, Form(max_length=200)] = AUDIENCE,
    requested_token_type: Annotated[str, Form(max_length=200)] = ACCESS_TOKEN,
) -> JSONResponse:
    """Take an access token that the provider gave to this channel for `omatoimi-api`, and give one that says who the
    person is to us, for at most five minutes: id, roles, organisations, level of assurance."""
    if grant_type != EXCHANGE:
        raise refused("unsupported_grant_type", f"Send grant_type={EXCHANGE}.")
    if not subject_token or subject_token_type not in (ACCESS_TOKEN, JWT):
        raise refused("invalid_request", f"Send a subject_token, with subject_token_type={ACCESS_TOKEN}.")
    if audience != AUDIENCE or requested_token_type not in (ACCESS_TOKEN, JWT):
        raise refused("invalid_target", f"There are access tokens for the audience {AUDIENCE}, and no others.")
    service = service_of(http)
    identity = identity_of(service)
    try:
        claims = await access_token(service, subject_token)
    except TokenRefused as why:
        raise refused("invalid_request", str(why)) from None
    if identity.clients.get(client_of(claims)) != by.channel.name:
        raise refused("unauthorized_client", "The token was given to another client than this channel's.")
    now = service.clock()
    async with service.pool.acquire() as conn, conn.transaction():
        person = await _signed_in(conn, identity, claims, service.installation.languages, now)
        token, until = await _token(conn, service, identity, claims, person, by, now)
    lives = int((until - now).total_seconds())
    answer = {"access_token": token, "issued_token_type": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": lives}
    return JSONResponse(answer, headers=NOT_KEPT)


async def _signed_in(
    conn: Connection, identity: Identity, claims: dict[str, Any], languages: tuple[str, ...], now: datetime
) -> UUID:
    """Return the person of these claims, whom we know by issuer and subject alone: never by an address, since one human
    may sign in as a resident and as staff. Name and address begin with what the provider tells."""
    person = await persons.signed_in(conn, identity.issuer, claims["sub"], now)
    name, email, language = (_text(claims.get(each)) for each in ("name", "email", "locale"))
    proved = email if claims.get("email_verified", True) is True and contacts.is_address(email) else None
    language = language[:2] if language[:2] in languages else languages[0]
    await contacts.prefill(conn, person, name[:200], proved, language, now)
    return person


def _text(claim: Any) -> str:
    return " ".join(claim.split()) if isinstance(claim, str) else ""


async def _token(
    conn: Connection,
    service: Service,
    identity: Identity,
    claims: dict[str, Any],
    person: UUID,
    by: Caller,
    now: datetime,
) -> tuple[str, datetime]:
    """Return a token, and until when it holds: never longer than a right that it tells."""
    acts = [one for one in await memberships.of_person(conn, person) if one.stands(now)]
    until = holds_until(now, [one.until for one in acts])
    roles = sign_in.roles(
        claims, identity.adgroups_claim, identity.non_external_authentication_methods, identity.groups
    )
    told = {
        "iss": service.settings.people_issuer,
        "aud": AUDIENCE,
        "sub": str(person),
        "azp": by.channel.source,
        "iat": int(now.timestamp()),
        "exp": int(until.timestamp()),
        "jti": str(uuid4()),
        "roles": [role.model_dump(mode="json") for role in roles],
        "acts_for": sorted({str(one.organisation) for one in acts}),
        "loa": sign_in.level(claims.get("loa")),
    }
    return (await keys.signing(conn, now)).signed(told), until


@endpoint(router, "/v1/keys", may=PUBLIC, summary="The keys that sign our tokens (JWK set)")
async def get_keys(http: HttpRequest) -> Response:
    """Show the public keys. A key stands here ten minutes before it signs, and until the last token that it signed is
    over. Fetch them every ten minutes, and at most once in 30 s for a key that you do not know."""
    found = await keys.document(service_of(http))
    return Response(found, media_type="application/jwk-set+json", headers={"Cache-Control": "public, max-age=60"})
