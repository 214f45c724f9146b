"""What of people may be read over HTTP; what may be asked for stands beside its handler. What is about a person is for
the person; whoever else sees some of it is written down first."""

from dataclasses import asdict
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from chassis import ANY_STAFF, PUBLIC, Caller, Problem, Role, caller, endpoint, service_of
from chassis.last_acts import reading, tell_state, tell_states
from fastapi import APIRouter, Depends, Query
from fastapi import Request as HttpRequest
from fastapi.responses import Response

from people import exchange, gdpr, queries, receipts
from people.access import NOBODYS, SECRETARY, SIGNED_IN
from people.domain.retention import rules
from people.store import access_log, exports, memberships, messages

router = APIRouter(tags=["people"])
router.include_router(exchange.router)
router.include_router(gdpr.router)
router.include_router(receipts.router)

NOT_KEPT = {"Cache-Control": "no-store"}
AccessPurpose = Literal["booking", "key", "notice", "feedback", "organisation", "incident"]
"""What the library may look at a person's contact details for."""
By = Annotated[Caller, Depends(caller)]


def _json(document: Any, **headers: str) -> Response:
    return Response(orjson.dumps(document, default=str), media_type="application/json", headers={**NOT_KEPT, **headers})


def _who(by: Caller) -> UUID:
    """Return the person who asks. Raises Problem where nobody has signed in."""
    if by.person is None or not SIGNED_IN.allows(by, NOBODYS):
        raise Problem(404, "unknown", "Nobody has signed in: send the person's token as 'Person-Token'.")
    return by.person


@endpoint(router, "/v1/me", may=SIGNED_IN, summary="All that is held of whoever has signed in")
async def get_me(http: HttpRequest, by: By) -> Response:
    """Tell who they are to us, how they are reached, what they agreed to, what they belong to, and who saw it."""
    person, service = _who(by), service_of(http)
    state = Response()
    async with reading(service) as conn:
        found = await queries.held(conn, person)
        if found is None:
            raise Problem(404, "unknown", "Nothing is held of this person.")
        told = await tell_state(service, conn, person, asdict(found), state)
    return _json(told, ETag=state.headers["ETag"])


@endpoint(router, "/v1/me/messages", may=SIGNED_IN, summary="What whoever has signed in was told")
async def get_messages(http: HttpRequest, by: By) -> Response:
    """List the latest first, at most 1,000: what kind, about what, and what became of it."""
    person, service = _who(by), service_of(http)
    async with service.pool.acquire() as conn:
        return _json({"items": await messages.of_person(conn, person, queries.MOST_MESSAGES)})


@endpoint(router, "/v1/me/seen-by", may=SIGNED_IN, summary="Who saw what of whoever has signed in, and what for")
async def get_seen_by(http: HttpRequest, by: By) -> Response:
    """List the latest first, at most 1,000: when, in which role, of which library, what for, which kinds of data."""
    person, service = _who(by), service_of(http)
    async with service.pool.acquire() as conn:
        return _json({"items": await access_log.of_person(conn, person, queries.MOST_SEEN)})


@endpoint(router, "/v1/exports/{export}", may=SIGNED_IN, summary="An export, which is taken once")
async def get_export(export: UUID, http: HttpRequest, by: By) -> Response:
    """Show all that is held of whoever asked for it, within 24 hours; 410 when it was taken, or is over."""
    person, service = _who(by), service_of(http)
    async with service.pool.acquire() as conn, conn.transaction():
        if not await exports.take(conn, export, person, service.clock()):
            if await exports.is_of(conn, export, person):
                raise Problem(410, "over", "This export was taken, or is over: ask for another.")
            raise Problem(404, "unknown", "There is no such export.")
        found = await queries.held(conn, person)
    return _json(found, **{"Content-Disposition": f'attachment; filename="omatoimi-{export}.json"'})


@endpoint(router, "/v1/persons", may=ANY_STAFF, summary="Who is reached at an address (staff; it is logged)")
async def find_persons(
    http: HttpRequest,
    by: By,
    email: Annotated[str, Query(min_length=3, max_length=254)],
    purpose: Annotated[AccessPurpose, Query()],
) -> Response:
    """Find a person by the address that they tell at the desk; it is found as a whole, by no part of it."""
    service = service_of(http)
    async with service.pool.acquire() as conn, conn.transaction():
        return _json({"items": await queries.at_address(conn, by, email, purpose, service.clock())})


@endpoint(router, "/v1/persons/{person}", may=ANY_STAFF, summary="How a person is reached (staff; it is logged)")
async def get_person(person: UUID, http: HttpRequest, by: By, purpose: Annotated[AccessPurpose, Query()]) -> Response:
    """Show how a person is reached, who is shown in turn that it was seen: when, in which library, and what for."""
    service = service_of(http)
    async with service.pool.acquire() as conn, conn.transaction():
        found = await queries.reached(conn, by, person, purpose, service.clock())
    if found is None:
        raise Problem(404, "unknown", "There is no such person, or nothing by which they are reached.")
    return _json(found)


@endpoint(
    router,
    "/v1/organisations/{organisation}/members",
    may=ANY_STAFF | SECRETARY,
    summary="Who may act for an organisation (staff, its secretary; it is logged)",
)
async def get_members(organisation: UUID, http: HttpRequest, by: By) -> Response:
    """List at most 500, by name."""
    service = service_of(http)
    async with reading(service, readonly=False) as conn:
        now = service.clock()
        if Role.STAFF not in by.roles and by.person not in await memberships.secretaries(conn, organisation, now):
            raise Problem(404, "unknown", "There is no such organisation, or you are none of its secretaries.")
        found = [asdict(one) for one in await queries.members(conn, by, organisation, now)]
        return _json({"items": await tell_states(service, conn, "membership", found)})


@endpoint(router, "/v1/retention", may=PUBLIC, summary="How long what is held of persons is kept")
async def get_retention(http: HttpRequest) -> Response:
    """List each kind of data, on what basis it is kept, and for how many days after what."""
    kept = service_of(http).installation.retention
    return _json({"items": rules(**kept.model_dump())})
