"""Book a space for a time: the one decision that everybody queues for."""

from collections.abc import Sequence

from chassis import ANYONE, Emission, Reject, Request, Transaction
from omatoimi_contracts.booking import BookingConfirmed, BookingRefused
from omatoimi_contracts.requests import BookingRequested

from booking import service_tasks, telling
from booking.domain.bookings import Booking
from booking.domain.proposals import Occurrence, Proposal
from booking.domain.rules import IMPOSSIBLE, REFUSAL_CODES
from booking.handlers.registry import registry
from booking.reserving import Verdict, locks_of, reserve
from booking.store import bookings, codes, things

BookingRequest = Request[BookingRequested]


def _proposal(request: BookingRequest) -> Proposal:
    """Return what the request proposes: one space for one slot."""
    asked = request.data
    return Proposal(
        (Occurrence(asked.space, asked.slot.slot()),),
        persons=asked.persons,
        organiser=asked.organiser,
        coorganisers=asked.coorganisers,
        vouched=request.by.vouches_for(asked.organiser.department),
        purpose=asked.purpose,
        case=asked.case,
        rules_accepted=asked.rules_accepted,
    )


@registry.on_batch(
    BookingRequested,
    path="/v1/bookings",
    page="/book",
    tag="bookings",
    may=ANYONE,
    of=things.rooms,
    in_name_of=lambda asked: asked.organiser.organisation,
    locks=locks_of(_proposal),
    statuses={BookingRefused: 409},
    reasons={404: ("unknown-space",), 409: (*REFUSAL_CODES, "rules-not-accepted"), 422: ("case-without-hearing",)},
)
async def book(requests: Sequence[BookingRequest], tx: Transaction) -> list[Emission | Reject]:
    """Confirm each booking, or refuse it and name the rule that decided."""
    verdicts = await reserve(tx, [_proposal(request) for request in requests], offer=True)
    decided = [(r, v, _booking(r, v)) for r, v in zip(requests, verdicts, strict=True)]
    confirmed = [(r, v, booking) for r, v, booking in decided if booking and v.rule is None]
    await bookings.write(tx, [booking for _, _, booking in confirmed])
    await service_tasks.open_for([(r, b, v.occurrences[0].space.task) for r, v, b in confirmed], tx)
    given = await codes.give(tx.conn, [booking for _, _, booking in confirmed], tx.now)
    for request, _, booking in confirmed:
        telling.tell(request, "booking-confirmed", booking, tx, code=given.get(booking.booking))
    return [_outcome(*decision) for decision in decided]


def _outcome(request: BookingRequest, verdict: Verdict, booking: Booking | None) -> Emission | Reject:
    rule = verdict.rule
    if booking is None:
        assert rule is not None
        return Reject(rule.code)
    if rule is None:
        return request.outcome(BookingConfirmed(**booking.facts(BookingConfirmed)), unit=booking.unit)
    about = booking.facts(BookingRefused) | {"alternatives": verdict.alternatives}
    return request.outcome(BookingRefused(**about, rule=rule.code, ruleversion=verdict.version), unit=booking.unit)


def _booking(request: BookingRequest, verdict: Verdict) -> Booking | None:
    """Return the booking that was decided, as it is written or would have been; None where nobody could be given it."""
    if verdict.rule in IMPOSSIBLE:
        return None
    asked, (one,) = request.data, verdict.occurrences
    return Booking(
        booking=one.id,
        number=one.number,
        source=request.by.channel.source,
        premises=one.space.premises,
        owner=one.space.owner,
        unit=one.space.unit,
        space=one.space.space,
        leaves=one.space.leaves,
        slot=one.slot,
        wanted=asked.wanted.slot() if asked.wanted else one.slot,
        hours=one.hours,
        organiser=verdict.organiser,
        coorganisers=verdict.coorganisers,
        opentopublic=asked.opentopublic,
        purpose=asked.purpose,
        case=asked.case,
        session=asked.session,
        persons=asked.persons,
        rules_accepted=asked.rules_accepted,
        cancel_before=one.space.booking_rules.cancel_before,
        person=request.by.person,
    )
