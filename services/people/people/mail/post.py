"""What takes mails over: a mail server, or a folder."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from people.domain.delivery import Failure

HandingOver = Callable[[], Awaitable[None]]
"""Called when everything but the content was agreed on; the content is sent when it returns."""


class NotTaken(Exception):
    """The mail was surely not taken."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.told)
        self.failure = failure


class Unanswered(Exception):
    """The content was sent, and no answer came: the mail may have been taken."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it goes out, of which message it is, to whom it goes, and to what address it comes back."""

    message: UUID
    content: bytes
    to: str
    bounces_to: str


class Post(Protocol):
    """Takes mails over."""

    async def send(self, mail: Mail, handing_over: HandingOver) -> None:
        """Hand a mail over. Raises NotTaken or Unanswered, and what `handing_over` raises."""
        ...
