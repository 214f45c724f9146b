"""Let a person take all that is held of them."""

from chassis import Emission, Reject, Request, Transaction
from omatoimi_contracts.people import ExportPrepared
from omatoimi_contracts.requests import ExportRequested

from people.access import SIGNED_IN, their_own
from people.domain.retention import EXPORT_LIES
from people.handlers.contact_details import of_whoever_asks
from people.handlers.registry import registry
from people.store import exports, persons


@registry.on(
    ExportRequested,
    path="/v1/exports",
    no_page="a person takes all that is held along at once, as a file of /my/data",
    may=SIGNED_IN,
    of=their_own,
    locks=of_whoever_asks,
    reasons={404: ("unknown-person",)},
)
async def prepare(request: Request[ExportRequested], tx: Transaction) -> Emission | Reject:
    """Let whoever asks take all that is held of them, once, within 24 hours. It is put together when it is taken."""
    person = request.by.person
    if person is None or not await persons.is_known(tx.conn, person):
        return Reject("unknown-person")
    until = tx.now + EXPORT_LIES
    export = await exports.prepare(tx.conn, person, until)
    return request.outcome(ExportPrepared(person=person, export=export, until=until), unit=request.by.channel.unit)
