"""Tell persons what services ask to tell them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

from chassis import SERVICES, Emission, LockKey, Registry, Reject, Request, Transaction
from omatoimi_contracts.messages import MessageCreated
from omatoimi_contracts.requests import MessageRequested

from people.handlers.registry import registry
from people.mail.post import Post
from people.sending import AT_ONCE, JOB, send
from people.store import messages, persons
from people.writing import METHODS


def sending_by(post: Post | None) -> Registry:
    """Return the registry of people, whose messages go out by this; without one they wait."""
    made = replace(registry, jobs=dict(registry.jobs), lanes=dict(registry.lanes))
    if post is not None:
        made.job(JOB, at_once=AT_ONCE)(partial(send, post))
    return made


async def of_its_person(_: Transaction, requests: Sequence[Request[MessageRequested]]) -> set[LockKey]:
    """Name the persons, lest one is erased meanwhile."""
    return {("person", str(request.data.person)) for request in requests}


@registry.on(
    MessageRequested,
    path="/v1/messages",
    no_page="services ask each other, with what they decide",
    tag="messages",
    may=SERVICES,
    locks=of_its_person,
    statuses={MessageCreated: 202},
    reasons={404: ("unknown-person",)},
)
async def tell(request: Request[MessageRequested], tx: Transaction) -> Emission | Reject:
    """Tell a person something (services only). Asked again for the same cause it is the same message."""
    asked = request.data
    if not await persons.is_known(tx.conn, asked.person):
        return Reject("unknown-person")
    message = await messages.same(tx.conn, asked) or await create(asked, tx)
    return request.outcome(MessageCreated(message=message, kind=asked.kind), unit=asked.unit)


async def create(asked: MessageRequested, tx: Transaction) -> UUID:
    """Write a message, and start the job that sends it. What identifies its mail is made here, once."""
    message = uuid4()
    await messages.create(
        tx.conn,
        message,
        asked,
        sequence=await messages.enter(tx.conn, asked) if asked.kind in METHODS else 0,
        message_id=f"<{message}@{tx.installation.messages.domain}>",
        job=tx.start(JOB, {"message": str(message)}, once=str(message)),
        expires_at=_of_no_use_from(asked),
        now=tx.now,
    )
    return message


def _of_no_use_from(asked: MessageRequested) -> datetime | None:
    if asked.booking is None:
        return None
    return asked.booking.slot.start if asked.kind == "booking-reminder" else asked.booking.slot.end
