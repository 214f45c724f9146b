"""May I have this space then: the one decision that everybody queues for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis import Asked, Emission, Reject, Transaction
from omatoimi_contracts.booking import Alternative, BookingConfirmed, BookingRefused
from omatoimi_contracts.requests import BookingRequested
from omatoimi_contracts.tasks import TaskOpened
from uuid_utils.compat import uuid7

from booking.domain.bookings import Booking
from booking.domain.hours import month_of
from booking.domain.organisers import proven, unproven
from booking.domain.rules import Rule, Situation, Wish, alternatives, refusal, windows
from booking.domain.tasks import Task
from booking.handlers.registry import registry
from booking.store import bookings, claims, locks, tasks
from booking.store.look import claims_within, look

Request = Asked[BookingRequested]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of one request: the booking as it is told, and the rule that refused it, or None."""

    request: Request
    wish: Wish
    booking: Booking
    rule: Rule | None


@registry.on_batch(BookingRequested, locks=locks.of_spaces)
async def decide(requests: Sequence[Request], tx: Transaction) -> list[Emission | Reject]:
    """Confirm each booking, or refuse it and name the rule that decided: one look for all, the rules go through them in
    the order they came, one insert a table."""
    found = await look(tx.conn, tx.now, [(r.data.space, r.data.slot.slot()) for r in requests], _holders(requests))
    numbers = iter(found.numbers)
    decided = [_decide(request, found.situation, numbers) for request in requests]
    decisions = [decision for decision in decided if isinstance(decision, Decision)]
    confirmed = [decision for decision in decisions if decision.rule is None]
    ids_and_claims = [(d.booking.booking, claim) for d in confirmed for claim in d.wish.claims]
    await claims.claim(tx.conn, ids_and_claims)
    await bookings.write(tx.conn, [decision.booking for decision in confirmed], tx.now)
    await _open_tasks(confirmed, tx)
    free_instead = await _alternatives([d for d in decisions if d.rule is not None], found.situation, tx)
    return [
        decision if isinstance(decision, Reject) else _answer(decision, free_instead.get(decision.request.id, ()))
        for decision in decided
    ]


def _holders(requests: Sequence[Request]) -> Iterator[tuple[UUID, date | None]]:
    for request in requests:
        asked = request.data
        if asked.organiser.organisation:
            yield asked.organiser.organisation, month_of(asked.slot.start)
        for other in asked.coorganisers:
            if other.organisation:
                yield other.organisation, None


def _decide(request: Request, situation: Situation, numbers: Iterator[int]) -> Decision | Reject:
    asked = request.data
    space = situation.spaces.get(asked.space)
    if space is None:
        return Reject("unknown-space")
    if asked.case is not None and asked.purpose != "hearing":
        return Reject("case-without-hearing")
    organiser = proven(asked.organiser, situation.proofs, staff=request.by.staff)
    coorganisers = [proven(other, situation.proofs, staff=request.by.staff) for other in asked.coorganisers]
    slot = asked.slot.slot()
    wish = Wish(next(numbers), space, slot, asked.persons, organiser, tuple(coorganisers))
    rule = refusal(wish, situation)
    if rule is None:
        situation.promise(wish)
    booking = Booking(
        booking=uuid7(),
        number=wish.number,
        source=request.by.channel.source,
        premises=space.premises,
        owner=space.owner,
        unit=space.unit,
        space=space.space,
        leaves=space.leaves,
        slot=slot,
        wanted=asked.wanted.slot() if asked.wanted else slot,
        hours=situation.hours_of(space).kind(slot),
        organiser=organiser or unproven(asked.organiser),
        coorganisers=tuple(
            known or unproven(other) for known, other in zip(coorganisers, asked.coorganisers, strict=True)
        ),
        opentopublic=asked.opentopublic,
        purpose=asked.purpose,
        case=asked.case,
        session=asked.session,
        persons=asked.persons,
    )
    return Decision(request, wish, booking, rule)


async def _open_tasks(confirmed: Sequence[Decision], tx: Transaction) -> None:
    """A space's rule may ask for a service task with each booking: somebody opens the door when it starts."""
    opened = []
    for decision in confirmed:
        booking, kind = decision.booking, decision.wish.space.task
        if kind is not None:
            task = Task(uuid7(), booking.booking, kind, booking.slot.start)
            opened.append(task)
            by = "staff" if decision.request.by.staff else "user"
            tx.emit(decision.request.beside(TaskOpened(**task.facts(booking, by=by)), unit=booking.unit))
    await tasks.open_(tx.conn, opened)


async def _alternatives(
    refused: Sequence[Decision], situation: Situation, tx: Transaction
) -> dict[UUID, tuple[Alternative, ...]]:
    """What was free instead, by the request's id: looked up after the batch's own claims, so that it is free."""
    asked = [(d, d.rule) for d in refused if d.rule is not None]
    wanted = [window for d, rule in asked for window in windows(d.wish, rule, situation)]
    around = await claims_within(tx.conn, wanted)
    return {d.request.id: alternatives(d.wish, rule, situation, around) for d, rule in asked}


def _answer(decision: Decision, free_instead: tuple[Alternative, ...]) -> Emission:
    booking, rule = decision.booking, decision.rule
    about = booking.facts() | {"session": booking.session, "persons": booking.persons}
    if rule is None:
        return decision.request.answer(BookingConfirmed(**about), unit=booking.unit)
    fact = BookingRefused(**about, rule=rule.code, ruleversion=rule.version, alternatives=free_instead)
    return decision.request.answer(fact, unit=booking.unit)
