"""Verify organisations, and withdraw their proof."""

from collections.abc import Sequence

from chassis import ANY_STAFF, Emission, LockKey, Reject, Request, Transaction
from omatoimi_contracts.notices import NoticeWithdrawn
from omatoimi_contracts.organisations import OrganisationVerified, OrganisationWithdrawn
from omatoimi_contracts.requests import VerificationRequested

from notices.domain.notices import NoticeState
from notices.handlers.registry import registry
from notices.lifecycle import keep, publication_first
from notices.store import notices, organisations


async def keys(tx: Transaction, requests: Sequence[Request[VerificationRequested]]) -> set[LockKey]:
    """Name the organisations, and the notices that a withdrawal takes down."""
    withdrawn = [r.data.organisation for r in requests if r.data.state == "withdrawn"]
    taken_down = await notices.approved_of(tx.conn, withdrawn) if withdrawn else set()
    return {("organisation", str(r.data.organisation)) for r in requests} | {("notice", str(n)) for n in taken_down}


@registry.on(
    VerificationRequested,
    path="/v1/verifications",
    page="/desk/organisations",
    may=ANY_STAFF,
    locks=keys,
    statuses={OrganisationWithdrawn: 200},
    reasons={409: ("not-verified",)},
)
async def verify(request: Request[VerificationRequested], tx: Transaction) -> Emission | Reject:
    """Prove an organisation, or withdraw the proof (staff). With the proof its notices are taken down."""
    data = request.data
    if data.state == "withdrawn":
        return await _withdraw(request, tx)
    await organisations.verify(tx.conn, data, tx.now, request.by.desk)
    fact = OrganisationVerified(
        organisation=data.organisation,
        class_=data.class_,
        registernumber=data.registernumber,
        department=data.department,
    )
    return request.outcome(fact, unit=request.by.channel.unit)


async def _withdraw(request: Request[VerificationRequested], tx: Transaction) -> Emission | Reject:
    organisation = request.data.organisation
    class_ = await organisations.withdraw(tx.conn, organisation, tx.now, request.by.desk)
    if class_ is None:
        return Reject("not-verified")
    seen = [publication_first(n, tx) for n in await notices.of_organisation(tx.conn, organisation, tx.now)]
    down = [notice.ended(NoticeState.WITHDRAWN, tx.now) for notice in seen]
    await keep(tx, down)
    for notice in down:
        tx.emit(request.also(notice.stated(NoticeWithdrawn, by="house"), unit=notice.unit))
    return request.outcome(
        OrganisationWithdrawn(organisation=organisation, class_=class_), unit=request.by.channel.unit
    )
