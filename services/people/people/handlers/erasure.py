"""Forget persons: who asks for it, and whom our own log says was forgotten already."""

from chassis import Emission, Request, Transaction
from chassis.erasure import forget_erased
from omatoimi_contracts.people import PersonErased
from omatoimi_contracts.requests import ErasureRequested

from people.access import SIGNED_IN, their_own
from people.erasure import forget
from people.handlers.contact_details import of_whoever_asks
from people.handlers.registry import registry


@registry.on(
    ErasureRequested,
    path="/v1/erasures",
    page="/my/erase",
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


# Our own log says it too: to a database that a backup brought back, which so forgets again whom it brought with it; and
# once more when the last token is over.
forget_erased(registry, lambda tx, person: forget(tx.conn, person))
