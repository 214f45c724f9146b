"""Submit, approve, reject, change and withdraw notices."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis import ANYONE, KEEPERS, OWN, Connection, Emission, LockKey, Reject, Request, Thing, Transaction
from omatoimi_contracts.notices import (
    NoticeChanged,
    NoticePublished,
    NoticeRejected,
    NoticeSubmitted,
    NoticeWithdrawn,
)
from omatoimi_contracts.requests import (
    ApprovalRequested,
    MessageRequested,
    NoticeChangeRequested,
    NoticeRequested,
    RejectionRequested,
)
from omatoimi_contracts.vocabulary import AskedOrganiser, Organiser
from uuid_utils.compat import uuid7

from notices.domain import notices as domain
from notices.domain.notices import Notice, NoticeState, Proof
from notices.handlers.registry import registry
from notices.lifecycle import keep, publication_first, publish_words
from notices.store import bookings, decisions, notices, organisations


def _organisers(data: NoticeRequested) -> list[UUID]:
    asked: Sequence[AskedOrganiser] = (data.organiser, *data.coorganisers)
    return [organiser.organisation for organiser in asked if organiser.organisation]


async def keys_to_submit(_: Transaction, requests: Sequence[Request[NoticeRequested]]) -> set[LockKey]:
    """Name the organisers, lest a proof is withdrawn meanwhile, and the booking, lest it is cancelled."""
    keys: set[LockKey] = {("booking", str(r.data.booking)) for r in requests if r.data.booking}
    return keys | {("organisation", str(org)) for r in requests for org in _organisers(r.data)}


async def keys_of_notice(_: Transaction, requests: Sequence[Request[Any]]) -> set[LockKey]:
    return {("notice", str(r.data.notice)) for r in requests}


async def keys_to_change(tx: Transaction, requests: Sequence[Request[NoticeChangeRequested]]) -> set[LockKey]:
    """Name the notices, and the organisations whose proof lets them change their words."""
    orgs = await notices.organisations_of(tx.conn, (r.data.notice for r in requests))
    return await keys_of_notice(tx, requests) | {("organisation", str(org)) for org in orgs}


async def things(conn: Connection, requests: Sequence[Request[Any]]) -> list[Thing | None]:
    """Return the notices, each of the channel that posted it."""
    found = await notices.things(conn, [request.data.notice for request in requests])
    return [found.get(request.data.notice) for request in requests]


async def houses(_: Connection, requests: Sequence[Request[NoticeRequested]]) -> list[Thing | None]:
    """Return the libraries that notices are asked of: its desk asks in the name of others at its own."""
    return [Thing(None, _unit(request)) for request in requests]


def _unit(request: Request[NoticeRequested]) -> str:
    return request.data.unit or request.by.channel.unit


@registry.on(
    NoticeRequested,
    path="/v1/notices",
    page="/tell",
    may=ANYONE,
    of=houses,
    in_name_of=lambda asked: asked.organiser.organisation,
    locks=keys_to_submit,
    statuses={NoticeSubmitted: 202},
    reasons={
        404: ("unknown-case",),
        409: ("booking-cancelled", "already-over"),
        422: ("title-missing", "never-shown", "too-far-ahead"),
    },
)
async def submit(request: Request[NoticeRequested], tx: Transaction) -> Emission | Reject:
    """Ask for a notice to be published. That of the house or of a verified organisation is, at once or at its time;
    others wait for approval. A case that decisions has not told of yet is refused: what we publish stands for ever, and
    who was refused too early can ask again."""
    data = request.data
    if data.case is not None and not await decisions.knows_case(tx.conn, data.case):
        return Reject("unknown-case")
    booking = await bookings.known(tx.conn, data.booking)
    if booking and booking.cancelled:
        return Reject("booking-cancelled")
    proofs = await organisations.proofs(tx.conn, _organisers(data))
    notice = _drafted(request, proofs, tx)
    if booking:
        notice = notice.following(booking, tx.now)
    fault = domain.fault_in_words(notice.titles, notice.texts) or domain.fault_in_times(notice, tx.now)
    if fault:
        return Reject(fault)
    if request.by.keeps(notice.unit, notice.owner) or data.organiser.organisation in proofs:
        notice = notice.approved(tx.now)
    await notices.add(tx.conn, notice)
    publish_words(tx, [notice])
    return _told(request, notice)


def _drafted(request: Request[NoticeRequested], proofs: dict[UUID, Proof], tx: Transaction) -> Notice:
    data = request.data
    titles, texts = domain.cleaned(data.titles), domain.cleaned(data.texts)
    return Notice(
        notice=uuid7(),
        source=request.event.source,
        unit=_unit(request),
        kind=data.kind,
        state=NoticeState.WAITING,
        titles=titles,
        texts=texts,
        digest=domain.digest(titles, texts),
        organiser=_organiser(request, data.organiser, proofs),
        coorganisers=tuple(_organiser(request, other, proofs) for other in data.coorganisers),
        opentopublic=data.opentopublic,
        purpose=data.purpose,
        publish_from=max(data.publish_from or tx.now, tx.now),
        until=data.until,
        submitted_at=tx.now,
        changed_at=tx.now,
        slot=data.slot.slot() if data.slot else None,
        booking=data.booking,
        case=data.case,
        districts=data.districts,
        person=request.by.person,
    )


def _organiser(request: Request[NoticeRequested], asked: AskedOrganiser, proofs: dict[UUID, Proof]) -> Organiser:
    return domain.organiser(asked, proofs, vouched=request.by.vouches_for(asked.department))


def _told(request: Request[NoticeRequested] | Request[ApprovalRequested], notice: Notice) -> Emission:
    """Tell what became of it. What can be seen now is published; what waits, for approval or for its time, is
    submitted."""
    kind = NoticePublished if notice.publication_recorded else NoticeSubmitted
    return request.outcome(notice.stated(kind), unit=notice.unit)


def _tell(request: Request[Any], kind: str, notice: Notice, tx: Transaction, *, reason: str | None = None) -> None:
    """Have whoever asked for a notice told what became of it; nobody where nobody had signed in."""
    if notice.person is not None:
        about = {"cause": request.id, "unit": notice.unit, "notice": notice.notice, "reason": reason}
        tx.ask_of_another(MessageRequested(person=notice.person, kind=kind, **about), after=request)


async def _waiting(
    request: Request[ApprovalRequested] | Request[RejectionRequested], tx: Transaction
) -> Notice | Reject:
    """Return the waiting notice that staff decide on."""
    notice = await notices.one(tx.conn, request.data.notice)
    if notice is None:
        return Reject("unknown")
    if notice.over(tx.now):
        return Reject("already-over")
    return notice if notice.state is NoticeState.WAITING else Reject("not-waiting")


@registry.on(
    ApprovalRequested,
    path="/v1/approvals",
    page="/desk/notices/{notice}",
    may=KEEPERS,
    of=things,
    locks=keys_of_notice,
    statuses={NoticeSubmitted: 202},
    reasons={404: ("unknown",), 409: ("already-over", "not-waiting")},
)
async def approve(request: Request[ApprovalRequested], tx: Transaction) -> Emission | Reject:
    """Publish a notice that waits (staff). It is shown at once or at its time."""
    notice = await _waiting(request, tx)
    if isinstance(notice, Reject):
        return notice
    notice = notice.approved(tx.now)
    await keep(tx, [notice])
    await notices.decided(tx.conn, notice.notice, request.by.office, tx.now)
    _tell(request, "notice-approved", notice, tx)
    return _told(request, notice)


@registry.on(
    RejectionRequested,
    path="/v1/rejections",
    page="/desk/notices/{notice}",
    may=KEEPERS,
    of=things,
    locks=keys_of_notice,
    statuses={NoticeRejected: 200},
    reasons={404: ("unknown",), 409: ("already-over", "not-waiting")},
)
async def reject(request: Request[RejectionRequested], tx: Transaction) -> Emission | Reject:
    """Do not publish a notice that waits, and say why (staff)."""
    notice = await _waiting(request, tx)
    if isinstance(notice, Reject):
        return notice
    reason = request.data.reason
    await keep(tx, [notice.ended(NoticeState.REJECTED, tx.now, reason)])
    await notices.decided(tx.conn, notice.notice, request.by.office, tx.now)
    _tell(request, "notice-rejected", notice, tx, reason=reason)
    return request.outcome(notice.stated(NoticeRejected, reason=reason), unit=notice.unit)


@registry.on(
    NoticeChangeRequested,
    path="/v1/notice-changes",
    page="/tell/{notice}",
    may=KEEPERS | OWN,
    of=things,
    locks=keys_to_change,
    statuses={NoticeChanged: 200, NoticeWithdrawn: 200},
    reasons={
        404: ("unknown",),
        409: ("already-over", "needs-approval", "follows-booking"),
        422: ("nothing-to-change", "title-missing", "never-shown", "too-far-ahead"),
    },
)
async def change(request: Request[NoticeChangeRequested], tx: Transaction) -> Emission | Reject:
    """Change words or times of a notice, or withdraw it."""
    notice = await notices.one(tx.conn, request.data.notice)
    if notice is None:
        return Reject("unknown")
    if notice.over(tx.now):
        return Reject("already-over")
    by = request.by.side(notice.unit, notice.owner)
    if request.data.withdraw:
        notice = publication_first(notice, tx).ended(NoticeState.WITHDRAWN, tx.now)
        await keep(tx, [notice])
        return request.outcome(notice.stated(NoticeWithdrawn, by=by), unit=notice.unit)
    fault = await _fault_in_change(request, notice, _with_changes(notice, request.data), tx)
    if fault:
        return Reject(fault)
    notice = _with_changes(publication_first(notice, tx), request.data).next_version(tx.now)
    await keep(tx, [notice])
    return request.outcome(notice.stated(NoticeChanged, by=by), unit=notice.unit)


def _with_changes(notice: Notice, data: NoticeChangeRequested) -> Notice:
    titles = notice.titles if data.titles is None else domain.cleaned(data.titles)
    texts = notice.texts if data.texts is None else domain.cleaned(data.texts)
    return replace(
        notice,
        titles=titles,
        texts=texts,
        digest=domain.digest(titles, texts),
        until=data.until or notice.until,
        slot=data.slot.slot() if data.slot else notice.slot,
    )


async def _fault_in_change(
    request: Request[NoticeChangeRequested], before: Notice, after: Notice, tx: Transaction
) -> str | None:
    if not after.differs_from(before):
        return "nothing-to-change"
    if after.digest != before.digest and not await _may_change_words(request, before, tx):
        return "needs-approval"
    if before.booking and after.slot != before.slot:
        return "follows-booking"
    return domain.fault_in_words(after.titles, after.texts) or domain.fault_in_times(after, tx.now)


async def _may_change_words(request: Request[NoticeChangeRequested], notice: Notice, tx: Transaction) -> bool:
    """Tell whether somebody may: staff, and a verified organisation. Of others not even what still waits: staff would
    approve words that they have not read."""
    organisation = notice.organiser.organisation
    by_staff = request.by.keeps(notice.unit, notice.owner)
    return by_staff or bool(organisation and await organisations.proofs(tx.conn, [organisation]))
