"""What becomes of messages to persons: that there is one, for whoever asked for it; and how many there are, for
everybody. Written by people; nothing here tells whose they are."""

from typing import Annotated, ClassVar

from pydantic import Field

from omatoimi_contracts.primitives import Id
from omatoimi_contracts.vocabulary import Fact, Slot, open_list

ABOUT = {
    "booking-confirmed": "booking",
    "booking-moved": "booking",
    "booking-cancelled": "booking",
    "booking-reminder": "booking",
    "notice-approved": "notice",
    "notice-rejected": "notice",
    "feedback-answered": "case",
}
"""The kinds of messages, and the field of a request that tells what each is about."""

MessageKind = Annotated[str, open_list(*ABOUT, description="What is told.")]
MessageState = Annotated[
    str,
    open_list(
        "created",
        "accepted",
        "delivered",
        "temporary",
        "permanent",
        "technical",
        "expired",
        description="What became of a message: the mail server has taken it (`accepted`), a receipt says that it"
        " arrived (`delivered`), the server would not take it for two days (`temporary`), there is no such address"
        " (`permanent`), something here is wrong (`technical`), it could not go in time (`expired`).",
    ),
]


class MessageCreated(Fact):
    """There is a message; asked for again for the same cause it is the same. On its topic, which keeps the last word on
    each key, those of one kind share a key: what becomes of messages is counted, and kept in people alone."""

    TYPE: ClassVar[str] = "omatoimi.message.created.v1"
    TOPIC: ClassVar[str] = "people.events.v1"
    SUBJECT: ClassVar[str] = "kind"
    KEY: ClassVar[str] = "{kind}"
    message: Id
    kind: MessageKind


class MessageReceiptRecorded(Fact):
    """What a mail system said of a message was kept; `state` is what is known of the message now. As with the message
    itself, those of one kind share a key."""

    TYPE: ClassVar[str] = "omatoimi.message-receipt.recorded.v1"
    TOPIC: ClassVar[str] = "people.events.v1"
    SUBJECT: ClassVar[str] = "kind"
    KEY: ClassVar[str] = "{kind}"
    message: Id
    kind: MessageKind
    state: MessageState


class MessagesCounted(Fact):
    """So many messages of a kind came into a state within an hour. What is counted late comes as a further fact of the
    same hour: add them up."""

    TYPE: ClassVar[str] = "omatoimi.messages.counted.v1"
    TOPIC: ClassVar[str] = "messages.events.v1"
    SUBJECT: ClassVar[str] = "kind"
    KEY: ClassVar[str] = "{kind}"
    slot: Slot
    kind: MessageKind
    state: MessageState
    messages: Annotated[int, Field(ge=1, le=100_000_000)]
