"""Keep how a person wants to be reached."""

from collections.abc import Sequence

from chassis import Emission, LockKey, Reject, Request, Transaction
from omatoimi_contracts.people import ContactDetailsRecorded
from omatoimi_contracts.requests import ContactDetailsRequested

from people.access import SIGNED_IN, their_own
from people.handlers.registry import registry
from people.store import contacts, persons


async def of_whoever_asks(_: Transaction, requests: Sequence[Request[ContactDetailsRequested]]) -> set[LockKey]:
    """Name the persons who ask."""
    return {("person", str(request.by.person)) for request in requests}


@registry.on(
    ContactDetailsRequested,
    path="/v1/contact-details",
    page="/my/data",
    may=SIGNED_IN,
    of=their_own,
    state_of=lambda request: str(request.by.person),
    locks=of_whoever_asks,
    reasons={404: ("unknown-person",)},
)
async def record(request: Request[ContactDetailsRequested], tx: Transaction) -> Emission | Reject:
    """Keep these contact details of whoever asks, and the consents given with them, and no others."""
    person, channel = request.by.person, request.by.channel
    if person is None or not await persons.is_known(tx.conn, person):
        return Reject("unknown-person")
    await contacts.record(tx.conn, person, request.data, request.event.language, channel.name, tx.now)
    return request.outcome(ContactDetailsRecorded(person=person), unit=channel.unit)
