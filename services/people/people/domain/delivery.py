"""How a message fares: its states, what an answer of the mail server means for it, and when it is tried again.

After GOV.UK Notify: whose fault it was decides. A server that is busy is asked again for two days; an address that is
none is not; what is our own fault is kept apart, since somebody has to look at it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class DeliveryState(StrEnum):
    """How far a message is. `created` waits for its turn, also for the next one."""

    CREATED = "created"
    SENDING = "sending"
    ACCEPTED = "accepted"
    """The mail server has taken it over. Whether it arrived only a receipt would tell."""
    DELIVERED = "delivered"
    TEMPORARY = "temporary"
    """The mail server would not take it for two days."""
    PERMANENT = "permanent"
    """There is no such address."""
    TECHNICAL = "technical"
    """It was refused for what we did, or failed too often: somebody has to look."""
    EXPIRED = "expired"
    """It could not go in time, and would be of no use now."""


class DeliveryStage(StrEnum):
    """How far the exchange with the mail server was when it was answered, or broke off."""

    CONNECTION = "connection"
    """Greeting, encryption, signing in: nothing of the message was told."""
    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message was not taken. `code` is the mail server's answer, 0 where it gave none; `status` the enhanced
    status (RFC 3463) that stands in it."""

    stage: DeliveryStage
    code: int = 0
    status: str = ""

    @property
    def told(self) -> str:
        """The failure as it is kept: nothing of the answer's words, which may hold the address."""
        return " ".join(filter(None, (self.stage, str(self.code or "broken off"), self.status)))


PAUSES = (1, 5, 15, 60)
"""Minutes before the next tries; then hourly. A server that puts off who it does not know wants more than 5."""
GIVEN_UP_AFTER = timedelta(hours=48)
UNCERTAIN_PAUSE = timedelta(minutes=15)
"""After so long a message is repeated of which nobody knows whether the mail server has taken it."""
UNCERTAIN_AT_MOST = 5


def ends(failure: Failure) -> DeliveryState | None:
    """Tell in which state a message ends after a failure; None where it is tried again. A refused recipient is a bad
    address, unless the refusal is about size or policy; what breaks before the message was told of is nobody's but the
    connection's."""
    if failure.code < 500 or failure.stage is DeliveryStage.CONNECTION:
        return None
    if failure.stage is DeliveryStage.RECIPIENT and failure.code != 552 and not failure.status.startswith("5.7."):
        return DeliveryState.PERMANENT
    return DeliveryState.TECHNICAL


def given_up(failure: Failure, created_at: datetime, now: datetime) -> DeliveryState | None:
    """Tell in which state a message ends that was tried for too long."""
    if now < created_at + GIVEN_UP_AFTER:
        return None
    return (
        DeliveryState.TECHNICAL
        if failure.stage is DeliveryStage.CONNECTION and failure.code >= 500
        else DeliveryState.TEMPORARY
    )


def received(action: str, status: str) -> DeliveryState | None:
    """Tell what a receipt says by its action and status (RFC 3464 § 2.3, RFC 3463); None where it says nothing for
    good, as of a mail that waits, or was passed on to who gives no receipts. An address is bad for what is wrong with
    it, not for a full mailbox or somebody's policy."""
    if action == "delivered":
        return DeliveryState.DELIVERED
    if action != "failed":
        return None
    if status.startswith("5.7."):
        return DeliveryState.TECHNICAL
    return DeliveryState.TEMPORARY if status.startswith("4.") or status == "5.2.2" else DeliveryState.PERMANENT


WEIGHT = {
    DeliveryState.TEMPORARY: 1,
    DeliveryState.TECHNICAL: 1,
    DeliveryState.DELIVERED: 2,
    DeliveryState.PERMANENT: 3,
}


def outweighs(told: DeliveryState, known: DeliveryState) -> bool:
    """Tell whether what a receipt says counts more than what is known, in whatever order they come: what arrived did
    not fail for now, and what was sent back by who had taken it did not arrive after all."""
    return WEIGHT[told] > WEIGHT.get(known, 0)


def pause(tries: int, jitter: float) -> timedelta:
    """Tell how long to wait after so many tries; `jitter` is between 0.8 and 1.2, so that not all come back at once."""
    return timedelta(minutes=(PAUSES[tries - 1] if tries <= len(PAUSES) else 60) * jitter)
