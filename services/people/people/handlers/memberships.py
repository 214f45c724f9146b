"""Say who may act for an organisation, and who no longer."""

from collections.abc import Sequence
from uuid import UUID

from chassis import ANY_STAFF, Emission, LockKey, Reject, Request, Role, Transaction
from chassis.access import Caller
from omatoimi_contracts.people import MembershipEnded, MembershipGranted
from omatoimi_contracts.requests import MembershipEndRequested, MembershipRequested
from uuid_utils.compat import uuid7

from people.access import SECRETARY, SIGNED_IN, their_own
from people.domain.memberships import Membership, refusal
from people.handlers.registry import registry
from people.store import memberships, persons


async def organisation_and_person(_: Transaction, requests: Sequence[Request[MembershipRequested]]) -> set[LockKey]:
    """Name the organisations, and the persons who get a right."""
    named = {("organisation", str(request.data.organisation)) for request in requests}
    return named | {("person", str(request.data.person)) for request in requests}


@registry.on(
    MembershipRequested,
    path="/v1/memberships",
    page="/associations/{organisation}",
    may=ANY_STAFF | SECRETARY,
    of=their_own,
    locks=organisation_and_person,
    reasons={403: ("not-allowed",), 404: ("unknown-person",), 409: ("only-library", "already-over", "too-far-ahead")},
)
async def grant(request: Request[MembershipRequested], tx: Transaction) -> Emission | Reject:
    """Let a person act for an organisation until then (staff, or its secretary). Asked again for the same person, it is
    changed."""
    data, by_library = request.data, Role.STAFF in request.by.roles
    if not by_library and not await _is_secretary(tx, request.by, data.organisation):
        return Reject("not-allowed")
    if not await persons.is_known(tx.conn, data.person):
        return Reject("unknown-person")
    if (reason := refusal(data.role, data.until, tx.now, by_library=by_library)) is not None:
        return Reject(reason)
    granted_by = "library" if by_library else "secretary"
    wanted = Membership(uuid7(), data.person, data.organisation, data.role, granted_by, tx.now, data.until)
    membership = await memberships.grant(tx.conn, wanted, request.by.person)
    fact = MembershipGranted(
        membership=membership, organisation=data.organisation, role=data.role, until=data.until, grantedby=granted_by
    )
    return request.outcome(fact, unit=request.by.channel.unit)


async def organisation_of(tx: Transaction, requests: Sequence[Request[MembershipEndRequested]]) -> set[LockKey]:
    """Name the organisations of the memberships."""
    found = [await memberships.one(tx.conn, request.data.membership) for request in requests]
    return {("organisation", str(one.organisation)) for one in found if one is not None}


@registry.on(
    MembershipEndRequested,
    path="/v1/membership-ends",
    page="/associations/{organisation}",
    may=ANY_STAFF | SECRETARY | SIGNED_IN,
    of=their_own,
    locks=organisation_of,
    statuses={MembershipEnded: 200},
    reasons={403: ("not-allowed",), 404: ("unknown-membership",)},
)
async def end(request: Request[MembershipEndRequested], tx: Transaction) -> Emission | Reject:
    """Let a person no longer act for an organisation (staff, its secretary, or the person). A token that tells of it is
    over within five minutes."""
    membership = await memberships.one(tx.conn, request.data.membership)
    if membership is None or not membership.stands(tx.now):
        return Reject("unknown-membership")
    theirs = Role.STAFF in request.by.roles or request.by.person == membership.person
    if not theirs and not await _is_secretary(tx, request.by, membership.organisation):
        return Reject("not-allowed")
    await memberships.end(tx.conn, membership.membership, tx.now)
    fact = MembershipEnded(membership=membership.membership, organisation=membership.organisation)
    return request.outcome(fact, unit=request.by.channel.unit)


async def _is_secretary(tx: Transaction, by: Caller, organisation: UUID) -> bool:
    return by.person in await memberships.secretaries(tx.conn, organisation, tx.now)
