"""Until when a token holds, and which key signs it when."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

TOKEN_LIVES = timedelta(seconds=300)
PUBLISHED_BEFORE = timedelta(minutes=10)
"""So long before it signs is a key published: whoever keeps our keys has fetched it by then."""
SIGNS_FOR = timedelta(days=30)
LEEWAY = timedelta(seconds=60)
"""So far may the clocks of whoever checks tokens be from ours."""


class Dated(Protocol):
    @property
    def signs_from(self) -> datetime: ...


K = TypeVar("K", bound=Dated)


def holds_until(now: datetime, ends: Iterable[datetime]) -> datetime:
    """Tell when a token is over: in five minutes, or earlier, with the first of the rights that it tells."""
    return min([now + TOKEN_LIVES, *ends])


def signing(keys: Sequence[K], now: datetime) -> K | None:
    """Return the key that signs now: the newest whose time has come."""
    return max((key for key in keys if key.signs_from <= now), key=lambda key: key.signs_from, default=None)


def next_is_due(keys: Sequence[K], now: datetime) -> bool:
    """Tell whether the next key must be published."""
    return not any(key.signs_from > now - SIGNS_FOR + PUBLISHED_BEFORE for key in keys)


def outlived(keys: Sequence[K], now: datetime) -> list[K]:
    """Return the keys of which no token lives any more: those before the one that has signed for longer than that."""
    signed_for = now - TOKEN_LIVES - LEEWAY
    newest = signing(keys, signed_for)
    return [key for key in keys if newest is not None and key.signs_from < newest.signs_from]
