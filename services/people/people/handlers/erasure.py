"""Forget persons: who asks for it, and whom our own log says was forgotten already."""

from chassis import Emission, Request, Transaction
from omatoimi_contracts.event import FactEvent
from omatoimi_contracts.people import PersonErased
from omatoimi_contracts.requests import ErasureRequested

from people.access import SIGNED_IN, their_own
from people.erasure import forget
from people.handlers.contact_details import of_whoever_asks
from people.handlers.registry import registry


@registry.on(
    ErasureRequested,
    path="/v1/erasures",
    may=SIGNED_IN,
    of=their_own,
    locks=of_whoever_asks,
    statuses={PersonErased: 200},
)
async def erase(request: Request[ErasureRequested], tx: Transaction) -> Emission:
    """Forget whoever asks. Asked again it is done already: the answer is the same. Who signs in later is a new
    person."""
    person = request.by.person
    assert person is not None
    await forget(tx.conn, person)
    return request.outcome(PersonErased(person=person), unit=request.by.channel.unit)


@registry.on(PersonErased)
async def erased(event: FactEvent[PersonErased], tx: Transaction) -> None:
    """Forget a person again, whom a database that was restored from a backup has brought back. Of anybody else there is
    nothing left to forget."""
    await forget(tx.conn, event.data.person)
