"""Keep what a mail system says became of messages."""

from chassis import SERVICES, Emission, Reject, Request, Transaction
from omatoimi_contracts.messages import MessageReceiptRecorded
from omatoimi_contracts.requests import MessageReceiptRequested

from people.domain.delivery import DeliveryState
from people.handlers.registry import registry
from people.store import messages


@registry.on(
    MessageReceiptRequested,
    path="/v1/message-receipts",
    no_page="the mail system says what became of a mail",
    tag="messages",
    may=SERVICES,
    statuses={MessageReceiptRecorded: 200},
    reasons={404: ("unknown-message",)},
)
async def receive(request: Request[MessageReceiptRequested], tx: Transaction) -> Emission | Reject:
    """Keep what became of a message (the mail system only). What is known already and weighs more stays: a failure for
    good is the last word, and what arrived did."""
    told = request.data
    kept = await messages.receive(tx.conn, told.message, DeliveryState(told.state), told.status, tx.now)
    if kept is None:
        return Reject("unknown-message")
    fact = MessageReceiptRecorded(message=told.message, kind=kept.kind, state=kept.state)
    return request.outcome(fact, unit=kept.unit)
